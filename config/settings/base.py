"""Settings common to every environment, safe by default.

Secrets and addresses come from the environment: SECRET_KEY, ALLOWED_HOSTS, DATABASE_URL,
DATABASE_OWNER_URL, REDIS_URL. `default` is the application's connection, `owner` migrates.
"""

import os
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from apps.core.database.locations import application_database, owner_database
from config.settings import fence

# Set by `prod` alone: what is allowed to a demonstration is refused there.
PRODUCTION = False
BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = BASE_DIR / "var"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_tables2",
    "django_filters",
    "widget_tweaks",
    "dsfr",
    "django_htmx",
    "apps.core",
    "apps.journal",
    "apps.accounts",
    "apps.siae",
    "apps.conventions",
    "apps.annexes",
    "apps.presence",
    "apps.payments",
    "apps.recoveries",
    "apps.dashboards",
]

MIDDLEWARE = [
    "apps.core.access_log.AccessLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.core.headers.HeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "apps.core.methods.KnownMethodsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.accounts.middleware.SessionMiddleware",
    # Closed by default: a public page must say so (login_not_required).
    "apps.accounts.middleware.SignInRequiredMiddleware",
    "apps.accounts.middleware.ActingMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.conventions.middleware.OneReadingMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.dashboards.navigation.navigation",
                "apps.accounts.context.unread",
            ],
            "builtins": ["apps.core.templatetags.francais"],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
DJANGO_TABLES2_TEMPLATE = "components/table.html"

# The brand block. The Marianne is reserved to the State and its operators: MARIANNE=0 where the
# extranet is served by somebody else.
BRAND = {
    "marianne": os.environ.get("MARIANNE", "1") != "0",
    "intitule": ["République", "Française"],
    "operateur": os.environ.get("BRAND_OPERATOR", ""),
    "service": "Extranet IAE",
    "description": "Aide au poste de l’insertion par l’activité économique",
}

# --- Databases ---------------------------------------------------------------------------------
# One transaction per request; the application's role is neither superuser nor owner.
DATABASES = {}
if _application := application_database():
    DATABASES["default"] = _application | {
        "ENGINE": "apps.core.database.fenced",  # PostgreSQL, told in whose name it works
        "ATOMIC_REQUESTS": True,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
# The owner's connection exists only where its URL is given (never in the web processes of
# production): used by prepare_database, migrate and the tests.
if _owner := owner_database():
    DATABASES["owner"] = _owner
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Tables where the application's role may only insert and read.
APPEND_ONLY_TABLES = [
    "journal_entree",
    "journal_scelle",
    "payments_ecriture",
    "payments_mouvement",
]
# Rows that the application's role is shown, table by table (second fence).
FENCED = fence.FENCED
FENCE_OPEN = fence.OPEN
FENCE_SOMEBODY = fence.SOMEBODY
FENCE_FUNCTIONS = fence.FUNCTIONS

# Figures that a backup keeps, and that are computed again on what is restored.
BACKUP_TOTALS = {
    "soldes par compte, financeur et mandat": "SELECT compte_id, financeur_id, mandat_id,"
    " sum(debit) - sum(credit) FROM payments_mouvement GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    "dernier scellé du journal": "SELECT numero, empreinte FROM journal_scelle"
    " ORDER BY numero DESC LIMIT 1",
}

# --- Accounts and sessions ---------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:connexion"
LOGIN_REDIRECT_URL = "dashboards:accueil"
LOGOUT_REDIRECT_URL = "accounts:connexion"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "email", "prenom", "nom")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "apps.accounts.validators.MaximumLengthValidator", "OPTIONS": {"max_length": 128}},
    {"NAME": "apps.accounts.validators.ServiceWordsValidator"},
]
# A session ends after this time without a request, and after the second one whatever is done.
SESSION_IDLE_SECONDS = 30 * 60
SESSION_COOKIE_AGE = 12 * 3600
# The ASP, the DDETS and the administrators give a code of six digits besides their password.
SECOND_FACTOR_REQUIRED = os.environ.get("SECOND_FACTOR_REQUIRED", "1") != "0"
# Failures from one address (sign-in, codes, forgotten passwords) before it is refused for a while.
ADDRESS_FAILURES_MAX = 30
ADDRESS_REFUSED_SECONDS = 15 * 60
# Proxies in front of the application, each adding an address to X-Forwarded-For.
PROXY_COUNT = int(os.environ.get("PROXY_COUNT", "0"))

# ProConnect (OpenID Connect): offered when the three are given.
PROCONNECT_ISSUER = os.environ.get("PROCONNECT_ISSUER", "")
PROCONNECT_CLIENT_ID = os.environ.get("PROCONNECT_CLIENT_ID", "")
PROCONNECT_CLIENT_SECRET = os.environ.get("PROCONNECT_CLIENT_SECRET", "")
# Set to 1 for a provider that gives verified addresses only and does not say `email_verified`.
PROCONNECT_EMAIL_VERIFIED = os.environ.get("PROCONNECT_EMAIL_VERIFIED") == "1"
# Levels (`acr`) that imply two factors, besides `mfa` in `amr`.
PROCONNECT_ACR_TWO_FACTORS = ("eidas2", "eidas3")
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

# Four fields per contract on the page of a monthly statement: 500 employees and more.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000

# --- Values encrypted at rest -------------------------------------------------------------------
# Fernet keys, separated by commas: the first encrypts, all of them read (apps.core.encryption).
ENCRYPTION_KEYS = [
    key.strip() for key in os.environ.get("ENCRYPTION_KEYS", "").split(",") if key.strip()
]
# The social security number (NIR) is not collected unless the deployment has a text that allows
# it (decree 2019-341) and says so.
NIR_ENABLED = os.environ.get("NIR_ENABLED", "0") == "1"


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


