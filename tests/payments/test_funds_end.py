"""The end of a mandate: balance of a year paid back or claimed, unused funds, closing (art. 11)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connections, transaction

from apps.core.errors import Refus
from apps.payments import ledger
from apps.payments.fin_de_mandat import (
    closing_obstacles,
    settlement_obstacles,
    unused_funds,
    year_balance,
)
from apps.payments.models import (
    AppelDeFonds,
    ClotureMandat,
    Ecriture,
    ReversementDeFonds,
)
from apps.payments.services import reversements
from apps.payments.services.appels import issue_call, propose_exceptional
from apps.payments.services.recettes import record_receipt
from apps.payments.transitions_fonds import REVERSEMENT, next_state_of_reversement
from tests.payments.dossiers import make_annexe
from tests.payments.funds import make_empty_mandat, make_people, move, spend, treasury_of
from tests.payments.test_preparation import REQUEST

APRES = date(2025, 1, 15)
Etat = ReversementDeFonds.Etat


@pytest.fixture
def people(db):
    return make_people()


def ended(received="1000.00", spent="1000.00", recovered="0.00"):
    """A mandate of 2023 that has paid everything, then recovered something in 2024."""
    mandat = make_empty_mandat()
    move(mandat, "FONDS_RECUS", received, date(2023, 1, 10), "RF-1")
    spend(mandat, spent, date(2023, 6, 20))
    if Decimal(recovered):
        move(mandat, "ORDRE", recovered, date(2024, 2, 20))
        move(mandat, "ENCAISSEMENT", recovered, date(2024, 5, 2))
    return mandat


def test_sums_recovered_are_paid_back_by_two_people(people):
    mandat = ended(recovered="310.00")
    ordered = reversements.settle_year(people.ordonnateur, mandat, 2024, on=APRES)
    assert (ordered.montant, ordered.etat) == (Decimal("310.00"), "PROPOSE")
    assert treasury_of(mandat) == Decimal("310.00")
    with pytest.raises(Refus, match="Seul l’agent comptable"):
        reversements.pay_back(people.ordonnateur, ordered, on=APRES)
    paid = reversements.pay_back(people.comptable, ordered, on=APRES)
    assert (paid.etat, paid.paye_par, treasury_of(mandat)) == (
        "EXECUTE",
        people.comptable.user,
        Decimal("0.00"),
    )
    entry = Ecriture.objects.get(evenement="FONDS_REVERSES")
    assert (entry.reference, entry.jour) == ("RV-1", APRES)
    assert sorted(entry.mouvements.values_list("compte", "debit", "credit")) == [
        ("4671", Decimal("310.00"), Decimal("0.00")),
        ("515", Decimal("0.00"), Decimal("310.00")),
    ]
    with pytest.raises(Refus, match="rien n’est à reverser"):
        reversements.settle_year(people.ordonnateur, mandat, 2024, on=APRES)


def test_the_same_person_never_orders_and_pays(people):
    mandat = ended(recovered="310.00")
    ordered = reversements.settle_year(people.ordonnateur, mandat, 2024, on=APRES)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReversementDeFonds.objects.filter(pk=ordered.pk).update(
            etat="EXECUTE", paye_par=people.ordonnateur.user, paye_le=APRES
        )


def test_paid_twice_is_paid_once(people):
    mandat = ended(recovered="310.00")
    ordered = reversements.settle_year(people.ordonnateur, mandat, 2024, on=APRES)
    reversements.pay_back(people.comptable, ordered, on=APRES)
    reversements.pay_back(people.comptable, ordered, on=APRES)
    assert Ecriture.objects.filter(evenement="FONDS_REVERSES").count() == 1


def test_two_connections_pay_back_once(committed_db):
    people = make_people()
    mandat = ended(recovered="310.00")
    ordered = reversements.settle_year(people.ordonnateur, mandat, 2024, on=APRES)
    barrier, results = Barrier(2), []

    def act() -> None:
        try:
            barrier.wait()
            results.append(reversements.pay_back(people.comptable, ordered, on=APRES).etat)
        finally:
            connections.close_all()

    threads = [Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["EXECUTE", "EXECUTE"]
    assert Ecriture.objects.filter(evenement="FONDS_REVERSES").count() == 1
    assert treasury_of(mandat) == 0


def test_never_more_than_the_treasury_is_paid_back(people):
    """Sums recovered in the year have paid the last lines: what is left goes back."""
    mandat = ended(received="1000.00", spent="900.00", recovered="310.00")
    spend(mandat, "300.00", date(2024, 6, 20))
    assert year_balance(mandat, 2024).a_reverser == Decimal("110.00")


def test_a_negative_balance_is_called_from_the_departement(people):
    mandat = ended()
    move(mandat, "ORDRE", "80.00", date(2023, 10, 1))
    move(mandat, "ENCAISSEMENT", "80.00", date(2023, 11, 5))
    # The order is reduced after it was paid: its amount goes back to the structure.
    move(mandat, "EXCEDENT_REDUCTION", "80.00", date(2024, 2, 1))
    move(mandat, "EXCEDENT_REMBOURSE", "80.00", date(2024, 3, 1))
    appel = reversements.settle_year(people.ordonnateur, mandat, 2024, on=APRES)
    assert isinstance(appel, AppelDeFonds)
    assert (appel.nature, appel.montant, appel.etat) == (
        "SOLDE_NEGATIF",
        Decimal("80.00"),
        "PROPOSE",
    )
    with pytest.raises(Refus):
        issue_call(people.ordonnateur, appel, on=APRES)
    issue_call(people.comptable, appel, on=APRES)
    with pytest.raises(Refus, match="rien n’est à reverser ni à réclamer"):
        reversements.settle_year(people.ordonnateur, mandat, 2024, on=APRES)


def test_unused_funds_go_back_apart_from_the_recoveries_of_the_year(people):
    mandat = ended(received="1500.00", spent="1000.00")
    move(mandat, "ORDRE", "40.00", date(2025, 1, 10))
    move(mandat, "ENCAISSEMENT", "40.00", date(2025, 1, 12))
    ordered = reversements.return_unused(people.ordonnateur, mandat, on=APRES)
    assert (ordered.nature, ordered.montant) == ("NON_EMPLOYES", Decimal("500.00"))
    with pytest.raises(Refus, match="payez-le ou annulez-le"):
        reversements.return_unused(people.ordonnateur, mandat, on=APRES)
    reversements.pay_back(people.comptable, ordered, on=APRES)
    with pytest.raises(Refus, match="Aucun fonds non employé"):
        reversements.return_unused(people.ordonnateur, mandat, on=APRES)
    assert treasury_of(mandat) == Decimal("40.00")


def test_unused_funds_go_back_as_often_as_some_are_left(people):
    """A late receipt in the same year: returned too, and never more than what is there."""
    mandat = ended(received="1500.00", spent="1000.00")
    for montant, day in (("500.00", APRES), ("70.00", date(2025, 3, 3))):
        if treasury_of(mandat) == 0:
            move(mandat, "FONDS_RECUS", montant, day, "RF-2")
        ordered = reversements.return_unused(people.ordonnateur, mandat, on=day)
        assert ordered.montant == Decimal(montant)
        reversements.pay_back(people.comptable, ordered, on=day)
    assert list(mandat.reversements.order_by("pk").values_list("annee", "nature", "montant")) == [
        (2025, "NON_EMPLOYES", Decimal("500.00")),
        (2025, "NON_EMPLOYES", Decimal("70.00")),
    ]
    assert treasury_of(mandat) == 0
    with pytest.raises(Refus, match="Aucun fonds non employé"):
        reversements.return_unused(people.ordonnateur, mandat, on=date(2025, 4, 1))


def test_one_pay_back_is_ordered_at_a_time_in_the_database(people):
    mandat = ended(received="1500.00", spent="1000.00")
    ordered = reversements.return_unused(people.ordonnateur, mandat, on=APRES)
    ordered.pk, ordered.numero = None, 99
    with pytest.raises(IntegrityError, match="one_pay_back_at_a_time"), transaction.atomic():
        ordered.save()


def test_the_balance_of_a_year_not_struck_yet_is_no_unused_fund(people):
    """Recovered last year and this year: each goes back with the balance of its year, once."""
    mandat = ended(received="1500.00", spent="1000.00", recovered="310.00")
    move(mandat, "ORDRE", "40.00", date(2025, 1, 10))
    move(mandat, "ENCAISSEMENT", "40.00", date(2025, 1, 12))
    assert unused_funds(mandat, APRES) == Decimal("500.00")
    ordered = reversements.return_unused(people.ordonnateur, mandat, on=APRES)
    reversements.pay_back(people.comptable, ordered, on=APRES)
    struck = reversements.settle_year(people.ordonnateur, mandat, 2024, on=APRES)
    assert struck.montant == Decimal("310.00")
    reversements.pay_back(people.comptable, struck, on=APRES)
    assert (unused_funds(mandat, APRES), treasury_of(mandat)) == (0, Decimal("40.00"))


def test_unused_funds_used_since_they_were_ordered_are_not_paid_back(people):
    """The treasury would do, with what was recovered: it is not the same money."""
    mandat = ended(received="1500.00", spent="1000.00")
    ordered = reversements.return_unused(people.ordonnateur, mandat, on=APRES)
    spend(mandat, "300.00", APRES)
    move(mandat, "ORDRE", "400.00", APRES)
    move(mandat, "ENCAISSEMENT", "400.00", APRES)
    assert treasury_of(mandat) == Decimal("600.00")
    with pytest.raises(Refus, match="ne sont plus que de 200,00"):
        reversements.pay_back(people.comptable, ordered, on=APRES)
    ordered.refresh_from_db()
    assert (ordered.etat, treasury_of(mandat)) == ("PROPOSE", Decimal("600.00"))


def test_the_balance_of_a_year_is_paid_back_once(people):
    """What comes to the treasury later does not open the balance again."""
    mandat = ended(received="1000.00", spent="900.00", recovered="310.00")
    spend(mandat, "300.00", date(2024, 6, 20))
    ordered = reversements.settle_year(people.ordonnateur, mandat, 2024, on=APRES)
    reversements.pay_back(people.comptable, ordered, on=APRES)
    move(mandat, "FONDS_RECUS", "50.00", APRES, "RF-2")
    with pytest.raises(Refus, match="Un reversement existe déjà à ce titre pour 2024"):
        reversements.settle_year(people.ordonnateur, mandat, 2024, on=APRES)


def test_what_is_owed_to_the_structures_is_never_given_back(people):
    """A transfer sent back by the bank, an overpayment kept: they are not the département's."""
    mandat = ended(received="1500.00", spent="1000.00")
    move(mandat, "ORDRE", "10.00", date(2024, 2, 20), "OR-7")
    move(mandat, "EXCEDENT", "30.00", date(2024, 2, 20), "OR-7")
    balance = year_balance(mandat, 2024)
    assert (balance.tresorerie, balance.a_reverser) == (Decimal("500.00"), Decimal("0.00"))
    assert unused_funds(mandat, APRES) == Decimal("500.00")
    assert treasury_of(mandat) == Decimal("530.00")
    due(mandat, "12.34")
    with pytest.raises(Refus, match="à payer ou à émettre de nouveau : 12,34"):
        reversements.return_unused(people.ordonnateur, mandat, on=APRES)


