"""Where the databases are and who connects: DATABASE_URL, DATABASE_OWNER_URL.

With both variables, the first is the application's and the second the owner's. With the first
alone, it is the owner's, and the application's role is derived from it: `<database>_app`, whose
password is kept in `var/`. Called by the settings and by the commands of bin/; knows no Django.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

ROOT = Path(__file__).resolve().parents[3]
VAR = ROOT / "var"
SCHEMES = ("postgres", "postgresql")


def parse_url(url: str) -> dict[str, Any]:
    """The Django settings of a PostgreSQL URL, `?host=/directory` (Unix socket) included.

    Raises ValueError when it is not a PostgreSQL URL or names no database.
    """
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in SCHEMES or not name:
        raise ValueError("The URL must read postgresql://user:password@host:port/database")
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": str(options.pop("port", None) or parts.port or ""),
        "OPTIONS": options,
    }


def owner_database() -> dict[str, Any] | None:
    """The owner's connection, None when no URL is set."""
    url = os.environ.get("DATABASE_OWNER_URL") or os.environ.get("DATABASE_URL")
    return parse_url(url) if url else None


def application_database() -> dict[str, Any] | None:
    """The application's connection, given or derived from the owner's."""
    owner = owner_database()
    if owner is None:
        return None
    if os.environ.get("DATABASE_OWNER_URL"):
        given = os.environ.get("DATABASE_URL")
        if not given:
            raise ValueError("DATABASE_OWNER_URL is set: set DATABASE_URL too")
        return parse_url(given)
    return derived_application(owner)


def derived_application(owner: dict[str, Any]) -> dict[str, Any]:
    """The owner's connection with the application's role and its kept password."""
    kept = password_file(owner["NAME"])
    password = kept.read_text().strip() if kept.exists() else ""
    return owner | {"USER": f"{owner['NAME']}_app"[:63], "PASSWORD": password}


def password_file(database: str) -> Path:
    return VAR / f"app-role-{database}.password"


def connection_arguments(database: dict[str, Any]) -> dict[str, Any]:
    """The same connection, in psycopg's words."""
    arguments = {
        "dbname": database["NAME"],
        "user": database["USER"],
        "password": database["PASSWORD"],
        "host": database["HOST"],
        "port": database["PORT"],
        **database["OPTIONS"],
    }
    return {key: value for key, value in arguments.items() if value}
