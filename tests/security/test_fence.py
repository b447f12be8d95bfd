"""The second fence: what PostgreSQL itself refuses to show, whatever the code asks.

Raw SQL as the application's role, in the name of nobody, of the people of the case, of others; a
filter forgotten on purpose; a setting that must not outlive its transaction.
"""

from __future__ import annotations

import ast
from pathlib import Path

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import ProgrammingError, connection, connections, transaction
from django.urls import reverse

from apps.core import fence
from apps.core.database.locations import connection_arguments
from apps.siae.models import Contact, Salarie, Structure
from apps.siae.querysets import SalarieQuerySet
from tests.security.world import ACTORS, make_world

OTHERS = ("autre_structure", "autre_ddets", "autre_cd", "administrateur")
# Tables where a row names nobody by itself, or that everybody reads through an object of theirs.
SHARED = {
    table for table, condition in settings.FENCED.items() if condition == settings.FENCE_SOMEBODY
}

# Between the State, the départements and the ASP: read for any structure and by any DDETS.
CONVENTIONS = {
    "conventions_caom",
    "conventions_objectifcaom",
    "conventions_voletcaom",
    "conventions_conventionmandat",
    "conventions_avenantfinancier",
}

# Where the product looks beyond its reader's rows, and why: each line was weighed.
ELEVATED = {
    ("apps/accounts/notifications.py", "addressed to others"),
    ("apps/accounts/services/passwords.py", "asked before anybody is signed in"),
    ("apps/accounts/views/comptes.py", "e-mails about the access to an account"),
    ("apps/annexes/consumption.py", "a CAOM is used by several territories"),
    ("apps/annexes/facts.py", "the checks count all that is committed on a CAOM"),
    ("apps/conventions/services/conventions.py", "one number in the nation"),
    ("apps/core/health.py", "supervision counts, and shows no row"),
    ("apps/core/jobs.py", "somebody else may be running the same job"),
    ("apps/core/mail.py", "addressed to others"),
    ("apps/journal/services.py", "what happened is written, whoever it concerns"),
    ("apps/payments/ledger.py", "an entry has movements of several funders"),
    ("apps/presence/checks.py", "hours elsewhere, without the name of where"),
    ("apps/siae/services/structures.py", "one SIRET in the nation"),
    ("apps/siae/services/structures.py", "one number in the nation"),
    ("apps/core/task_class.py", "background task"),
    ("manage.py", "command of the operator"),
}


