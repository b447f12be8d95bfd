#!/usr/bin/env python
"""Django's command line; `bin/manage` runs it with its environment and its servers."""

import os
import sys

from django.core.management import execute_from_command_line

from apps.core import fence

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    # A command is run by whoever operates the product; the threads of a server begin closed.
    with fence.system("command of the operator"):
        execute_from_command_line(sys.argv)
