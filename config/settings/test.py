"""Tests: the same application role as in production, tasks run in place, fast passwords."""

import tempfile

from config.settings.base import *

DEBUG = False
SECRET_KEY = "only-for-the-tests"  # noqa: S105
# Tests of the second factor turn it on.
SECOND_FACTOR_REQUIRED = False
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
MEDIA_ROOT = Path(tempfile.gettempdir()) / f"iae-test-media-{os.getpid()}"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True  # no listing of 1 600 static files at each client

# A fictional account of the agent comptable, for the transfer files.
EMETTEUR = {
    **EMETTEUR,
    "titulaire": "Agent comptable de l’ASP",
    "iban": "FR7610071999990000000000178",
    "bic": "TRPUFRP1XXX",
}

ENCRYPTION_KEYS = ["bG9uZy1rZXktb25seS1mb3ItdGhlLXRlc3RzLTAwMDE="]

CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
