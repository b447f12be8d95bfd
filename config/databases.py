"""The two connections: `default` is the application's role, `owner` prepares and migrates.

Environment: DATABASE_URL alone is the owner's, and the application's role is the one that
`manage.py prepare_database` creates, its password kept in var/. When DATABASE_OWNER_URL is set
too, DATABASE_URL is the application's own (production).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


def parse_url(url: str) -> dict[str, Any]:
    """Django settings of a `postgresql://` URL; `?host=/directory` is a Unix socket."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ValueError(f"URL de base de données non reconnue : {parts.scheme}://…")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", "") or parts.hostname or "",
        "PORT": str(parts.port or query.pop("port", "")),
        "OPTIONS": query,
    }


def app_role(database: str) -> str:
    """Name of the application's role for a database."""
    return f"{database}_app"


def password_file(var: Path, database: str) -> Path:
    return var / f"app-role-{database}.password"


def database_settings(url: str, owner_url: str, var: Path) -> dict[str, dict[str, Any]]:
    """DATABASES for a pair of URLs (see the module's docstring)."""
    app = parse_url(url)
    owner = parse_url(owner_url or url)
    if not owner_url:
        secret = password_file(var, app["NAME"])
        app["USER"] = app_role(app["NAME"])
        app["PASSWORD"] = secret.read_text().strip() if secret.exists() else ""
    app["ATOMIC_REQUESTS"] = True
    owner["TEST"] = {"MIRROR": None}
    return {"default": app, "owner": owner}
