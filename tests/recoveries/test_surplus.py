"""Surpluses: imputed on another order of the same structure and funder, or refunded."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, connections, transaction

from apps.core.errors import Refus
from apps.payments import ledger
from apps.payments.models import Ecriture
from apps.payments.schemes import simple_entry
from apps.recoveries.controles import faults
from apps.recoveries.models import Excedent, Remboursement
from apps.recoveries.services import (
    cancel_cash,
    give_up_refund,
    order_refund,
    pay_refund,
    record_cash,
    use_surplus,
)
from tests.factories import make_bank_details, make_mandat, make_siae
from tests.recoveries.creances import figures, make_ordre, make_people

ON = date(2023, 5, 2)


@pytest.fixture
def ordre(db):
    return make_ordre("100.00")


@pytest.fixture
def people(ordre):
    return make_people(ordre)


@pytest.fixture
def surplus(people, ordre):
    """50,00 € beyond a debt of 100,00 €."""
    return kept(people, ordre)


def beside(ordre, montant, **fields):
    """Another order of the same structure, of another measure."""
    return make_ordre(montant, siae=make_siae(ordre.structure, "EI_DC"), **fields)


def kept(people, ordre) -> Excedent:
    received = record_cash(
        people.comptable,
        ordre,
        montant=D("150.00"),
        recu_le=ON,
        reference="VIR 1",
        conserver=True,
        motif="Trop versé",
        on=ON,
    )
    return received.excedent_ne


def test_a_surplus_pays_another_order(people, ordre, surplus):
    other = beside(ordre, "30.00")
    use_surplus(people.comptable, surplus, other, D("30.00"), on=ON)
    assert figures(other) == ("SOLDE", D(30), D(30), D(0))
    surplus.refresh_from_db()
    assert (surplus.impute, surplus.reste) == (D(30), D(20))
    assert faults() == []
    connection.check_constraints()


def test_it_pays_an_order_of_another_mandate_without_netting(people, ordre, surplus):
    """The treasury of each mandate moves: no entry is balanced by another's money."""
    other_mandate = make_mandat(ordre.financeur, 2024)
    other = beside(ordre, "30.00")
    type(other).objects.filter(pk=other.pk).update(mandat=other_mandate)
    before = ledger.treasury([ordre.mandat_id, other_mandate.pk])
    use_surplus(people.comptable, surplus, other, D("30.00"), on=ON)
    connection.check_constraints()
    after = ledger.treasury([ordre.mandat_id, other_mandate.pk])
    assert after[ordre.mandat_id] - before[ordre.mandat_id] == D("-30.00")
    assert after[other_mandate.pk] - before[other_mandate.pk] == D("30.00")


def test_a_mandate_without_funds_pays_no_order_of_another(people, ordre, surplus):
    """Refused in words before the accounts: the treasury of the first mandate is at 0."""
    other_mandate = make_mandat(ordre.financeur, 2024)
    other = beside(ordre, "30.00")
    type(other).objects.filter(pk=other.pk).update(mandat=other_mandate)
    spend_all(ordre)
    with pytest.raises(Refus, match="fonds du département"):
        use_surplus(people.comptable, surplus, other, D("30.00"), on=ON)
    surplus.refresh_from_db()
    assert surplus.impute == 0
    assert figures(other) == ("NOTIFIE", D(30), D(0), D(0))


def test_within_its_mandate_it_needs_no_funds(people, ordre, surplus):
    """Nothing leaves the treasury: the debt and the surplus are of the same mandate."""
    other = beside(ordre, "30.00")
    spend_all(ordre)
    use_surplus(people.comptable, surplus, other, D("30.00"), on=ON)
    connection.check_constraints()
    assert figures(other) == ("SOLDE", D(30), D(30), D(0))


def spend_all(ordre) -> None:
    """The funds of its mandate go back to the département."""
    left = ledger.treasury([ordre.mandat_id])[ordre.mandat_id]
    sides = {"financeur_id": ordre.financeur_id, "mandat_id": ordre.mandat_id}
    piece = ledger.Piece(reference="ESSAI")
    ledger.post([simple_entry("FONDS_REVERSES", piece, left, "Fonds", **sides)], ON)


def test_it_pays_neither_another_structure_nor_another_funder(people, ordre, surplus):
    for other in (make_ordre("30.00"), beside(ordre, "30.00", de_l_etat=True)):
        with pytest.raises(Refus, match="même structure et du même financeur"):
            use_surplus(people.comptable, surplus, other, D("10.00"), on=ON)
    assert faults() == []