# --- What browsers may do ----------------------------------------------------------------------
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],  # the DSFR draws its chevrons with data: images
        "object-src": [NONE],
        "base-uri": [NONE],
        # Signing out of ProConnect follows the form of this site to the provider's.
        "form-action": [SELF, *([_origin(PROCONNECT_ISSUER)] if PROCONNECT_ISSUER else [])],
        "frame-ancestors": [NONE],
    },
}

# --- Language and formats ----------------------------------------------------------------------
LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
DSFR_MARK_OPTIONAL_FIELDS = True

DJANGO_TABLES2_TEMPLATE = "components/table.html"

# --- E-mails -----------------------------------------------------------------------------------
# Address of the site in the links of e-mails.
SITE_URL = os.environ.get("SITE_URL", "http://localhost:8000")
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "extranet-iae@localhost")
# A link to choose a password is good for seven days, and once.
PASSWORD_RESET_TIMEOUT = 7 * 24 * 3600

# Accounts shown on the page of sign-in: those of the demonstration, nowhere else.
DEMO_ACCOUNTS: tuple[tuple[str, str], ...] = ()
DEMO_PASSWORD = ""

# --- Who answers for the service: written on the legal pages --------------------------------------
EDITEUR = {
    "nom": os.environ.get("PUBLISHER_NAME") or "Agence de services et de paiement (ASP)",
    "adresse": os.environ.get("PUBLISHER_ADDRESS", ""),
    "directeur": os.environ.get("PUBLISHER_DIRECTOR", ""),
    "hebergeur": os.environ.get("HOSTING_PROVIDER", ""),
    "assistance": os.environ.get("SUPPORT_CONTACT", ""),
    "dpo": os.environ.get("DPO_CONTACT", ""),
}

# Who signs the letters (first name, name, quality); the account of the agent comptable, which the
# transfers are paid from and the State's share is paid back to.
EMETTEUR = {
    "signataire": os.environ.get("ISSUER_SIGNATORY", ""),
    "titulaire": os.environ.get("ISSUER_ACCOUNT_HOLDER", ""),
    "iban": "".join(os.environ.get("ISSUER_IBAN", "").split()),
    "bic": os.environ.get("ISSUER_BIC", "").strip(),
}

# --- The trade ---------------------------------------------------------------------------------
JOUR_PAIEMENT = 20  # nominal day of the month on which a run pays
DELAI_APPEL_JOURS = 30  # time a département has to pay an advance or an exceptional call
# Banking days without a rejection after which a transfer is taken as paid.
JOURS_SANS_RETOUR = 10
# An instalment lower than the one before by more than this share is held until it is checked.
SEUIL_BAISSE = Decimal("0.90")
# Recovery of the orders, in days: to pay after each act, to answer before a set-off, and from an
# unpaid instalment to the end of its plan.
DELAIS_RECOUVREMENT = {
    "NOTIFICATION": 30,
    "RELANCE": 30,
    "MISE_EN_DEMEURE": 30,
    "COMPENSATION": 15,
    "ECHEANCE_PLAN": 15,
}
ECHEANCES_PLAN_MAX = 24
# The journal is sealed every hour, over the entries older than this.
DELAI_SCELLE = timedelta(minutes=10)
# Banking days between the control of new bank details and their taking effect.
DELAI_BANQUE_JOURS = 2
# A fixed day for the demonstration (see apps.core.clock); never set in production.
TODAY = date.fromisoformat(_today) if (_today := os.environ.get("EXTRANET_TODAY")) else None

# --- Files -------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
MEDIA_ROOT = Path(os.environ.get("MEDIA_ROOT", VAR_DIR / "media"))
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
# A request with files, whole; each kind of file has its own limit (apps.core.uploads).
REQUEST_BYTES_MAX = 25 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "apps.core.upload_handlers.BoundedRequestHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
STORAGES = {
    "default": {"BACKEND": "apps.core.storage.WholeFileStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# --- Long tasks --------------------------------------------------------------------------------
REDIS_URL = os.environ.get("REDIS_URL", "")
# Celery writes the address of a Unix socket in its own way.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace(
    "?db=", "?virtual_host="
)
# Several databases may share one Redis: each has its own queue and its own cache keys.
_space = f"iae-{DATABASES['default']['NAME']}" if DATABASES else "iae"
CELERY_TASK_DEFAULT_QUEUE = _space
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 6 * 3600}  # above the longest task
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True  # progress and results are rows of core.Job
CELERY_TASK_TIME_LIMIT = 4 * 3600
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "apps.core.cache.ForgetfulRedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": _space,
            # A page never waits longer than this for what it can compute.
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        }
    }

# Gives the details of the health page to a supervision that has no account; none when empty.
SUPERVISION_TOKEN = os.environ.get("SUPERVISION_TOKEN", "")

# --- Logs --------------------------------------------------------------------------------------
# An identifier of request given by the proxy is taken only where there is one that sets it.
PROXY_REQUEST_ID = os.environ.get("PROXY_REQUEST_ID", "0") == "1"
CSRF_FAILURE_VIEW = "apps.core.views_csrf.csrf_failure"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "apps.core.logs.JsonFormatter"},
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "apps": {"level": "INFO"},
        "extranet": {"level": "INFO"},
        "journal": {"level": "INFO"},  # the seals, told outside of the database
        # No e-mail of an error to anybody: it would hold what was typed.
        "django": {"handlers": [], "level": "WARNING"},
        # Refusals have their own lines.
        "django.request": {"level": "ERROR"},
        # Celery writes arguments and messages: `apps.core.task_class` has a line for each task.
        "celery.app.trace": {"level": "CRITICAL"},
    },
}
