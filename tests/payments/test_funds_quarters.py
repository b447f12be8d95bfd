"""The quarterly call: its twelve lines from the ledger and the forecasts, the clock."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.errors import Refus
from apps.payments.appels import quarterly_lines
from apps.payments.flux import flow
from apps.payments.models import AppelDeFonds, Ecriture
from apps.payments.services import appels
from apps.payments.services.recettes import notify_funds, record_receipt
from apps.payments.tasks_fonds import propose_calls
from tests.payments.dossiers import make_annexe, make_asp, run
from tests.payments.funds import (
    AVANCE,
    JOUR,
    make_empty_mandat,
    make_people,
    move,
    spend,
)
from tests.payments.test_preparation import REQUEST

pytestmark = pytest.mark.django_db
QUARTERLY = {"modalite": "AVANCE_ET_APPELS", "avance": Decimal("706000.00")}


@pytest.fixture
def people(db):
    return make_people()


def lines_of(mandat, on):
    return {ligne.numero: ligne.montant for ligne in quarterly_lines(mandat, on)}


def test_the_twelve_lines_are_those_of_the_ledger(people):
    """In May 2023, for the third quarter; figures stand at 31 March."""
    mandat = make_empty_mandat(**QUARTERLY)
    move(mandat, "FONDS_RECUS", "706000.00", date(2022, 12, 20), "RF-1")
    spend(mandat, "6000.00", date(2022, 12, 30))
    move(mandat, "FONDS_RECUS", "50000.00", date(2023, 2, 10), "RF-2")
    spend(mandat, "210000.10", date(2023, 2, 20))
    move(mandat, "ORDRE", "900.00", date(2023, 2, 25))
    move(mandat, "ENCAISSEMENT", "500.00", date(2023, 3, 20))
    spend(mandat, "70000.00", date(2023, 4, 20))
    notify_funds(
        people.decideur,
        mandat,
        montant=Decimal("30000.00"),
        ordonnance_le=date(2023, 4, 2),
        reference="MDT-7",
        on=date(2023, 4, 3),
    )
    assert lines_of(mandat, date(2023, 5, 5)) == {
        1: Decimal("700000.00"),
        2: Decimal("50000.00"),
        3: Decimal("210000.10"),
        4: Decimal("500.00"),
        5: Decimal("540499.90"),
        6: Decimal("30000.00"),
        7: Decimal("570499.90"),
        8: Decimal("210000.10"),
        9: Decimal("70000.00"),
        10: Decimal("0.00"),
        11: Decimal("126000.06"),
        12: Decimal("0.00"),  # 70 000,00 + 126 000,06 < 570 499,90
    }


@pytest.mark.parametrize(
    ("receipts", "expected"),
    [
        ([], "30000.00"),
        ([("30000.00", date(2023, 3, 30), True)], "0.00"),  # in line 2 already
        ([("30000.00", date(2023, 4, 10), True)], "30000.00"),  # ordered, come since
        ([("12000.00", date(2023, 3, 30), True)], "18000.00"),
        ([("31000.00", date(2023, 4, 10), True)], "31000.00"),  # more than announced
        ([("5000.00", date(2023, 4, 10), False)], "35000.00"),  # come without announcement
    ],
)
def test_line_6_counts_what_is_on_its_way_once(people, receipts, expected):
    mandat = make_empty_mandat(**QUARTERLY)
    notice = notify_funds(
        people.decideur,
        mandat,
        montant=Decimal("30000.00"),
        ordonnance_le=date(2023, 3, 2),
        reference="MDT-7",
        on=date(2023, 3, 3),
    )
    for rank, (montant, day, announced) in enumerate(receipts):
        record_receipt(
            people.comptable,
            mandat,
            montant=Decimal(montant),
            recu_le=day,
            reference_bancaire=f"R{rank}",
            notification=notice if announced else None,
            on=date(2023, 5, 1),
        )
    assert lines_of(mandat, date(2023, 5, 5))[6] == Decimal(expected)


def test_every_event_of_the_treasury_is_counted_once(people):
    """Line 5 is the balance of the Treasury account whatever moved it."""
    mandat = make_empty_mandat()
    for rank, event in enumerate(
        event
        for event in ("FONDS_RECUS", "ENCAISSEMENT", "EXCEDENT", "EXCEDENT_REMBOURSE")
        if event in Ecriture.Evenement
    ):
        move(mandat, event, f"{100 + rank}.00", JOUR)
    move(mandat, "FONDS_REVERSES", "7.00", JOUR)
    flux = flow(mandat.pk)
    assert (flux.fonds, flux.indus, flux.reverses) == (
        Decimal("100.00"),
        Decimal("101.00") + Decimal("102.00") - Decimal("103.00"),
        Decimal("7.00"),
    )
    assert flux.solde == Decimal("193.00")


@pytest.mark.parametrize("brsa", [0, 4])
def test_forecasts_are_those_of_the_co_financed_annexes(brsa):
    """Flat share of 1 920,29 € a month: two runs left in the quarter, then three."""
    annexe = cofinanced(brsa)
    mandat = annexe.courante.financeur_cd.mandats.get()
    on = date(2018, 2, 5)
    with CaptureQueriesContext(connection) as few:
        lignes = quarterly_lines(mandat, on)
    assert "Calcul sur 1 annexe cofinancée" in lignes[9].calcul
    if not brsa:
        assert lignes[8].montant == 2 * Decimal("1920.29")
        assert lignes[9].montant == 3 * Decimal("1920.29")
    for _ in range(3):
        cofinanced(brsa)
    with CaptureQueriesContext(connection) as many:
        again = quarterly_lines(mandat, on)
    assert again[8].montant == 4 * lignes[8].montant > 0
    assert again[9].montant == 4 * lignes[9].montant > 0
    assert len(many) == len(few)


def cofinanced(brsa):
    annexe = make_annexe(REQUEST)
    annexe.versions.update(brsa_vises=brsa)
    return annexe


@pytest.mark.parametrize("brsa", [0, 4])
def test_a_line_paid_moves_from_the_forecast_to_the_expenses(brsa):
    asp = make_asp()
    annexe = cofinanced(brsa)
    mandat = annexe.courante.financeur_cd.mandats.get()
    before = quarterly_lines(mandat, date(2018, 1, 15))[8].montant
    run(asp, "2018-01")
    after = quarterly_lines(mandat, date(2018, 1, 25))[8]
    assert after.montant == before
    assert "1\xa0920,29\xa0€ payés" in after.calcul


def test_the_quarterly_call_freezes_what_its_preview_shows(people):
    mandat = make_empty_mandat(**QUARTERLY)
    spend_from = date(2023, 2, 10)
    move(mandat, "FONDS_RECUS", "100000.00", date(2023, 1, 10), "RF-1")
    spend(mandat, "90000.00", spend_from)
    on = date(2023, 5, 5)
    shown = [ligne.as_dict() for ligne in quarterly_lines(mandat, on)]
    appel = appels.propose_quarterly(people.gestionnaire, mandat, on=on)
    assert appel.lignes == shown
    # 60 % of 90 000,00 − 10 000,00
    assert (appel.montant, appel.periode) == (Decimal("44000.00"), date(2023, 7, 1))
    appel = appels.issue_call(people.ordonnateur, appel, on=date(2023, 5, 9))
    assert appel.echeance == date(2023, 6, 30)


def test_a_complement_is_added_with_its_reason(people):
    mandat = make_empty_mandat(**QUARTERLY)
    with pytest.raises(Refus, match="avec son motif"):
        appels.propose_quarterly(people.gestionnaire, mandat, complement=Decimal("10.00"))
    appel = appels.propose_quarterly(
        people.gestionnaire,
        mandat,
        complement=Decimal("12000.00"),
        motif="Annexes de janvier",
        on=date(2023, 11, 5),
    )
    assert appel.montant == Decimal("12000.00")
    assert "Annexes de janvier" in appel.lignes[9]["calcul"]


def test_a_call_of_nothing_is_issued_and_awaits_nothing(people):
    mandat = make_empty_mandat(**QUARTERLY)
    appel = appels.propose_quarterly(people.gestionnaire, mandat, on=date(2023, 5, 5))
    appel = appels.issue_call(people.ordonnateur, appel, on=date(2023, 5, 9))
    assert (appel.etat, appel.montant, appel.encaisse) == ("ENCAISSE", 0, 0)


def test_a_mandate_with_a_single_advance_has_no_quarterly_call(people):
    with pytest.raises(Refus, match="avance unique"):
        appels.propose_quarterly(people.gestionnaire, make_empty_mandat())


def test_the_clock_proposes_once_and_leaves_the_others(people):
    make_empty_mandat()
    make_empty_mandat(**QUARTERLY, signee_le=None)
    quarterly = make_empty_mandat(**QUARTERLY)
    assert propose_calls("2023-05-05") == 1
    assert propose_calls("2023-05-05") == 0
    [appel] = AppelDeFonds.objects.all()
    assert (appel.mandat, appel.propose_par, appel.periode) == (
        quarterly,
        None,
        date(2023, 7, 1),
    )
    assert propose_calls("2023-06-05") == 0


def test_in_january_the_clock_proposes_the_advances_of_the_year(people):
    single, quarterly = make_empty_mandat(), make_empty_mandat(**QUARTERLY)
    make_empty_mandat(fin=date(2022, 12, 31), debut=date(2022, 1, 1))
    assert propose_calls("2023-01-05") == 2
    assert dict(AppelDeFonds.objects.values_list("mandat", "montant")) == {
        single.pk: AVANCE,
        quarterly.pk: Decimal("706000.00"),
    }
    assert propose_calls("2023-01-05") == 0
