"""Settings: `base` holds the safe defaults, `dev`, `test` and `prod` say only what differs.

Secrets that come as files are read here, before any of them.
"""

import os

from config.secret_files import read_secret_files

read_secret_files(os.environ)
