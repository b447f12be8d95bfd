"""Secrets given as files (secrets of Docker, of systemd): NAME_FILE holds the path of NAME.

Read before any settings; the variable itself wins. Listed in docs/operations.md.
"""

from collections.abc import MutableMapping
from pathlib import Path

SECRETS = (
    "SECRET_KEY",
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "ENCRYPTION_KEYS",
    "EMAIL_HOST_PASSWORD",
    "PROCONNECT_CLIENT_SECRET",
    "SUPERVISION_TOKEN",
)


def read_secret_files(environment: MutableMapping[str, str]) -> None:
    """Fill each secret from its file. Raises OSError when the file named cannot be read."""
    for name in SECRETS:
        path = environment.get(f"{name}_FILE")
        if path and not environment.get(name):
            environment[name] = Path(path).read_text(encoding="utf-8").strip()
