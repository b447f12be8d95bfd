"""Databases of the tests: migrated once as the owner, copied, then used as the application's role.

The template is kept between runs and named after the migrations' fingerprint. Each test process
has its own copy, in which tests are rolled back; tests that need real commits take a fresh copy
(`committed_db`), since the application's role may neither truncate nor delete everywhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from apps.core.database import locations, preparation, prepared

LOCK = 729_534_83


def process_name() -> str:
    """Distinct for each process of the test run, each suffix and each database."""
    parts = [
        "test",
        locations.owner_database()["NAME"],
        os.environ.get("TEST_DB_SUFFIX", ""),
        os.environ.get("PYTEST_XDIST_WORKER", ""),
    ]
    return "_".join(part for part in parts if part)[:50]


def migrated_template() -> str:
    """Name of the migrated template, built when it is absent; older templates are dropped."""
    owner = locations.owner_database()
    prefix = f"test_{owner['NAME']}"[:40] + "_tpl_"
    name = prefix + prepared.fingerprint().removeprefix("prepared:")[:12]
    with preparation.maintenance_connection(owner) as connection:
        # Those of one database wait for each other, not for those of another.
        connection.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [LOCK, prefix])
        preparation.ensure_application_role(owner)
        _take_kept_password()
        if preparation.database_exists(connection, name):
            return name
        _drop_older(connection, prefix)
        building = f"{prefix}building"
        _execute(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", building)
        _execute(connection, "CREATE DATABASE {}", building)
        with pointed_at(building):
            call_command("migrate", database="owner", verbosity=0)
        role = connections.settings["default"]["USER"]
        built = owner | {"NAME": building}
        preparation.grant_rights(built, role, settings.APPEND_ONLY_TABLES)
        preparation.raise_fence(built, settings.FENCE_FUNCTIONS, settings.FENCED)
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                sql.Identifier(building), sql.Identifier(name)
            )
        )
    return name


def _take_kept_password() -> None:
    """The settings were read before the role had its password when the checkout is fresh."""
    application = locations.application_database()
    connections.settings["default"]["PASSWORD"] = application["PASSWORD"]


def _drop_older(connection: psycopg.Connection, prefix: str) -> None:
    query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
    for (name,) in connection.execute(query, [prefix]).fetchall():
        # Another run of an older version may be copying it: it will be dropped next time.
        with suppress(psycopg.errors.ObjectInUse):
            _execute(connection, "DROP DATABASE IF EXISTS {}", name)


def _execute(connection: psycopg.Connection, statement: str, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def copy_of(template: str, name: str) -> Iterator[None]:
    """Makes `name` from the template, points Django at it, drops it at the end."""
    owner = locations.owner_database()
    with preparation.maintenance_connection(owner) as connection:
        # CREATE DATABASE refuses a template that is being copied by another process.
        connection.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [LOCK, template])
        _execute(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        _execute(connection, "CREATE DATABASE {} TEMPLATE {}", name, template)
    try:
        with pointed_at(name):
            yield
    finally:
        preparation.drop_database(owner | {"NAME": name})


@contextmanager
def pointed_at(name: str) -> Iterator[None]:
    """Django's connections go to the database `name`, in every thread started from now on."""
    before = {alias: connections.settings[alias]["NAME"] for alias in connections}
    _point(dict.fromkeys(before, name))
    try:
        yield
    finally:
        _point(before)


def _point(names: dict[str, str]) -> None:
    connections.close_all()
    for alias, name in names.items():
        connections.settings[alias]["NAME"] = name
        # A wrapper made earlier in this thread may hold a copy of its settings.
        connections[alias].settings_dict["NAME"] = name
        for key in ("USER", "PASSWORD"):
            connections[alias].settings_dict[key] = connections.settings[alias][key]
