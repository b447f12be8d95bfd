"""What a superuser does to the journal behind the application is found and named.

Commits are real, as another connection changes the rows: one database for the module, emptied of
its journal after each test.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from apps.journal.models import Entree, Scelle
from apps.journal.seals import seal_entries
from apps.journal.tasks import verify
from apps.journal.verification import verify_journal
from tests import databases
from tests.journal.test_seals import AT_ONCE, write


@pytest.fixture(scope="module")
def own_database(
    django_db_setup: None, migrated_template: str, django_db_blocker: Any
) -> Iterator[None]:
    name = f"{databases.process_name()}_own"
    with django_db_blocker.unblock(), databases.copy_of(migrated_template, name):
        yield


@pytest.fixture
def journal(own_database: None) -> Iterator[None]:
    """An empty journal, where commits are real."""
    yield
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("TRUNCATE journal_entree, journal_scelle")
        cursor.execute("SET session_replication_role = origin")


def as_owner(statement: str, parameters: list[object] | None = None) -> None:
    """What a superuser may do: the triggers are off, the application's rights do not count."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, parameters)
        assert cursor.rowcount, "nothing was touched"
        cursor.execute("SET session_replication_role = origin")


@pytest.fixture
def sealed(journal) -> list[int]:
    """Nine entries under three seals; their numbers."""
    numbers = []
    for _ in range(3):
        numbers += [entry.pk for entry in write(3)]
        assert len(seal_entries(older_than=AT_ONCE)) == 1
    assert verify_journal().anomalies == 0
    return numbers


def rehash(pk: int) -> None:
    as_owner("UPDATE journal_entree e SET empreinte = journal_empreinte(e) WHERE id = %s", [pk])


def test_what_a_transaction_in_progress_may_still_write_is_not_sealed(journal):
    """Its entry has a lower number than those already committed by others."""
    write(1)
    other = connections.create_connection("default")
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT nextval('journal_entree_id_seq')")
        write(1)
        assert seal_entries(older_than=AT_ONCE) == []
        other.rollback()
        assert len(seal_entries(older_than=AT_ONCE)) == 1
    finally:
        other.close()


def test_an_altered_entry_is_named(sealed):
    as_owner("UPDATE journal_entree SET motif = 'autre' WHERE id = %s", [sealed[4]])
    assert verify_journal().phrases == [f"Entrée {sealed[4]} altérée (Scellé n° 2)."]


def test_an_altered_entry_of_which_the_fingerprint_was_made_again_is_named(sealed):
    as_owner("UPDATE journal_entree SET motif = 'autre' WHERE id = %s", [sealed[4]])
    rehash(sealed[4])
    assert verify_journal().phrases == [f"Entrée {sealed[4]} altérée (Scellé n° 2)."]


def test_an_altered_fingerprint_is_named(sealed):
    as_owner("UPDATE journal_entree SET empreinte = %s WHERE id = %s", ["0" * 64, sealed[1]])
    assert verify_journal().phrases == [f"Entrée {sealed[1]} altérée (Scellé n° 1)."]


def test_a_deleted_entry_is_named(sealed):
    as_owner("DELETE FROM journal_entree WHERE id = %s", [sealed[0]])
    assert verify_journal().phrases == [f"Entrée {sealed[0]} manquante (Scellé n° 1)."]


def test_an_entry_added_in_a_sealed_range_is_named(sealed):
    """In the place of a number never used: fingerprint right, seal wrong."""
    as_owner("DELETE FROM journal_entree WHERE id = %s", [sealed[4]])
    as_owner("UPDATE journal_entree SET id = %s WHERE id = %s", [-1, sealed[7]])
    rehash(-1)
    as_owner("UPDATE journal_entree SET id = %s WHERE id = %s", [sealed[4], -1])
    rehash(sealed[4])
    assert verify_journal().phrases == [
        f"Entrée {sealed[4]} altérée (Scellé n° 2).",
        f"Entrée {sealed[7]} manquante (Scellé n° 3).",
    ]