def rows(query: str, *values: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def counts() -> dict[str, int]:
    """Rows shown of each fenced table, in one query."""
    parts = [f"SELECT '{table}', count(*) FROM {table}" for table in settings.FENCED]
    return dict(rows(" UNION ALL ".join(parts)))


def test_every_table_is_fenced_or_said_open(db):
    """A new table is refused until somebody has decided who reads it."""
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    assert tables - set(settings.FENCED) - set(settings.FENCE_OPEN) == set()
    assert (set(settings.FENCED) | set(settings.FENCE_OPEN)) - tables == {"django_migrations"}
    assert set(settings.FENCED) & set(settings.FENCE_OPEN) == set()


def test_the_database_holds_what_is_declared(db):
    forced = rows("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
    assert {name for (name,) in forced} == set(settings.FENCED)
    policies = rows("SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'public'")
    assert set(policies) == {
        (table, policy) for table in settings.FENCED for policy in ("fence_owner", "fence_scope")
    }
    ours = rows("SELECT 1 FROM pg_roles WHERE rolname = current_user AND NOT rolbypassrls")
    assert ours == [(1,)]


def test_without_a_scope_no_row_is_shown(db):
    make_world()
    everything = counts()
    with fence.within(fence.CLOSED):
        assert {table: n for table, n in counts().items() if n} == {}
    # The case has rows in the tables that matter: the refusal is not that of an empty table.
    empty = {table for table, n in everything.items() if not n}
    assert not {t for t in empty if t.startswith(("siae_", "annexes_", "presence_"))} - {
        "siae_changementsiret",
        "presence_justificationecart",
    }


def keys() -> set[tuple[str, int]]:
    """Table and key of the rows shown, those that name nobody left aside."""
    tables = set(settings.FENCED) - SHARED - CONVENTIONS
    return set(rows(" UNION ALL ".join(f"SELECT '{table}', id FROM {table}" for table in tables)))


@pytest.mark.parametrize("actor", OTHERS)
def test_others_are_shown_nothing_of_the_case(db, actor):
    """What the structure, the DDETS or the département of the case are shown, nobody else is."""
    world = make_world()
    case = set()
    for reader in ("responsable", "instructeur", "decideur", "lecteur"):
        with fence.acting_as(world.actors[reader]):
            case |= keys()
    assert len({table for table, _ in case}) > 25
    with fence.acting_as(world.actors[actor]):
        shown = keys()
    seen = {table for table, _ in shown & case}
    assert seen == ({"core_job"} if actor == "administrateur" else set())


@pytest.mark.parametrize("actor", ACTORS)
def test_the_fence_shows_all_that_the_pages_show(db, actor):
    """The second fence never hides a row that the first lets through."""
    world = make_world()
    acting = world.actors[actor]
    hidden = {}
    for model in apps.get_models():
        if model._meta.db_table not in settings.FENCED or not hasattr(model.objects, "visible_to"):
            continue
        seen = set(model.objects.visible_to(acting).values_list("pk", flat=True))
        with fence.acting_as(acting):
            left = set(model.objects.visible_to(acting).values_list("pk", flat=True))
        if left != seen:
            hidden[model._meta.label] = seen - left
    assert hidden == {}


def test_a_forgotten_filter_shows_nothing(db, client, monkeypatch):
    """`visible_to` filters nothing any longer: the pages still show no one else's people."""
    world = make_world()
    Salarie.objects.filter(pk=world.salarie.pk).update(nom="Quatrevingt")
    page = reverse("siae:salarie", args=[world.salarie.pk])
    monkeypatch.setattr(SalarieQuerySet, "visible_to", lambda self, acting: self)
    for actor in OTHERS:
        client.force_login(world.actors[actor].user)
        assert "Quatrevingt" not in client.get(reverse("siae:salaries")).content.decode()
        assert client.get(page).status_code == 404, actor
    client.force_login(world.actors["saisie"].user)
    assert "Quatrevingt" in client.get(page).content.decode()


def test_writing_for_another_is_refused_by_the_database(db):
    """Nor may a row be given to somebody else, changed or erased there."""
    world = make_world()
    with fence.acting_as(world.actors["autre_structure"]):
        assert Salarie.objects.filter(pk=world.salarie.pk).update(nom="Pirate") == 0
        assert Salarie.objects.filter(pk=world.salarie.pk).delete()[0] == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Contact.objects.create(structure=world.structure, nom="Pirate", fonction="GESTION")
    world.salarie.refresh_from_db()
    assert world.salarie.nom != "Pirate"
    assert not Contact.objects.filter(nom="Pirate").exists()


def test_the_scope_ends_with_its_transaction(db):
    """A connection given back to a pool keeps nothing of who used it."""
    arguments = connection_arguments(connections["default"].settings_dict)
    arguments["dbname"] = connection.settings_dict["NAME"]
    ask = "SELECT current_setting('extranet.portee', true)"
    with psycopg.connect(**arguments, autocommit=True) as other:
        with other.transaction():
            other.execute("SELECT set_config('extranet.portee', 'TOUT', true)")
            assert other.execute(ask).fetchone() == ("TOUT",)
        assert other.execute(ask).fetchone() == ("",)
        assert other.execute("SELECT fence_open()").fetchone() == (False,)


def test_outside_a_transaction_each_statement_is_fenced(committed_db):
    """Autocommit, server-side cursors, an error on the way: stated again each time."""
    world = make_world()
    with fence.acting_as(world.actors["saisie"]):
        assert list(Structure.objects.values_list("pk", flat=True)) == [world.structure.pk]
        streamed = Structure.objects.values_list("pk", flat=True).iterator(chunk_size=1)
        assert list(streamed) == [world.structure.pk]
        with pytest.raises(ProgrammingError):
            rows("SELECT nothing FROM nowhere")
        assert Structure.objects.count() == 1
    with fence.within(fence.CLOSED):
        assert Structure.objects.count() == 0
    assert Structure.objects.count() > 1


def test_a_savepoint_taken_back_states_the_scope_again(committed_db):
    world = make_world()
    everything = Structure.objects.count()
    with fence.acting_as(world.actors["saisie"]), transaction.atomic():
        try:
            with transaction.atomic(), fence.within(fence.EVERYTHING):
                assert Structure.objects.count() == everything
                raise ValueError
        except ValueError:
            pass
        assert Structure.objects.count() == 1
        with fence.within(fence.EVERYTHING):
            assert Structure.objects.count() == everything
        assert Structure.objects.count() == 1


def test_where_the_product_looks_beyond_its_reader(root: Path):
    found = set()
    for path in (root / "manage.py", *(root / "apps").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "fence.system":
                found.add((str(path.relative_to(root)), ast.literal_eval(node.args[0])))
    assert found == ELEVATED
