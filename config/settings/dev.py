"""Development and demonstration: debug pages, a secret key made once and kept in `var/`."""

import base64
import hashlib
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
# The accounts of the demonstration are one click away: a code is asked of who has chosen to.
SECOND_FACTOR_REQUIRED = os.environ.get("SECOND_FACTOR_REQUIRED") == "1"
# Derived from it, so that nothing else is to be kept.
ENCRYPTION_KEYS = ENCRYPTION_KEYS or [
    base64.urlsafe_b64encode(hashlib.sha256(SECRET_KEY.encode()).digest()).decode()
]
# A fictional account of the agent comptable: transfers are drawn, no bank receives them.
EMETTEUR = {
    "titulaire": "Agent comptable de l’ASP",
    "iban": "FR7610071999990000000000178",
    "bic": "TRPUFRP1XXX",
} | {key: value for key, value in EMETTEUR.items() if value}
# E-mails are written by the worker on its terminal: var/worker.log in the demonstration.
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
# Static files are read where they are: nothing to collect before a demonstration.
WHITENOISE_USE_FINDERS = True

# Shown on the page of sign-in of the demonstration, known by its fixed day.
if TODAY:
    DEMO_PASSWORD = "Demonstration-2023"  # noqa: S105
    DEMO_ACCOUNTS = (
        ("jardins-morinie", "structure, responsable"),
        ("jardins.saisie", "structure, saisie"),
        ("deux.structures", "saisie dans deux structures"),
        ("ddets", "DDETS, instruction"),
        ("asp.gestionnaire", "ASP, gestionnaire"),
        ("asp.ordonnateur", "ASP, ordonnatrice"),
        ("asp.comptable", "ASP, agent comptable"),
        ("cd.lecteur", "département, lecture"),
        ("cd.decideur", "département, décision"),
        ("admin", "administration de l’extranet"),
    )

# Lines that a person reads on a terminal.
LOGGING["handlers"]["console"]["formatter"] = "line"
