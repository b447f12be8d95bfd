"""The transfer file: what the schema allows, what was to be paid, in the characters of SEPA."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from time import time

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from sepaxml.validation import try_valid_xml

from apps.core.errors import Refus
from apps.core.tasks import sweep_files
from apps.core.xml_documents import parse_safely
from apps.journal.models import Entree
from apps.payments import pain001
from apps.payments.models import Campagne, FichierVirements
from apps.payments.pain001 import (
    Credit,
    Debiteur,
    FichierInexact,
    cents_of,
    draw,
    sepa_text,
    verify,
)
from apps.payments.services import execute_campagne, execution
from apps.payments.services.virements import note_download
from tests.payments.banque import PAID_ON, executed, sent
from tests.payments.dossiers import make_annexe, make_asp, make_financeurs, signed_run
from tests.payments.test_preparation import REQUEST

GOLDEN = Path(__file__).with_name("virements.xml")
NOM = "EXTRANET-IAE-VIR-000012.xml"
DEBITEUR = Debiteur("Agent comptable de l’ASP", "FR7610071999990000000000178", "TRPUFRP1XXX")
CREDITS = [
    Credit(
        "IAE-000012-00001",
        "Association « L’Étoile & Cie » – n° 1",
        "FR7630001007941234567890185",
        "BDFEFRPPCCT",
        Decimal("9827.50"),
        "Aide au poste IAE annexe ACI062180001 A0M0 campagne 01/2018",
    ),
    Credit(
        "IAE-000012-00002",
        "Œuvre du chantier d’insertion",
        "FR7630001007941234567890185",
        "BDFEFRPPCCT",
        Decimal("0.07"),
        "Aide au poste IAE annexe EI062180002 A0M0 campagne 01/2018",
    ),
]


def drawn(credits=CREDITS) -> bytes:
    instant = datetime(2018, 1, 22, 9, 30, tzinfo=UTC)
    return draw(NOM, DEBITEUR, credits, jour=date(2018, 1, 22), instant=instant)


def test_the_file_is_the_golden_one():
    """Byte for byte: identifiers of ours, one batch, double quotes in the declaration."""
    contents = drawn()
    assert contents.decode() == GOLDEN.read_text().rstrip("\n")
    assert contents.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n')


def test_another_reader_of_the_schema_agrees():
    """The schema as sepaxml itself checks it (xmlschema), ours being checked by libxml2."""
    try_valid_xml(drawn(), pain001.SCHEMA)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Association « L’Étoile »", "Association L'Etoile"),
        ("A & B // C", "A B / C"),
        ("/Chantier/", "Chantier"),
        ("n° 1 – Æther, œuvre", "no 1 - AEther, oeuvre"),
        ("<script>\n\t", "script"),
        ("x" * 90, "x" * 70),
        ("株式会社", "Zhu Shi Hui She"),
        ("«»", "-"),
    ],
)
def test_characters_of_sepa(text, expected):
    """Accents dropped, what a bank may refuse replaced, never empty."""
    found = sepa_text(text, 70)
    assert found == expected
    assert not pain001.OUT_OF_SEPA.search(found)


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "1.001"])
def test_only_amounts_to_pay(amount):
    with pytest.raises(ValueError, match="Not an amount"):
        cents_of(Decimal(amount))


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("count", b"<NbOfTxs>2</NbOfTxs>", b"<NbOfTxs>3</NbOfTxs>"),
        ("sum", b"<CtrlSum>9827.57</CtrlSum>", b"<CtrlSum>9827.58</CtrlSum>"),
        ("amount", b">9827.50<", b">9827.51<"),
        ("reference", b"IAE-000012-00002", b"IAE-000012-00003"),
        ("account", b"FR7630001007941234567890185", b"FR7610071999990000000000178"),
        ("debtor", b"FR7610071999990000000000178", b"FR7630001007941234567890185"),
        ("schema", b"<ChrgBr>SLEV</ChrgBr>", b"<ChrgBr>NOPE</ChrgBr>"),
        ("missing", b"<PmtMtd>TRF</PmtMtd>", b""),
    ],
)
def test_any_difference_is_found(name, before, after):
    """The file read again is refused when it does not say exactly what was to be paid."""
    contents = drawn()
    verify(contents, DEBITEUR, CREDITS)
    assert before in contents, name
    with pytest.raises(FichierInexact):
        verify(contents.replace(before, after, 1), DEBITEUR, CREDITS)
    with pytest.raises(FichierInexact):
        verify(contents, DEBITEUR, CREDITS[:1])


def test_an_account_that_the_schema_refuses_raises():
    with pytest.raises(FichierInexact):
        drawn([replace(CREDITS[0], iban="pas un IBAN")])


# --- In the execution --------------------------------------------------------------------------
@pytest.fixture
def asp(db):
    return make_asp()


def test_an_execution_writes_its_file(asp):
    """As many transfers as annexes paid, their sum, the hash of the archive, journaled."""
    campagne = executed(asp, 3)
    fichier = FichierVirements.objects.get()
    virements = sent(campagne)
    assert (fichier.nom, fichier.campagne, fichier.numero) == (
        "EXTRANET-IAE-VIR-000001.xml",
        campagne,
        1,
    )
    assert (fichier.nombre, fichier.montant) == (3, sum(v.montant for v in virements))
    assert fichier.montant == campagne.montant_vire
    with fichier.fichier.contenu.open("rb") as archived:
        root = parse_safely(archived.read())
    references = {node.text for node in root.iter("{*}EndToEndId")}
    assert references == {virement.reference for virement in virements}
    texts = {node.text for node in root.iter("{*}Ustrd")}
    assert texts == {
        f"Aide au poste IAE annexe {virement.annexe} campagne 01/2018" for virement in virements
    }
    [entry] = Entree.objects.filter(action="virements.fichier")
    assert entry.apres["sha256"] == fichier.fichier.sha256


def test_queries_of_the_file_are_constant(asp):
    """As many for ten transfers as for one, whatever the execution does beside."""
    counts = []
    for month, annexes in (("2018-01", 1), ("2018-02", 10)):
        for _ in range(annexes):
            make_annexe(REQUEST)
        campagne = signed_run(asp, month)
        with CaptureQueriesContext(connection) as queries:
            execute_campagne(asp.comptable, campagne, on=PAID_ON)
        counts.append(sum("fichiervirements" in query["sql"] for query in queries))
    assert counts[0] == counts[1]


def test_without_an_account_nothing_is_executed(asp):
    """The refusal says what to fill in; the run stays signed."""
    make_annexe(REQUEST)
    campagne = signed_run(asp, "2018-01")
    with (
        override_settings(EMETTEUR={"iban": "", "bic": ""}),
        pytest.raises(Refus, match="ISSUER_IBAN"),
    ):
        execute_campagne(asp.comptable, campagne, on=PAID_ON)
    assert Campagne.objects.get().etat == "VISEE"
    assert not FichierVirements.objects.exists()


def test_a_crash_after_the_file_leaves_nothing_for_long(asp, monkeypatch, settings, tmp_path):
    """The number is given back; the file of the first attempt is removed the day after."""
    settings.MEDIA_ROOT = tmp_path
    make_annexe(REQUEST)
    campagne = signed_run(asp, "2018-01")

    def crash(*args):
        raise RuntimeError

    monkeypatch.setattr(execution, "announce_execution", crash)
    with pytest.raises(RuntimeError):
        execute_campagne(asp.comptable, campagne, on=PAID_ON)
    assert not FichierVirements.objects.exists()
    monkeypatch.undo()
    execute_campagne(asp.comptable, campagne, on=PAID_ON)
    fichier = FichierVirements.objects.get()
    assert fichier.numero == 1
    assert len(list(tmp_path.rglob("*.xml"))) == 2
    assert sweep_files() == 0  # it may still be being written
    yesterday = time() - 25 * 3600
    for path in tmp_path.rglob("*.xml"):
        os.utime(path, (yesterday, yesterday))
    assert sweep_files() == 1
    assert [*tmp_path.rglob("*.xml")] == [Path(fichier.fichier.contenu.path)]


def test_a_run_without_transfer_has_no_file(asp):
    """Nothing due: executed, and no number is taken."""
    make_financeurs()
    executed(asp, 0)
    assert not FichierVirements.objects.exists()


def test_only_the_agent_comptable_downloads_and_it_is_journaled(asp):
    executed(asp)
    fichier = FichierVirements.objects.get()
    for acting in (asp.gestionnaire, asp.ordonnateur):
        with pytest.raises(Refus, match="agent comptable"):
            note_download(acting, fichier)
    assert note_download(asp.comptable, fichier) == fichier.fichier
    assert Entree.objects.filter(action="virements.telecharge").count() == 1
