"""Prepares a database: creates it, its application role, its tables, and grants the rights.

The application's role may read and write, neither own nor create; on the append-only tables
(`settings.APPEND_ONLY_TABLES`) it may insert and read only. Called by `manage.py
prepare_database` and by the tests, always as the owner; running it again changes nothing.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from psycopg import sql

from apps.core.database import locations
from apps.core.database.locations import connection_arguments

MAINTENANCE_DATABASE = "postgres"

# The functions of our triggers, those of the extensions left aside.
OWN_TRIGGERS = """
    SELECT p.proname FROM pg_proc p
    JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname = 'public'
    WHERE p.prorettype = 'trigger'::regtype AND p.proowner = (SELECT oid FROM pg_roles
                                                              WHERE rolname = current_user)
"""


def maintenance_connection(owner: dict[str, Any]) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection outside any database of ours: to create or drop one. Autocommit."""
    arguments = connection_arguments(owner | {"NAME": MAINTENANCE_DATABASE})
    return psycopg.connect(**arguments, autocommit=True)


def database_exists(connection: psycopg.Connection[Any], name: str) -> bool:
    query = "SELECT 1 FROM pg_database WHERE datname = %s"
    return connection.execute(query, [name]).fetchone() is not None


def create_database(owner: dict[str, Any]) -> bool:
    """Creates the owner's database when it is absent; tells whether it did."""
    try:
        psycopg.connect(**connection_arguments(owner)).close()
    except psycopg.OperationalError:
        with maintenance_connection(owner) as connection:
            if database_exists(connection, owner["NAME"]):
                raise
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(owner["NAME"])))
        return True
    return False


def drop_database(owner: dict[str, Any]) -> None:
    """Drops the owner's database and ends its connections."""
    with maintenance_connection(owner) as connection:
        name = sql.Identifier(owner["NAME"])
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def holds_other_data(owner: dict[str, Any]) -> bool:
    """Tells whether the database has accounts and is not the demonstration's (its sequence)."""
    try:
        with psycopg.connect(**connection_arguments(owner)) as connection:
            demonstration = "SELECT 1 FROM core_sequence WHERE name = 'demonstration'"
            if connection.execute(demonstration).fetchone():
                return False
            return connection.execute("SELECT 1 FROM accounts_user LIMIT 1").fetchone() is not None
    except (psycopg.OperationalError, psycopg.errors.UndefinedTable):
        return False


def ensure_application_role(owner: dict[str, Any]) -> None:
    """Creates the derived application role, with a password of its own kept in `var/`.

    Does nothing when the application's URL is given: its role is then the administrator's affair.
    """
    if os.environ.get("DATABASE_OWNER_URL"):
        return
    role = locations.derived_application(owner)["USER"]
    password = _kept_password(owner["NAME"])
    with maintenance_connection(owner) as connection:
        found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        statement = (
            "{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {}"
            if _is_superuser(connection)
            else "{} ROLE {} LOGIN PASSWORD {}"
        )
        connection.execute(
            sql.SQL(statement).format(
                sql.SQL("ALTER" if found else "CREATE"), sql.Identifier(role), sql.Literal(password)
            )
        )


def _is_superuser(connection: psycopg.Connection[Any]) -> bool:
    query = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
    row = connection.execute(query).fetchone()
    return bool(row and row[0])


def _kept_password(database: str) -> str:
    path = locations.password_file(database)
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
    return path.read_text().strip()


def grant_rights(owner: dict[str, Any], role: str, append_only: Iterable[str]) -> None:
    """Gives `role` its rights on every table; takes back what append-only tables forbid."""
    with psycopg.connect(**connection_arguments(owner)) as connection:
        row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = %s", [role])
        found = row.fetchone()
        if found is None or found[0]:
            raise RuntimeError(f"The application's role {role} must exist and not be a superuser.")
        names = {"role": sql.Identifier(role), "database": sql.Identifier(owner["NAME"])}
        for statement in (
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
            "REVOKE CREATE ON SCHEMA public FROM {role}",
            "GRANT CONNECT ON DATABASE {database} TO {role}",
            "GRANT USAGE ON SCHEMA public TO {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
            "REVOKE TRUNCATE, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA public FROM {role}",
            "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public"
            " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
        ):
            connection.execute(sql.SQL(statement).format(**names))
        for table in append_only:
            connection.execute(
                sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}").format(
                    table=sql.Identifier(table), **names
                )
            )


def raise_fence(owner: dict[str, Any], functions: Iterable[str], fenced: Mapping[str, str]) -> None:
    """Row-level security of the tables: `fenced` gives the condition on the rows of each.

    The owner keeps the sight of everything by a policy of its own: it migrates, saves, and the
    functions run as it does. So do the triggers: what they verify must not depend on who acts.
    """
    with psycopg.connect(**connection_arguments(owner)) as connection:
        for function in functions:
            connection.execute(function.encode())
        for (trigger,) in connection.execute(OWN_TRIGGERS).fetchall():
            connection.execute(
                sql.SQL(
                    "ALTER FUNCTION {}() SECURITY DEFINER SET search_path = public, pg_temp"
                ).format(sql.Identifier(trigger))
            )
        for table, condition in fenced.items():
            shown = sql.SQL("((SELECT fence_open()) OR {})").format(sql.SQL(condition))
            for statement in (
                "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
                "ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
                "DROP POLICY IF EXISTS fence_scope ON {table}",
                "CREATE POLICY fence_scope ON {table} USING {shown} WITH CHECK {shown}",
                "DROP POLICY IF EXISTS fence_owner ON {table}",
                "CREATE POLICY fence_owner ON {table} TO CURRENT_USER USING (true)",
            ):
                connection.execute(
                    sql.SQL(statement).format(table=sql.Identifier(table), shown=shown)
                )


def leave_comment(owner: dict[str, Any], comment: str) -> None:
    """Writes the comment that `prepared` reads."""
    with maintenance_connection(owner) as connection:
        connection.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                sql.Identifier(owner["NAME"]), sql.Literal(comment)
            )
        )