def due(mandat, montant):
    """Aid due to a structure and not paid."""
    pose = ledger.Pose(
        mandat.financeur_id, ledger.AIDE, ledger.A_PAYER, Decimal(montant), mandat.pk
    )
    entry = ledger.Projet("LIQUIDATION", "Due", ledger.Piece(), (pose,))
    with transaction.atomic():
        ledger.post([entry], date(2024, 12, 1))


def test_a_sum_ordered_is_cancelled_with_a_reason(people):
    mandat = ended(recovered="310.00")
    ordered = reversements.settle_year(people.ordonnateur, mandat, 2024, on=APRES)
    with pytest.raises(Refus, match="motif"):
        reversements.cancel_pay_back(people.comptable, ordered, motif="")
    cancelled = reversements.cancel_pay_back(people.comptable, ordered, motif="Erreur")
    assert (cancelled.etat, treasury_of(mandat)) == ("ANNULE", Decimal("310.00"))
    with pytest.raises(Refus, match="Seul un reversement ordonnancé"):
        reversements.pay_back(people.comptable, ordered, on=APRES)
    again = reversements.settle_year(people.ordonnateur, mandat, 2024, on=APRES)
    assert again.numero == 2


@pytest.mark.parametrize(
    ("event", "state", "reached"),
    [
        (event, state, REVERSEMENT[event][1] if state in REVERSEMENT[event][0] else None)
        for event in REVERSEMENT
        for state in Etat
    ],
)
def test_states_and_events(event, state, reached):
    reversement = ReversementDeFonds(numero=1, etat=state)
    if reached is None:
        with pytest.raises(Refus, match=f"à l’état « {state.label} »"):
            next_state_of_reversement(reversement, event)
    else:
        assert next_state_of_reversement(reversement, event) == reached


