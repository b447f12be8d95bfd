"""Is the database prepared for this very code? Answered in a fraction of a second.

The preparation leaves its fingerprint (migrations, grants, libraries) as the comment of the
database; one query as the application's role reads it. Called by bin/ before each command:
`python -m apps.core.database.prepared`, status 0 when there is nothing to do.
"""

from __future__ import annotations

import hashlib
import sys

import psycopg

from apps.core.database.locations import ROOT, application_database, connection_arguments

COMMENT = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"


def fingerprint() -> str:
    """Changes with any migration, with the preparation's own code and with the libraries."""
    digest = hashlib.sha256()
    files = [
        *sorted((ROOT / "apps").glob("*/migrations/*.py")),
        *sorted((ROOT / "apps/core/database").glob("*.py")),
        ROOT / "config/settings/base.py",
        ROOT / "config/settings/fence.py",
        ROOT / "requirements.lock",
    ]
    for path in files:
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return f"prepared:{digest.hexdigest()[:32]}"


def is_prepared() -> bool:
    database = application_database()
    if database is None:
        return False
    try:
        with psycopg.connect(connect_timeout=5, **connection_arguments(database)) as connection:
            row = connection.execute(COMMENT, [database["NAME"]]).fetchone()
    except psycopg.OperationalError:
        return False
    return row is not None and row[0] == fingerprint()


if __name__ == "__main__":
    sys.exit(0 if is_prepared() else 1)
