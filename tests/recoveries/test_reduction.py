"""A second regularisation on orders already paid: what was paid too much is a surplus."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from django.db import connection

from apps.payments import ledger
from apps.payments.models import Ecriture
from apps.recoveries.controles import faults
from apps.recoveries.models import Excedent, OrdreDeRecouvrer
from apps.recoveries.services import pursue, record_cash
from apps.recoveries.services.pertes import give_up
from apps.recoveries.services.reduction import spread_cut
from tests.payments.dossiers import make_asp, run
from tests.recoveries.test_orders import played, reopen


@pytest.fixture
def asp(db):
    return make_asp()


SHARES = [
    # (owed, paid) of each order, cut, what each loses of what is owed and of what was paid, left
    ([("100", "0")], "40", [("40", "0")], "0"),
    ([("100", "70")], "40", [("30", "10")], "0"),
    ([("100", "100")], "40", [("0", "40")], "0"),
    ([("100", "100"), ("50", "0")], "60", [("0", "10"), ("50", "0")], "0"),
    ([("100", "30"), ("50", "50")], "130", [("70", "30"), ("0", "30")], "0"),
    ([("100", "30")], "120", [("70", "30")], "20"),
]


@pytest.mark.parametrize(("orders", "cut", "expected", "left"), SHARES)
def test_what_is_owed_goes_before_what_was_paid(orders, cut, expected, left):
    rows = [
        OrdreDeRecouvrer(numero=rank, montant=D(montant), recouvre=D(paid), abandonne=D(0))
        for rank, (montant, paid) in enumerate(orders)
    ]
    cuts, rest = spread_cut(rows, D(cut), ledger.Piece())
    assert [(str(cut.du), str(cut.paye)) for cut in cuts] == [
        tuple(str(D(amount) + 0) for amount in pair) for pair in expected
    ]
    assert rest == D(left)


@pytest.mark.parametrize("given_up", ["all", "rest"])
def test_what_was_given_up_never_was_lost(asp, given_up):
    """1 500,00 € of each; written off whole, or after 400,00 € paid; then every hour is found."""
    annexe = played(asp, ["0.00", "0.00", "0.00"])
    ordre = OrdreDeRecouvrer.objects.filter(annexe=annexe).earliest("numero")
    day = ordre.emis_le
    if given_up == "rest":
        pursue(None, ordre, "notifier", on=day)
        record_cash(asp.comptable, ordre, montant=D("400.00"), recu_le=day, reference="V", on=day)
    ordre.refresh_from_db()
    give_up(None, ordre, "NON_VALEUR", ordre.reste, "admettre", day)
    lost = ordre.abandonne
    assert ledger.losses_of(ordre.reference) == [("6541", lost)]
    reopen(annexe, ["151.67", "151.67", "151.67"], brsa=1, on="2018-05-10")
    run(asp, "2018-05")
    connection.check_constraints()
    ordre.refresh_from_db()
    assert (ordre.etat, ordre.montant, ordre.recouvre, ordre.abandonne) == ("ANNULE", 0, 0, 0)
    assert ledger.losses_of(ordre.reference) == []
    surplus = D("400.00") if given_up == "rest" else D("0.00")
    assert ledger.balance_of(ordre.reference, ledger.EXCEDENTS) == -surplus
    assert Ecriture.objects.filter(evenement="PERTE_ANNULEE").count() == 1
    assert faults() == []


def test_an_order_paid_in_part_is_cancelled_and_its_payment_owed_back(asp):
    """1 500,00 € of each; 400,00 € paid to the State; then every hour is found."""
    annexe = played(asp, ["0.00", "0.00", "0.00"])
    state, departement = OrdreDeRecouvrer.objects.filter(annexe=annexe).order_by("numero")
    pursue(None, state, "notifier", on=state.emis_le)
    record_cash(
        asp.comptable,
        state,
        montant=D("400.00"),
        recu_le=state.emis_le,
        reference="V",
        on=state.emis_le,
    )
    reopen(annexe, ["151.67", "151.67", "151.67"], brsa=1, on="2018-05-10")
    run(asp, "2018-05")
    connection.check_constraints()
    state.refresh_from_db()
    departement.refresh_from_db()
    assert (state.etat, state.montant, state.recouvre) == ("ANNULE", D(0), D(0))
    assert (departement.etat, departement.montant) == ("ANNULE", D(0))
    surplus = Excedent.objects.get()
    assert (surplus.ordre, surplus.montant, surplus.origine) == (state, D("400.00"), "REDUCTION")
    assert ledger.balance_of(state.reference, ledger.EXCEDENTS) == D("-400.00")
    assert Ecriture.objects.filter(evenement="EXCEDENT_REDUCTION").count() == 1
    assert faults() == []


def test_an_order_reduced_to_what_was_paid_is_settled_and_keeps_its_phase_before(asp):
    """A part of the hours is found: the phase goes on; reduced to what was paid, it is settled."""
    annexe = played(asp, ["0.00", "0.00", "0.00"])
    orders = list(OrdreDeRecouvrer.objects.filter(annexe=annexe).order_by("numero"))
    for ordre in orders:
        pursue(None, ordre, "notifier", on=ordre.emis_le)
    reopen(annexe, ["80.00", "80.00", "80.00"], brsa=1, on="2018-05-10")
    run(asp, "2018-05")
    state = orders[0]
    state.refresh_from_db()
    assert state.etat == "NOTIFIE"
    assert 0 < state.montant < D(1500)
    record_cash(
        asp.comptable,
        state,
        montant=state.reste,
        recu_le=state.emis_le,
        reference="V",
        on=state.emis_le,
    )
    paid = state.montant
    reopen(annexe, ["100.00", "100.00", "100.00"], brsa=1, on="2018-06-10")
    run(asp, "2018-06")
    state.refresh_from_db()
    assert (state.etat, state.recouvre) == ("SOLDE", state.montant)
    assert Excedent.objects.get().montant == paid - state.montant > 0
    assert faults() == []
    connection.check_constraints()