def test_nothing_is_settled_while_something_may_be_paid(db):
    """An annex without its final regularisation, a convention still open, a year not over."""
    annexe = make_annexe(REQUEST)
    mandat = annexe.courante.financeur_cd.mandats.get()
    found = settlement_obstacles(mandat, 2024, date(2024, 6, 1))
    assert found == [
        "La convention engage encore des annexes jusqu’au 31/12/2024.",
        f"Annexes sans régularisation finale : {annexe}.",
        "L’exercice 2024 n’est pas terminé.",
    ]
    with pytest.raises(Refus, match="Annexes sans régularisation finale"):
        reversements.settle_year(make_people().ordonnateur, mandat, 2023, on=APRES)
    assert not ReversementDeFonds.objects.exists()


@pytest.mark.parametrize("role", ["gestionnaire", "comptable", "decideur"])
def test_the_ordonnateur_alone_strikes_the_balance(people, role):
    mandat = ended(recovered="310.00")
    with pytest.raises(Refus, match="Seul un ordonnateur"):
        reversements.settle_year(getattr(people, role), mandat, 2024, on=APRES)


# --- Closing -------------------------------------------------------------------------------------
def test_each_thing_left_is_named(people):
    mandat = ended(received="1500.00", spent="1000.00")
    move(mandat, "ORDRE", "310.00", date(2024, 2, 20), "OR-12")
    move(mandat, "EXCEDENT", "5.00", date(2024, 2, 20), "OR-7")
    move(mandat, "FRAIS_FACTURES", "9071.89", date(2024, 2, 20), "FF-1")
    propose_exceptional(people.gestionnaire, mandat, montant=Decimal(10), motif="Besoin", on=APRES)
    assert closing_obstacles(mandat, APRES) == [
        "Ordres de recouvrer ni recouvrés ni apurés : OR-12, 310,00\xa0€.",
        "Excédents de versement conservés : OR-7, 5,00\xa0€.",
        "Frais de gestion à recevoir : FF-1, 9\xa0071,89\xa0€.",
        "La trésorerie du mandat n’est pas nulle : 505,00\xa0€.",
        "Appels de fonds à émettre, à encaisser ou à annuler : n° 1.",
    ]
    with pytest.raises(Refus) as refusal:
        reversements.close_mandat(people.comptable, mandat, on=APRES)
    assert len(refusal.value.motifs) == 5
    assert not ClotureMandat.objects.exists()


