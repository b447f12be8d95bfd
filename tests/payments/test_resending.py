"""A transfer the bank sent back: its money is kept for it, and no run loses it (spec 05 §1)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from apps.core.errors import Refus
from apps.payments import ledger
from apps.payments.equation import equation_of
from apps.payments.models import BlocagePaiement, Ecriture, PartEnAttente, Virement
from apps.payments.reglements import funds_left
from apps.payments.services import abandon_campagne, lift_block, prepare_campagne
from apps.payments.services.extournes import reverse_entry
from apps.payments.services.recettes import record_receipt
from apps.payments.services.rejets import lift_after_new_account
from apps.payments.watch import returned_unsent
from apps.siae.models import CoordonneesBancaires
from tests.factories import make_user, put_in_effect
from tests.payments.banque import answer, rejected
from tests.payments.dossiers import leave_funds, make_annexe, make_asp, make_bank, run
from tests.payments.test_funds import CD, ETAT, ZERO, due_to, transfers
from tests.payments.test_preparation import FEVRIER, FLAT, with_statements


@pytest.fixture
def asp(db):
    return make_asp()


@pytest.fixture
def returned(asp):
    """January paid to two annexes, the first transfer sent back; the département has no more than
    what came back."""
    first, second = make_annexe(with_statements(2)), make_annexe(with_statements(2))
    campagne = run(asp, "2018-01")
    virement = campagne.virements.get(annexe=first)
    answer(asp, [rejected(virement)])
    virement.refresh_from_db()
    mandat = leave_funds("1920.29")
    return first, second, virement, mandat


def test_what_came_back_pays_nobody_else(asp, returned):
    """The other annex's share waits: the money in the treasury is due to the first."""
    first, second, virement, mandat = returned
    assert (ledger.treasury()[mandat.pk], funds_left([mandat.pk])) == (CD, {mandat.pk: ZERO})
    assert due_to(first, mandat.financeur) == CD
    campagne = run(asp, "2018-02")
    assert transfers(campagne) == [(second.pk, ETAT)]
    assert PartEnAttente.objects.get().versement.annexe == second
    assert campagne.retenues.get(annexe=first).motif == "BANQUE"
    equation = equation_of(campagne)
    assert (equation.rejetes, equation.renvoyes, equation.ecart) == (FLAT, ZERO, ZERO)
    assert equation.retenus == 2 * FLAT  # sent back, and the instalment of February
    assert virement.etat == "REJETE"
    assert [alert.montant for alert in returned_unsent(date(2018, 3, 1))] == [FLAT]
    assert returned_unsent(date(2018, 2, 20)) == []


def test_what_came_back_covers_no_receipt_taken_back(asp, returned):
    """Otherwise the run that sends the transfer again could not be executed."""
    _first, _second, _virement, mandat = returned
    received = record_receipt(
        asp.comptable,
        mandat,
        montant=Decimal("100.00"),
        recu_le=date(2018, 2, 1),
        reference_bancaire="R1",
        on=date(2018, 2, 1),
    )
    leave_funds("1920.29")
    entry = Ecriture.objects.get(reference=received.reference)
    with pytest.raises(Refus, match="virements rejetés"):
        reverse_entry(asp.comptable, entry, motif="Erreur", on=date(2018, 2, 2))
    assert funds_left([mandat.pk]) == {mandat.pk: ZERO}


def proposed_account(structure, iban: str) -> CoordonneesBancaires:
    return CoordonneesBancaires.objects.create(
        structure=structure,
        titulaire="Nouveau compte",
        iban=iban,
        bic="TRPUFRP1XXX",
        propose_par=make_user(),
    )


def test_an_account_checked_after_the_rejection_is_not_held_twice(asp, returned):
    """Its activation lifted the hold of the rejection: the next run pays, with no other look."""
    first, _second, virement, _mandat = returned
    account = proposed_account(first.siae.structure, "FR1420041010050500013M02606")
    put_in_effect(asp.gestionnaire, account)
    [blocage] = BlocagePaiement.objects.all()
    assert (blocage.leve_par, blocage.compte_verifie) == (asp.gestionnaire.user, account)
    leave_funds("50000.00")
    campagne = run(asp, "2018-02")
    assert not campagne.retenues.filter(annexe=first).exists()
    assert Virement.objects.get(remplace=virement).coordonnees == account
    assert [b.motif for b in BlocagePaiement.objects.all()] == ["REJET_VIREMENT"]