def test_an_entry_added_in_a_gap_is_named(journal):
    write(1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('journal_entree_id_seq')")
        (gap,) = cursor.fetchone()
    write(1)
    seal_entries(older_than=AT_ONCE)
    (late,) = write(1)
    as_owner("UPDATE journal_entree SET id = %s WHERE id = %s", [gap, late.pk])
    rehash(gap)
    assert verify_journal().phrases == [f"Entrée {gap} ajoutée (Scellé n° 1)."]


def test_an_entry_before_the_first_is_named(sealed):
    (late,) = write(1)
    as_owner("UPDATE journal_entree SET id = 0 WHERE id = %s", [late.pk])
    rehash(0)
    assert verify_journal().phrases == ["Entrée 0 ajoutée : elle précède la première."]


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        ("empreinte = repeat('0', 64)", "Scellé n° 2 altéré, ou celui qui le précède."),
        ("nombre = nombre + 1", "Scellé n° 2 altéré, ou celui qui le précède."),
        ("le = le - interval '1 day'", "Scellé n° 2 altéré, ou celui qui le précède."),
        ("temoins = substr(temoins, 9) || temoins", "Scellé n° 2 altéré : ce qu’il dit"),
    ],
)
def test_an_altered_seal_is_named(sealed, change, phrase):
    as_owner(f"UPDATE journal_scelle SET {change} WHERE numero = 2")
    assert verify_journal().phrases[0].startswith(phrase)


def test_a_deleted_seal_is_named(sealed):
    as_owner("DELETE FROM journal_scelle WHERE numero = 2")
    assert "Scellé manquant : aucun ne précède le scellé n° 3." in verify_journal().phrases


def test_an_entry_and_its_seal_written_again_are_given_away_by_the_next_seal(sealed):
    as_owner("UPDATE journal_entree SET motif = 'autre' WHERE id = %s", [sealed[4]])
    rehash(sealed[4])
    as_owner("DELETE FROM journal_scelle WHERE numero = 3")
    third = Scelle.objects.filter(numero=3)
    as_owner("DELETE FROM journal_scelle WHERE numero = 2")
    assert not third.exists()
    # Sealed again, the journal is whole to itself: only what was published tells.
    seal_entries(older_than=AT_ONCE)
    assert verify_journal().anomalies == 0


def test_the_end_cut_off_is_given_away_by_a_published_seal(sealed, capsys):
    published = Scelle.objects.get(numero=3)
    as_owner("DELETE FROM journal_entree WHERE id >= %s", [published.de])
    assert f"Entrée {sealed[6]} manquante (Scellé n° 3)." in verify_journal().phrases
    as_owner("DELETE FROM journal_scelle WHERE numero = 3")
    as_owner("DELETE FROM journal_entree WHERE id >= %s", [published.de])
    assert verify_journal().anomalies == 0
    with pytest.raises(SystemExit) as ended:
        call_command("verify_journal", "--temoin", f"3:{published.empreinte}")
    assert ended.value.code == 1
    assert "Scellé n° 3 manquant" in capsys.readouterr().err


def test_a_published_seal_that_was_written_again_is_named(sealed):
    result = verify_journal({2: "0" * 64})
    assert result.phrases == [
        "Scellé n° 2 altéré : son empreinte n’est pas celle qui a été publiée."
    ]


def test_what_is_not_sealed_yet_is_verified_too(sealed):
    (recent,) = write(1)
    as_owner("UPDATE journal_entree SET auteur = 'autre' WHERE id = %s", [recent.pk])
    assert verify_journal().phrases == [
        f"Entrée {recent.pk} altérée (elle n’est pas encore scellée)."
    ]


# --- the command, the task -----------------------------------------------------------------------


def test_the_command_tells_and_its_status_says(sealed, capsys):
    call_command("verify_journal")
    output = capsys.readouterr().out
    assert "scellés : 3 ; anomalies : 0." in output
    assert Scelle.objects.get(numero=3).empreinte in output
    as_owner("DELETE FROM journal_entree WHERE id = %s", [sealed[4]])
    with pytest.raises(SystemExit) as ended:
        call_command("verify_journal")
    assert ended.value.code == 1
    assert f"Entrée {sealed[4]} manquante (Scellé n° 2)." in capsys.readouterr().err


def test_a_damaged_witness_is_refused(journal):
    with pytest.raises(CommandError, match="NUMERO:EMPREINTE"):
        call_command("verify_journal", "--temoin", "3:abc")


def test_the_weekly_verification_leaves_an_entry_and_an_error(sealed, caplog):
    as_owner("DELETE FROM journal_entree WHERE id = %s", [sealed[4]])
    assert verify() == 1
    assert f"Entrée {sealed[4]} manquante" in caplog.text
    entry = Entree.objects.filter(action="journal.verifie").first()
    assert entry is not None
    assert entry.apres["anomalies"] == 1
    assert entry.apres["premiere_anomalie"] == f"Entrée {sealed[4]} manquante (Scellé n° 2)."