def test_a_mandate_is_closed_once_everything_is_over(people):
    mandat = ended(recovered="310.00")
    move(mandat, "ORDRE", "20.00", date(2024, 2, 20), "OR-2")
    move(mandat, "APUREMENT", "20.00", date(2024, 6, 20), "OR-2")
    ordered = reversements.settle_year(people.ordonnateur, mandat, 2024, on=APRES)
    reversements.pay_back(people.comptable, ordered, on=APRES)
    with pytest.raises(Refus, match="Seul l’agent comptable"):
        reversements.close_mandat(people.gestionnaire, mandat, on=APRES)
    cloture = reversements.close_mandat(people.comptable, mandat, on=APRES)
    assert (cloture.mandat, cloture.cloture_le) == (mandat, APRES)
    for act in (
        lambda: reversements.close_mandat(people.comptable, mandat, on=APRES),
        lambda: propose_exceptional(
            people.gestionnaire, mandat, montant=Decimal(1), motif="Besoin", on=APRES
        ),
        lambda: record_receipt(
            people.comptable,
            mandat,
            montant=Decimal(1),
            recu_le=APRES,
            reference_bancaire="R",
            on=APRES,
        ),
    ):
        with pytest.raises(Refus, match="clôturée depuis le 15/01/2025"):
            act()
