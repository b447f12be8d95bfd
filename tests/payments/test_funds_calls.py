"""Calls for funds: proposed, issued by another, cancelled; advance, quarter, shortage."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import Notification
from apps.conventions.services import add_avenant_financier, create_mandat, sign_mandat
from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.payments.models import AppelDeFonds
from apps.payments.services import appels
from apps.payments.services.recettes import record_receipt
from apps.payments.transitions_fonds import APPEL, next_state_of
from tests.factories import make_financeur
from tests.payments.dossiers import make_annexe, make_asp, run
from tests.payments.funds import (
    AVANCE,
    JOUR,
    make_call,
    make_empty_mandat,
    make_people,
)
from tests.payments.test_preparation import REQUEST

pytestmark = pytest.mark.django_db
Etat = AppelDeFonds.Etat
QUARTERLY = {"modalite": "AVANCE_ET_APPELS", "avance": Decimal("706000.00")}


@pytest.fixture
def people(db):
    return make_people()


def sign(people, **fields):
    mandat = create_mandat(
        people.gestionnaire,
        make_financeur("062"),
        reference="MANDAT-2023",
        debut=date(2023, 1, 1),
        fin=date(2025, 12, 31),
        **({"avance": AVANCE} | fields),
    )
    return sign_mandat(people.gestionnaire, mandat, date(2023, 1, 2))


def test_the_signature_of_a_mandate_proposes_its_whole_advance(people):
    """Art. 3 and 3.1: 729 × 534,82 × 12 = 4 678 605,36 €, due at the signature."""
    mandat = sign(people)
    [appel] = AppelDeFonds.objects.all()
    assert (appel.mandat, appel.nature, appel.etat) == (mandat, "AVANCE", "PROPOSE")
    assert appel.montant == Decimal("4678605.36") == 729 * Decimal("534.82") * 12
    assert (appel.numero, appel.periode) == (1, date(2023, 1, 1))
    assert appel.propose_par == people.gestionnaire.user
    assert [ligne["montant"] for ligne in appel.lignes] == ["4678605.36"]


def test_the_advance_of_a_later_year_is_that_of_its_credits(people):
    mandat = sign(people)
    with pytest.raises(Refus, match="Enregistrez d’abord l’avenant financier 2024"):
        appels.propose_advance(people.gestionnaire, mandat, annee=2024)
    add_avenant_financier(
        people.gestionnaire,
        mandat,
        annee=2024,
        credits_intervention=Decimal("4500000.00"),
        prix_annexe=Decimal("35.00"),
        annexes_prevues=50,
        forfait_annuel=Decimal("7400.00"),
    )
    appel = appels.propose_advance(people.gestionnaire, mandat, annee=2024)
    assert appel.montant == Decimal("4500000.00")
    with pytest.raises(Refus, match="existe déjà : c’est l’appel de fonds n° 2"):
        appels.propose_advance(people.gestionnaire, mandat, annee=2024)


def test_another_person_issues_it_and_the_departement_is_told(people):
    mandat = make_empty_mandat()
    appel = make_call(people, mandat, issued=False)
    with pytest.raises(Refus, match="Seul un ordonnateur ou l’agent comptable"):
        appels.issue_call(people.gestionnaire, appel, on=JOUR)
    Notification.objects.all().delete()
    appel = appels.issue_call(people.ordonnateur, appel, on=JOUR)
    assert (appel.etat, appel.emis_par, appel.echeance) == (
        "EMIS",
        people.ordonnateur.user,
        date(2023, 3, 31),
    )
    [told] = Notification.objects.all()
    assert told.organisation == mandat.financeur.organisation
    assert told.titre == "Appel de fonds n° 1 à payer"
    assert Entree.objects.filter(action="appel.emis", objet_id=appel.pk).count() == 1


def test_who_proposed_never_issues(people):
    mandat = make_empty_mandat()
    appel = appels.propose_exceptional(
        people.ordonnateur, mandat, montant=Decimal("10.00"), motif="Besoin", on=JOUR
    )
    with pytest.raises(Refus, match="une autre personne doit l’émettre"):
        appels.issue_call(people.ordonnateur, appel, on=JOUR)
    with pytest.raises(IntegrityError), transaction.atomic():
        AppelDeFonds.objects.filter(pk=appel.pk).update(emis_par=people.ordonnateur.user)
    assert appels.issue_call(people.comptable, appel, on=JOUR).etat == "EMIS"


def test_who_changes_the_amount_becomes_the_one_who_proposes(people):
    appel = make_call(people, make_empty_mandat(), "1000.00", issued=False)
    appel = appels.amend_call(people.ordonnateur, appel, montant=Decimal("800.00"), motif="Arrondi")
    assert (appel.montant, appel.propose_par) == (Decimal("800.00"), people.ordonnateur.user)
    assert [ligne["montant"] for ligne in appel.lignes] == ["1000.00", "800.00"]
    with pytest.raises(Refus, match="une autre personne"):
        appels.issue_call(people.ordonnateur, appel)


@pytest.mark.parametrize(("montant", "motif"), [("0.00", "Besoin"), ("-1.00", "Besoin"), ("5", "")])
def test_a_call_without_amount_or_reason_is_refused(people, montant, motif):
    with pytest.raises(Refus):
        appels.propose_exceptional(
            people.gestionnaire, make_empty_mandat(), montant=Decimal(montant), motif=motif
        )
    assert not AppelDeFonds.objects.exists()


@pytest.mark.parametrize("role", ["comptable", "decideur", "lecteur"])
def test_who_may_not_propose(people, role):
    with pytest.raises(Refus):
        appels.propose_exceptional(
            getattr(people, role), make_empty_mandat(), montant=Decimal(1), motif="Besoin"
        )
    assert not AppelDeFonds.objects.exists()


def test_a_mandate_not_signed_calls_nothing(people):
    with pytest.raises(Refus, match="n’est pas signée"):
        appels.propose_advance(people.gestionnaire, make_empty_mandat(signee_le=None))


STATES = [
    (event, state, APPEL[event][1] if state in APPEL[event][0] else None)
    for event in APPEL
    for state in Etat
]


@pytest.mark.parametrize(("event", "state", "reached"), STATES)
def test_states_and_events(event, state, reached):
    appel = AppelDeFonds(numero=1, etat=state)
    if reached is None:
        with pytest.raises(Refus, match=f"à l’état « {state.label} »"):
            next_state_of(appel, event)
    else:
        assert next_state_of(appel, event) == reached


def test_cancelled_with_a_reason_and_only_before_anything_came(people):
    mandat = make_empty_mandat()
    appel = make_call(people, mandat)
    with pytest.raises(Refus, match="motif"):
        appels.cancel_call(people.ordonnateur, appel, motif=" ")
    with pytest.raises(Refus, match="Seul un ordonnateur"):
        appels.cancel_call(people.gestionnaire, appel, motif="Erreur")
    record_receipt(
        people.comptable,
        mandat,
        montant=Decimal("400.00"),
        recu_le=JOUR,
        reference_bancaire="R1",
        appel=appel,
        on=JOUR,
    )
    with pytest.raises(Refus, match="rien n’est encaissé"):
        appels.cancel_call(people.ordonnateur, appel, motif="Erreur")
    other = make_call(people, mandat)
    other = appels.cancel_call(people.ordonnateur, other, motif="Erreur", on=JOUR)
    assert (other.etat, other.motif_annulation) == ("ANNULE", "Erreur")


def test_an_issued_call_is_never_rewritten(people):
    appel = make_call(people, make_empty_mandat())
    with pytest.raises(Exception, match="ne se modifie pas"), transaction.atomic():
        AppelDeFonds.objects.filter(pk=appel.pk).update(montant=Decimal("1.00"))
    with pytest.raises(Exception, match="ne se modifie pas"), transaction.atomic():
        AppelDeFonds.objects.filter(pk=appel.pk).delete()


# --- A run short of funds ------------------------------------------------------------------------
def test_what_is_missing_is_called_once_then_completed(people):
    asp = make_asp()
    mandat = make_empty_mandat()
    campagne = run_of_nothing(asp)
    appels.call_shortage(campagne, {mandat.pk: Decimal("300.00")})
    appels.call_shortage(campagne, {mandat.pk: Decimal("450.00")})
    [appel] = AppelDeFonds.objects.all()
    assert (appel.nature, appel.montant, appel.campagne) == (
        "EXCEPTIONNEL",
        Decimal("450.00"),
        campagne,
    )
    appels.issue_call(people.ordonnateur, appel, on=JOUR)
    appels.call_shortage(campagne, {mandat.pk: Decimal("450.00")})
    assert AppelDeFonds.objects.count() == 1


def run_of_nothing(asp):
    make_annexe(REQUEST)
    return run(asp, "2018-01")
