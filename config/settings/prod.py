"""Production: refuses to start when anything it needs from the environment is missing.

DATABASE_URL is the application's role; DATABASE_OWNER_URL is given to the service that migrates
and to no other. A proxy terminates TLS and sets X-Forwarded-Proto.
"""

from django.core.exceptions import ImproperlyConfigured

from apps.core.database.locations import parse_url
from config.production import faults
from config.settings.base import *

if _faults := faults(os.environ):
    raise ImproperlyConfigured("; ".join(_faults))

PRODUCTION = True
SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = [host.strip() for host in os.environ["ALLOWED_HOSTS"].split(",") if host.strip()]
CSRF_TRUSTED_ORIGINS = [f"https://{host.lstrip('.')}" for host in ALLOWED_HOSTS]
# The proxy that terminates TLS.
PROXY_COUNT = int(os.environ.get("PROXY_COUNT", "1"))

DEBUG = False
# Here DATABASE_URL is always the application's own, whatever else is given.
_fenced = DATABASES["default"]["ENGINE"]
DATABASES["default"] |= parse_url(os.environ["DATABASE_URL"]) | {"ENGINE": _fenced}
if not os.environ.get("DATABASE_OWNER_URL"):
    DATABASES.pop("owner", None)

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^sante/$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"

SITE_URL = os.environ.get("SITE_URL") or f"https://{ALLOWED_HOSTS[0].lstrip('.')}"
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "0") == "1"
EMAIL_TIMEOUT = 20

STORAGES["staticfiles"] = {
    "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage",
}
