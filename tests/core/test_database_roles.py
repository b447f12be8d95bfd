"""The application works as a role that neither owns nor rules the database (two roles)."""

import psycopg
import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, connections, transaction

from apps.core.database import locations
from apps.core.models import Sequence

ROLE = """
    SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb
    FROM pg_roles WHERE rolname = current_user
"""


def fetch(query, *arguments):
    with connection.cursor() as cursor:
        cursor.execute(query, arguments)
        return cursor.fetchall()


def test_the_application_role_has_no_power(db):
    """The application's role is not a superuser, bypasses nothing and owns no table."""
    assert fetch(ROLE) == [(False, False, False, False)]
    assert fetch("SELECT tablename FROM pg_tables WHERE tableowner = current_user") == []
    assert not fetch("SELECT has_schema_privilege(current_user, 'public', 'CREATE')")[0][0]


@pytest.mark.parametrize("table", settings.APPEND_ONLY_TABLES)
@pytest.mark.parametrize("act", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0}"])
def test_append_only_tables_refuse_changes(db, table, act):
    """An UPDATE, a DELETE or a TRUNCATE of an append-only table is refused by the database."""
    with connection.cursor() as cursor:
        key = connection.introspection.get_primary_key_column(cursor, table)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        fetch(act.format(table, key))


def test_the_application_may_write_elsewhere(db):
    """The application inserts, updates and deletes in the other tables."""
    Sequence.objects.create(name="essai", last=1)
    assert Sequence.objects.filter(name="essai").update(last=2) == 1
    assert Sequence.objects.filter(name="essai").delete()[0] == 1


def test_commits_are_real_in_a_database_of_ones_own(committed_db):
    """What one connection commits, another one sees."""
    Sequence.objects.create(name="essai", last=7)
    with psycopg.connect(**connections["owner"].get_connection_params()) as other:
        assert other.execute("SELECT name, last FROM core_sequence").fetchall() == [("essai", 7)]


def test_what_is_rolled_back_is_gone(db):
    """The committed test above leaves nothing to the others."""
    assert list(Sequence.objects.filter(name="essai")) == []


def test_a_socket_url_is_understood():
    """`?host=/directory` names the directory of a Unix socket."""
    database = locations.parse_url("postgresql://postgres:@/base?host=/run/pg&sslmode=disable")
    assert database["HOST"] == "/run/pg"
    assert (database["NAME"], database["USER"], database["PORT"]) == ("base", "postgres", "")
    assert database["OPTIONS"] == {"sslmode": "disable"}


def test_special_characters_of_a_url_are_decoded():
    """A password with reserved characters is written with percent signs."""
    database = locations.parse_url("postgres://app:p%40ss%2F1@db.example:5433/iae")
    assert (database["USER"], database["PASSWORD"]) == ("app", "p@ss/1")
    assert (database["HOST"], database["PORT"]) == ("db.example", "5433")


@pytest.mark.parametrize("url", ["mysql://a@b/c", "postgresql://a@b", "postgresql://a@b/", ""])
def test_other_urls_are_refused(url):
    """A URL of another kind, or without a database's name, is refused."""
    with pytest.raises(ValueError, match="must read postgresql://"):
        locations.parse_url(url)