@pytest.mark.parametrize("montant", ["0.00", "-1.00", "30.01", "50.01"])
def test_no_more_than_what_is_left_on_both_sides(people, ordre, surplus, montant):
    other = beside(ordre, "30.00")
    with pytest.raises(Refus, match="Le montant à imputer"):
        use_surplus(people.comptable, surplus, other, D(montant), on=ON)
    assert figures(other) == ("NOTIFIE", D(30), D(0), D(0))


def test_a_refund_is_ordered_by_one_and_paid_by_another(people, ordre, surplus):
    bank = make_bank_details(ordre.structure)
    refund = order_refund(people.ordonnateur, surplus, motif="À la demande", on=ON)
    assert (refund.montant, refund.etat) == (D(50), "ORDONNE")
    with pytest.raises(Refus, match="est ordonné"):
        use_surplus(people.comptable, surplus, beside(ordre, "30.00"), D("1.00"), on=ON)
    with pytest.raises(Refus, match="est ordonné"):
        order_refund(people.ordonnateur, surplus, motif="Encore", on=ON)
    paid = pay_refund(people.comptable, refund, reference="SORTIE 9", on=ON)
    assert (paid.etat, paid.coordonnees, paid.clos_par) == ("PAYE", bank, people.comptable.user)
    surplus.refresh_from_db()
    assert (surplus.rembourse, surplus.reste) == (D(50), D(0))
    assert Ecriture.objects.filter(evenement="EXCEDENT_REMBOURSE").count() == 1
    assert ledger.balance_of(ordre.reference, ledger.EXCEDENTS) == 0
    assert faults() == []
    with pytest.raises(Refus, match="n’est plus à payer"):
        pay_refund(people.comptable, refund, reference="SORTIE 10", on=ON)
    with pytest.raises(Refus, match="Il ne reste rien"):
        order_refund(people.ordonnateur, surplus, motif="Encore", on=ON)


def test_who_may_order_and_pay(people, surplus):
    with pytest.raises(Refus, match="Seul un ordonnateur"):
        order_refund(people.comptable, surplus, motif="Non", on=ON)
    refund = order_refund(people.ordonnateur, surplus, motif="Oui", on=ON)
    with pytest.raises(Refus, match="Seul l’agent comptable"):
        pay_refund(people.ordonnateur, refund, reference="S", on=ON)
    with pytest.raises(IntegrityError, match="refund_four_eyes"), transaction.atomic():
        Remboursement.objects.update(
            etat="PAYE", reference="S", clos_le=ON, clos_par=people.ordonnateur.user
        )


def test_a_refund_needs_an_account_and_the_funds(people, ordre, surplus):
    refund = order_refund(people.ordonnateur, surplus, motif="Oui", on=ON)
    with pytest.raises(Refus, match="coordonnées bancaires actives"):
        pay_refund(people.comptable, refund, reference="S", on=ON)
    refund.refresh_from_db()
    assert refund.etat == "ORDONNE"
    given_up = give_up_refund(people.ordonnateur, refund, motif="Imputé plutôt", on=ON)
    assert given_up.etat == "ABANDONNE"
    use_surplus(people.comptable, surplus, beside(ordre, "10.00"), D("10.00"), on=ON)
    assert faults() == []


def test_a_surplus_used_can_no_longer_be_cancelled(people, ordre, surplus):
    other = beside(ordre, "30.00")
    use_surplus(people.comptable, surplus, other, D("30.00"), on=ON)
    with pytest.raises(Refus, match="ne peut plus être annulé"):
        cancel_cash(people.comptable, surplus.encaissement, motif="Erreur", on=ON)
    assert figures(ordre) == ("SOLDE", D(100), D(100), D(0))


def test_two_connections_refund_once(committed_db):
    with transaction.atomic():
        ordre = make_ordre("100.00")
    people = make_people(ordre)
    surplus = kept(people, ordre)
    make_bank_details(ordre.structure)
    refund = order_refund(people.ordonnateur, surplus, motif="Oui", on=ON)
    barrier, results = Barrier(2), []

    def pay(number: int) -> None:
        try:
            barrier.wait()
            results.append(
                pay_refund(people.comptable, refund, reference=f"S {number}", on=ON).etat
            )
        except Refus as refus:
            results.append(str(refus))
        finally:
            connections.close_all()

    threads = [Thread(target=pay, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["Ce remboursement n’est plus à payer.", "PAYE"]
    assert Ecriture.objects.filter(evenement="EXCEDENT_REMBOURSE").count() == 1
    assert faults() == []
