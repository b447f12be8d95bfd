"""Automatic clearing (convention de mandat, art. 5): 30,00 € is cleared, 30,01 € is not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Notification
from apps.journal.models import Entree
from apps.payments import ledger
from apps.payments.models import Ecriture
from apps.recoveries.models import Apurement
from apps.recoveries.services import cancel_cash, record_cash
from apps.recoveries.services.apurement import clear_small_debts
from apps.recoveries.services.contestations import contest
from apps.recoveries.tasks_apurement import clear_small
from tests.factories import make_pdf
from tests.recoveries.creances import ON, figures, make_ordre, make_people, pay

# Last day to pay of the orders of these tests: 3 May 2023.
PAST = date(2023, 5, 4)

CASES = [
    # amount, paid, day, cleared
    ("30.00", "", ON, "30.00"),
    ("30.01", "", PAST, None),
    ("0.01", "", ON, "0.01"),
    ("1000.00", "970.00", PAST, "30.00"),
    ("1000.00", "969.99", PAST, None),
    # The debtor may still pay until the last day.
    ("1000.00", "970.00", ON, None),
    ("1000.00", "970.00", date(2023, 5, 3), None),
]


@pytest.mark.parametrize(("montant", "paid", "day", "cleared"), CASES)
def test_what_is_cleared(db, montant, paid, day, cleared) -> None:
    ordre = make_ordre(montant)
    if paid:
        pay(ordre, paid)
    before = figures(ordre)
    found = clear_small_debts(day)
    if cleared is None:
        assert found == []
        assert figures(ordre) == before
        assert not Ecriture.objects.filter(evenement="APUREMENT").exists()
        return
    assert [(row.ordre, row.montant, row.initiale, row.le) for row in found] == [
        (ordre, D(cleared), not paid, day)
    ]
    assert figures(ordre) == ("APURE", D(montant), D(paid or 0), D(cleared))
    assert ledger.balances(comptes=["6544"]) == {("6544", ordre.financeur_id): D(cleared)}
    assert Entree.objects.filter(action="ordre.apure", utilisateur=None).count() == 1
    told = {n.organisation for n in Notification.objects.filter(titre__startswith="Créance")}
    assert told == {ordre.structure.organisation, ordre.financeur.organisation}


def test_cleared_twice_is_cleared_once(db) -> None:
    make_ordre("12.00")
    assert clear_small("2023-05-02") == 1
    assert clear_small("2023-05-03") == 0
    assert Apurement.objects.count() == 1
    assert Ecriture.objects.filter(evenement="APUREMENT").count() == 1


def test_a_debt_claimed_again_after_its_clearing_is_cleared_again(db) -> None:
    """The payment that had left 20,00 € comes back unpaid: 25,00 € are owed, then cleared too."""
    ordre = make_ordre("45.00")
    people = make_people(ordre)
    paid = record_cash(
        people.comptable, ordre, montant=D("25.00"), recu_le=ON, reference="CHQ 1", on=ON
    )
    assert len(clear_small_debts(PAST)) == 1
    cancel_cash(people.comptable, paid, motif="Chèque impayé", on=PAST)
    assert figures(ordre) == ("NOTIFIE", D("45.00"), D(0), D("20.00"))
    make_ordre("12.00")
    assert len(clear_small_debts(date(2023, 7, 1))) == 2
    assert figures(ordre) == ("APURE", D("45.00"), D(0), D("45.00"))
    assert [row.montant for row in ordre.apurements.order_by("pk")] == [D("20.00"), D("25.00")]


@pytest.mark.parametrize("etat", ["SOLDE", "ANNULE", "REMIS"])
def test_an_order_that_is_ended_is_left_alone(db, etat) -> None:
    ordre = make_ordre("20.00")
    type(ordre).objects.filter(pk=ordre.pk).update(etat=etat, recouvre=D("20.00"))
    assert clear_small_debts(PAST) == []


def test_nothing_is_cleared_while_a_dispute_is_pending(db) -> None:
    ordre = make_ordre("20.00")
    people = make_people(ordre)
    contest(people.responsable, ordre, motif="Heures oubliées", piece=make_pdf(), on=ON)
    assert clear_small_debts(PAST) == []
    assert figures(ordre)[0] == "NOTIFIE"


def test_the_share_of_the_state_is_cleared_too_and_no_departement_is_told(db) -> None:
    ordre = make_ordre("30.00", de_l_etat=True)
    clear_small_debts(ON)
    assert figures(ordre) == ("APURE", D("30.00"), D(0), D("30.00"))
    told = Notification.objects.filter(titre__startswith="Créance")
    assert [n.organisation for n in told] == [ordre.structure.organisation]


def test_as_many_queries_for_thirty_orders_as_for_three(db) -> None:
    def queries(number: int) -> int:
        for _ in range(number):
            make_ordre("10.00")
        with CaptureQueriesContext(connection) as captured:
            assert len(clear_small_debts(ON)) == number
        return len(captured)

    queries(3)
    assert queries(30) <= queries(3) + 2
