"""What production refuses to start with: defaults, placeholders, settings of a demonstration.

A pure function of the environment, read by `config.settings.prod`; every fault is said at once.
The role of the database is checked at the start of each process (`apps.core.database.role`).
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import unquote, urlsplit

Environment = Mapping[str, str]

REQUIRED = ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL", "ENCRYPTION_KEYS")
PLACEHOLDER = re.compile(
    r"change.?me|changez|replace|placeholder|insecure|default|example|exemple|secret|password|"
    r"passw0rd|mot.?de.?passe|azerty|qwerty|123456|postgres|administ|demonstration",
    re.IGNORECASE,
)
PASSWORD_LENGTH_MIN = 16
TOKEN_LENGTH_MIN = 32
DEMONSTRATION_IBAN = "FR7610071999990000000000178"
SWITCHED_OFF = ("0", "", "false", "no", "off")


def faults(environment: Environment) -> list[str]:
    """Sentences, in the order of the checks; empty when production may start."""
    missing = [name for name in REQUIRED if not environment.get(name)]
    found = [f"Set these environment variables: {', '.join(missing)}"] if missing else []
    for check in CHECKS:
        found.extend(check(environment))
    return found


def _secret_key(environment: Environment) -> Iterator[str]:
    key = environment.get("SECRET_KEY", "")
    if key and (len(key) < 50 or len(set(key)) < 10):
        yield "SECRET_KEY must hold at least 50 random characters"
    elif PLACEHOLDER.search(key):
        yield "SECRET_KEY is a placeholder"


def _hosts(environment: Environment) -> Iterator[str]:
    value = environment.get("ALLOWED_HOSTS", "")
    hosts = [host.strip() for host in value.split(",") if host.strip()]
    if value and (not hosts or any("*" in host or "." not in host.strip(".") for host in hosts)):
        yield "ALLOWED_HOSTS must name the site's hosts"


def _passwords(environment: Environment) -> Iterator[str]:
    """Of a server reached by the network; a Unix socket has its own permissions."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        parts = urlsplit(environment.get(name, ""))
        if parts.hostname:
            password = unquote(parts.password or "")
            if _weak(password, PASSWORD_LENGTH_MIN) or password == parts.username:
                yield f"The password of {name} is missing, short or a placeholder"
    for name, length in (("EMAIL_HOST_PASSWORD", 8), ("SUPERVISION_TOKEN", TOKEN_LENGTH_MIN)):
        if environment.get(name) and _weak(environment[name], length):
            yield f"{name} is short or a placeholder"


def _weak(value: str, length: int) -> bool:
    return len(value) < length or len(set(value)) < 5 or bool(PLACEHOLDER.search(value))


def _site_url(environment: Environment) -> Iterator[str]:
    parts = urlsplit(environment.get("SITE_URL") or "https://site")
    if parts.scheme != "https" or not parts.hostname or parts.hostname == "localhost":
        yield "SITE_URL must be the https address of the site"


def _proconnect(environment: Environment) -> Iterator[str]:
    if not (environment.get("PROCONNECT_ISSUER") or "https://").startswith("https://"):
        yield "PROCONNECT_ISSUER must be an https address"


def _keys(environment: Environment) -> Iterator[str]:
    keys = [key.strip() for key in environment.get("ENCRYPTION_KEYS", "").split(",")]
    for rank, key in enumerate(filter(None, keys), 1):
        try:
            raw = urlsafe_b64decode(key)
        except (NotBase64, ValueError):
            raw = b""
        if len(raw) != 32 or len(set(raw)) < 10:
            yield f"ENCRYPTION_KEYS: key {rank} is not one made by Fernet.generate_key()"


def _demonstration(environment: Environment) -> Iterator[str]:
    if environment.get("EXTRANET_TODAY"):
        yield "EXTRANET_TODAY fixes the day of the demonstration: unset it"
    if environment.get("DEBUG", "").lower() not in SWITCHED_OFF:
        yield "DEBUG is for development: unset it"
    if environment.get("ISSUER_IBAN", "").replace(" ", "") == DEMONSTRATION_IBAN:
        yield "ISSUER_IBAN is the account of the demonstration"
    if environment.get("SECOND_FACTOR_REQUIRED", "1").lower() in SWITCHED_OFF:
        yield "SECOND_FACTOR_REQUIRED may not be switched off"


CHECKS: tuple[Callable[[Environment], Iterator[str]], ...] = (
    _secret_key,
    _hosts,
    _passwords,
    _site_url,
    _proconnect,
    _keys,
    _demonstration,
)
