"""Development and demonstration: debug pages, a secret key made once and kept in `var/`."""

import os
import secrets

from config.settings.base import *

DEBUG = os.environ.get("DEBUG", "1") != "0"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
INTERNAL_IPS = ["127.0.0.1"]


def _kept_secret_key() -> str:
    path = VAR_DIR / "secret-key"
    VAR_DIR.mkdir(exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(50))
    return path.read_text()


SECRET_KEY = os.environ.get("SECRET_KEY") or _kept_secret_key()
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = VAR_DIR / "mail"
# Static files are read where they are: nothing to collect before a demonstration.
WHITENOISE_USE_FINDERS = True
