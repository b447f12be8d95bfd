"""Calls for funds: proposed, issued by another, cancelled; advance, quarter, shortage."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Notification
from apps.conventions.services import add_avenant_financier, create_mandat, sign_mandat
from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.payments.appels import quarterly_lines
from apps.payments.flux import flow
from apps.payments.models import AppelDeFonds, Ecriture
from apps.payments.services import appels
from apps.payments.services.recettes import notify_funds, record_receipt
from apps.payments.tasks_fonds import propose_calls
from apps.payments.transitions_fonds import APPEL, next_state_of
from tests.factories import make_financeur
from tests.payments.dossiers import make_annexe, make_asp, run
from tests.payments.funds import (
    AVANCE,
    JOUR,
    make_call,
    make_empty_mandat,
    make_people,
    move,
    spend,
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


# --- The twelve lines, from the ledger -----------------------------------------------------------
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
