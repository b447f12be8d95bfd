"""Is the role of this connection as weak as it must be? Asked once, at the start of a process.

The second fence (row-level security) and the append-only tables hold only for a role that is
neither superuser nor owner: the web server and the workers refuse to start with another. A system
check (`check --database default`) says the same. Called by `config.wsgi` and `config.celery`.
"""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection

logger = logging.getLogger(__name__)

POWERS = """
    SELECT rolsuper, rolbypassrls, rolcreaterole OR rolcreatedb,
           has_schema_privilege(current_user, 'public', 'CREATE'),
           EXISTS (SELECT FROM pg_database
                   WHERE datname = current_database() AND pg_has_role(datdba, 'MEMBER'))
           OR EXISTS (SELECT FROM pg_class
                      WHERE relnamespace = 'public'::regnamespace
                        AND pg_has_role(relowner, 'MEMBER'))
    FROM pg_roles WHERE rolname = current_user
"""
WORDS = (
    "is a superuser",
    "bypasses row-level security (BYPASSRLS)",
    "may create roles or databases",
    "may create tables in the schema public",
    "owns the database or tables of it (or is a member of their owner)",
)
WRITABLE = """
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(%s)
      AND has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE')
    ORDER BY 1
"""
DEMONSTRATION = "SELECT 1 FROM core_sequence WHERE name = 'demonstration'"


def dangers() -> list[str]:
    """What the role of the default connection may do and must not; empty when all is well."""
    with connection.cursor() as cursor:
        cursor.execute(POWERS)
        powers = cursor.fetchone()
        found = [word for word, has in zip(WORDS, powers, strict=True) if has]
        if powers[0]:
            return found[:1]  # everything else follows
        cursor.execute(WRITABLE, [settings.APPEND_ONLY_TABLES])
        found += [f"may change the append-only table {row[0]}" for row in cursor.fetchall()]
        if settings.PRODUCTION and not found:
            cursor.execute(DEMONSTRATION)
            if cursor.fetchone():
                found.append("works on a demonstration, whose passwords are public")
    return found


def require_weak_role() -> None:
    """Raise ImproperlyConfigured when the role is dangerous.

    A database that does not answer lets the process start: nothing is served without it, and a
    supervisor that restarts everything at once must not make an outage longer.
    """
    try:
        found = dangers()
    except OperationalError:
        logger.warning("The database does not answer: its role could not be checked.")
        return
    finally:
        connection.close()
    if found:
        raise ImproperlyConfigured(f"The role of DATABASE_URL {', '.join(found)}.")


@register(Tags.database)
def application_role(databases: Any = None, **_kwargs: Any) -> list[CheckMessage]:
    """The same, for `manage.py check --database default`."""
    if "default" not in (databases or ()):
        return []
    return [
        Error(
            f"The role of DATABASE_URL {danger}.",
            hint="Give the application its own role (docs/operations.md).",
            id="core.E001",
        )
        for danger in dangers()
    ]
