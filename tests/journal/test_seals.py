"""Fingerprints of the entries and their seals; what is tampered with: see test_tampering."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from apps.core.requests import request_id
from apps.journal.empreintes import COLUMNS, entry_hash
from apps.journal.models import Entree, Scelle
from apps.journal.seals import numbers_of, ranges, seal_entries
from apps.journal.services import record
from apps.journal.tasks import seal
from apps.journal.verification import verify_journal
from tests.factories import make_membership, make_siae

AT_ONCE = timedelta(0)


def write(count: int) -> list[Entree]:
    siae = make_siae()
    acting = make_membership("GESTIONNAIRE")
    return [
        record(
            acting,
            "structure.modifiee",
            siae.structure,
            motif=f"Motif n° {n} « à 5,50 € »\n",
            avant={"commune": "Lens", "z": None, "a": 1.50},
            apres={"commune": 'Liévin, "le" \\ \u2028 Ç', "longue_cle": [n, True]},
        )
        for n in range(count)
    ]


# --- fingerprints --------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_database_and_the_verification_write_the_same_text():
    write(3)
    record(None, "structure.modifiee", make_siae().structure)
    assert verify_journal().phrases == []
    assert verify_journal().entrees == 4
    assert set(Entree.objects.values_list("empreinte", flat=True).distinct()).isdisjoint({""})


def test_every_column_is_in_the_fingerprint():
    columns = [field.column for field in Entree._meta.concrete_fields]
    assert sorted(columns) == sorted([*COLUMNS, "empreinte"])


def test_no_value_passes_for_two():
    assert len({entry_hash(["a", "b"]), entry_hash(["a,1:b"]), entry_hash(["ab", ""])}) == 3
    assert entry_hash([None]) != entry_hash([""])
    assert entry_hash([None]) != entry_hash(["-"])


@pytest.mark.django_db
def test_a_fingerprint_given_by_the_writer_is_not_taken():
    Entree.objects.create(
        auteur="x", action="compte.connexion", objet_type="x.y", objet="x", empreinte="f" * 64
    )
    assert Entree.objects.get().empreinte != "f" * 64
    assert verify_journal().anomalies == 0


@pytest.mark.django_db
def test_an_entry_names_its_request():
    token = request_id.set("req-42")
    try:
        (entry,) = write(1)
    finally:
        request_id.reset(token)
    entry.refresh_from_db()
    assert entry.requete == "req-42"
    (other,) = write(1)
    other.refresh_from_db()
    assert other.requete == ""


# --- seals ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_seal_follows_the_one_before_and_skips_numbers_never_used():
    first = write(2)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('journal_entree_id_seq')")
    second = write(1)
    (one,) = seal_entries(older_than=AT_ONCE)
    third = write(1)
    (two,) = seal_entries(older_than=AT_ONCE)
    assert (one.numero, one.de, one.a, one.nombre) == (1, 1, second[0].pk, 3)
    assert list(numbers_of(one.identifiants)) == [e.pk for e in [*first, *second]]
    assert (two.numero, two.de, two.a, two.nombre) == (2, one.a + 1, third[0].pk, 1)
    assert seal_entries(older_than=AT_ONCE) == []
    assert verify_journal().anomalies == 0


@pytest.mark.django_db
def test_a_seal_is_told_outside_once_committed(caplog, django_capture_on_commit_callbacks):
    write(1)
    with caplog.at_level(logging.INFO, "extranet.journal"):
        with django_capture_on_commit_callbacks(execute=True):
            (seal,) = seal_entries(older_than=AT_ONCE)
            assert caplog.records == []
        (line,) = caplog.records
    assert line.message == f"journal.seal {seal.numero}:{seal.empreinte}"
    assert (line.fields["numero"], line.fields["nombre"]) == (1, 1)


@pytest.mark.django_db
def test_recent_entries_wait():
    write(2)
    assert seal() == 0
    assert not Scelle.objects.exists()


@pytest.mark.django_db
def test_a_long_series_is_sealed_in_several(monkeypatch):
    monkeypatch.setattr("apps.journal.seals.SEAL_SIZE", 2)
    write(5)
    assert [s.nombre for s in seal_entries(older_than=AT_ONCE)] == [2, 2, 1]
    assert verify_journal().anomalies == 0


def test_ranges():
    assert ranges([1, 2, 3, 5, 8, 9]) == "1-3 5-5 8-9"
    assert list(numbers_of("1-3 5-5")) == [1, 2, 3, 5]
    assert ranges([]) == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement", ["UPDATE journal_scelle SET nombre = 2", "DELETE FROM journal_scelle"]
)
def test_a_seal_is_not_changed(statement):
    write(1)
    seal_entries(older_than=AT_ONCE)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Scelle.objects.get().nombre == 1