def test_an_account_checked_before_the_rejection_is_held(asp, returned):
    """The control was not made of an account given because of the rejection."""
    first, _second, _virement, _mandat = returned
    account = proposed_account(first.siae.structure, "FR1420041010050500013M02606")
    put_in_effect(asp.gestionnaire, account)
    BlocagePaiement.objects.update(leve_le=None, leve_par=None, motif_levee="", compte_verifie=None)
    rejection = BlocagePaiement.objects.get().pose_le
    account.refresh_from_db()
    account.controle_le = datetime.combine(rejection, time(9), tzinfo=UTC)
    lift_after_new_account(asp.gestionnaire, account, rejection)
    [blocage] = BlocagePaiement.objects.all()
    assert (blocage.leve_par, blocage.compte_verifie) == (asp.gestionnaire.user, None)
    prepared = prepare_campagne(asp.gestionnaire, FEVRIER)
    assert {hold.motif for hold in prepared.retenues.filter(annexe=first)} == {"BANQUE_MODIFIEE"}


def test_the_account_that_follows_it_is_held(asp, returned):
    """Changed once more before it was paid: nobody has looked at that one since the rejection."""
    first = returned[0]
    for iban in ("FR1420041010050500013M02606", "FR7610071999990000000000178"):
        account = proposed_account(first.siae.structure, iban)
        put_in_effect(asp.gestionnaire, account)
    prepared = prepare_campagne(asp.gestionnaire, FEVRIER)
    assert {hold.motif for hold in prepared.retenues.filter(annexe=first)} == {"BANQUE_MODIFIEE"}
    assert BlocagePaiement.objects.open().get().objet == f"compte {account.pk}"


def test_an_account_is_not_said_checked_by_nobody(asp, returned):
    first = returned[0]
    account = proposed_account(first.siae.structure, "FR1420041010050500013M02606")
    with pytest.raises(IntegrityError, match="account_checked_by_someone"), transaction.atomic():
        BlocagePaiement.objects.update(compte_verifie=account)


def test_it_is_sent_again_once_the_account_is_corrected(asp, returned):
    """A checked account, holds lifted: sent again by the next run, beside its own transfer."""
    first, second, virement, mandat = returned
    account = make_bank(first.siae.structure)
    account.iban = "FR1420041010050500013M02606"
    account.save()
    for blocage in BlocagePaiement.objects.open():
        lift_block(asp.gestionnaire, blocage, motif="Compte corrigé.")
    prepared = prepare_campagne(asp.gestionnaire, FEVRIER)
    # Another account than the one credited last: checked before it is paid.
    assert {hold.motif for hold in prepared.retenues.filter(annexe=first)} == {"BANQUE_MODIFIEE"}
    abandon_campagne(asp.gestionnaire, prepared, motif="À reprendre")
    for blocage in BlocagePaiement.objects.open():
        lift_block(asp.gestionnaire, blocage, motif="Structure jointe.")
    leave_funds("50000.00")
    campagne = run(asp, "2018-02")
    assert transfers(campagne) == [(first.pk, FLAT), (first.pk, FLAT), (second.pk, FLAT)]
    again = Virement.objects.get(remplace=virement)
    assert (again.campagne, again.montant, again.coordonnees) == (campagne, FLAT, account)
    assert due_to(first, mandat.financeur) == ZERO
    assert ledger.treasury()[mandat.pk] == Decimal("50000.00") - 3 * CD
    assert equation_of(campagne).renvoyes == FLAT
    assert returned_unsent(date(2018, 6, 1)) == []
    # A notice for what is new only: what is sent again was notified once.
    assert campagne.avis.get(annexe=first).montant == FLAT
