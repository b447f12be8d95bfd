"""The stages of a run: states × events, three persons, withdrawal and rejection of lines."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import Role
from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.payments import ledger
from apps.payments.models import Campagne, Ecriture, Versement
from apps.payments.services import (
    abandon_campagne,
    approve_campagne,
    control_campagne,
    execute_campagne,
    prepare_campagne,
    reject_line,
    visa_campagne,
    withdraw_line,
)
from apps.payments.transitions import CAMPAGNE
from apps.siae.models import CoordonneesBancaires
from tests.factories import make_membership
from tests.payments.dossiers import (
    make_annexe,
    make_asp,
    make_bank,
    run,
    signed_run,
)
from tests.payments.test_preparation import FEVRIER, FLAT, JANVIER, MARS, REQUEST, with_statements

Etat = Campagne.Etat
EVENTS = {
    "controler": control_campagne,
    "approuver": approve_campagne,
    "viser": visa_campagne,
    "executer": execute_campagne,
    "abandonner": lambda acting, c: abandon_campagne(acting, c, motif="Essai"),
}
ACTOR = {
    "controler": "gestionnaire",
    "approuver": "ordonnateur",
    "viser": "comptable",
    "executer": "comptable",
    "abandonner": "comptable",
}


@pytest.fixture
def asp(db):
    return make_asp()


def in_state(asp, etat: str) -> Campagne:
    """A run brought to a state by its own people; DENOUEE is reached by bank returns only."""
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    if etat == Etat.ABANDONNEE:
        return abandon_campagne(asp.gestionnaire, campagne, motif="Essai")
    for event in ("controler", "approuver", "viser", "executer"):
        if campagne.etat == etat:
            return campagne
        campagne = EVENTS[event](getattr(asp, ACTOR[event]), campagne)
    if etat == Etat.DENOUEE:
        Campagne.objects.filter(pk=campagne.pk).update(etat=etat)
        campagne.refresh_from_db()
    return campagne


def figures(campagne: Campagne) -> list:
    campagne.refresh_from_db()
    rows = campagne.versements.order_by("pk").values_list("pk", "statut", "montant")
    return [campagne.etat, campagne.montant, list(rows), Ecriture.objects.count()]


@pytest.mark.parametrize("etat", Etat.values)
@pytest.mark.parametrize("event", EVENTS)
def test_states_and_events(asp, etat, event):
    """An event leads from the states of the table to its target; elsewhere nothing changes."""
    make_annexe(REQUEST)
    campagne = in_state(asp, etat)
    sources, target = CAMPAGNE[event]
    before, entries = figures(campagne), Entree.objects.count()
    acting = getattr(asp, ACTOR[event])
    if etat in sources:
        assert EVENTS[event](acting, campagne).etat == target
        assert Entree.objects.filter(objet_id=campagne.pk).count() > 1
        return
    if event == "executer" and etat in Campagne.ETATS_EXECUTES:
        EVENTS[event](acting, campagne)  # executing twice is executing once
    else:
        with pytest.raises(Refus, match=r"Seule une campagne .* ; celle-ci est à l’état"):
            EVENTS[event](acting, campagne)
    assert figures(campagne) == before
    assert Entree.objects.count() == entries


ALLOWED_ROLES = {
    "controler": (Etat.PREPAREE, {Role.GESTIONNAIRE}),
    "approuver": (Etat.CONTROLEE, {Role.ORDONNATEUR}),
    "viser": (Etat.APPROUVEE, {Role.COMPTABLE}),
    "executer": (Etat.VISEE, {Role.COMPTABLE}),
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("event", ALLOWED_ROLES)
def test_each_stage_has_its_role(asp, event, role):
    """Another role is refused with a sentence and changes nothing."""
    etat, roles = ALLOWED_ROLES[event]
    make_annexe(REQUEST)
    campagne = in_state(asp, etat)
    before = figures(campagne)
    acting = make_membership(role)
    if role in roles:
        assert EVENTS[event](acting, campagne).etat == CAMPAGNE[event][1]
        return
    with pytest.raises(Refus, match="Seul"):
        EVENTS[event](acting, campagne)
    assert figures(campagne) == before


def test_the_preparer_does_not_approve(asp):
    """Four eyes: the same person with both roles is refused, in words and in SQL."""
    make_annexe(REQUEST)
    campagne = control_campagne(asp.gestionnaire, prepare_campagne(asp.gestionnaire, JANVIER))
    same = make_membership(Role.ORDONNATEUR, user=asp.gestionnaire.user)
    with pytest.raises(Refus, match="Vous avez préparé cette campagne"):
        approve_campagne(same, campagne)
    with pytest.raises(IntegrityError, match="payments_run_four_eyes"), transaction.atomic():
        Campagne.objects.filter(pk=campagne.pk).update(approuve_par=same.user, etat="APPROUVEE")
    campagne.refresh_from_db()
    assert (campagne.etat, campagne.approuve_par) == ("CONTROLEE", None)


def test_the_controller_of_an_automatic_run_does_not_approve_it(asp):
    """Prepared by the schedule: its named controller stands for the preparer."""
    make_annexe(REQUEST)
    campagne = control_campagne(asp.gestionnaire, prepare_campagne(None, JANVIER))
    assert campagne.prepare_par is None
    same = make_membership(Role.ORDONNATEUR, user=asp.gestionnaire.user)
    with pytest.raises(Refus, match="Vous avez contrôlé cette campagne"):
        approve_campagne(same, campagne)
    with pytest.raises(IntegrityError, match="payments_run_four_eyes"), transaction.atomic():
        Campagne.objects.filter(pk=campagne.pk).update(approuve_par=same.user, etat="APPROUVEE")
    assert approve_campagne(asp.ordonnateur, campagne).approuve_par == asp.ordonnateur.user


def test_the_approver_does_not_sign(asp):
    """The visa is another person's, in words and in SQL."""
    make_annexe(REQUEST)
    campagne = in_state(asp, Etat.APPROUVEE)
    same = make_membership(Role.COMPTABLE, user=asp.ordonnateur.user)
    with pytest.raises(Refus, match="une autre personne doit la viser"):
        visa_campagne(same, campagne)
    with pytest.raises(IntegrityError, match="visa_by_another"), transaction.atomic():
        Campagne.objects.filter(pk=campagne.pk).update(vise_par=same.user, etat="VISEE")
    campagne.refresh_from_db()
    assert (campagne.etat, campagne.vise_par) == ("APPROUVEE", None)


def test_the_approver_does_not_execute(asp):
    """Ordonnateur and comptable are two persons, whatever the memberships; nothing is paid."""
    make_annexe(REQUEST)
    campagne = signed_run(asp, "2018-01")
    same = make_membership(Role.COMPTABLE, asp.comptable.organisation, user=asp.ordonnateur.user)
    before = figures(campagne)
    with pytest.raises(Refus, match="une autre personne doit l’exécuter"):
        execute_campagne(same, campagne, on=date(2018, 1, 20))
    assert figures(campagne) == before
    with pytest.raises(IntegrityError, match="executed_by_another"), transaction.atomic():
        Campagne.objects.filter(pk=campagne.pk).update(execute_par=asp.ordonnateur.user)


PREPARERS = {"by a person": True, "by the schedule": False}


@pytest.mark.parametrize("prepared_by_a_person", PREPARERS.values(), ids=PREPARERS)
def test_the_preparer_neither_signs_nor_executes(asp, prepared_by_a_person):
    """Three people: whoever prepared the run, or controlled an automatic one, never pays it."""
    make_annexe(REQUEST)
    acting = asp.gestionnaire if prepared_by_a_person else None
    campagne = control_campagne(asp.gestionnaire, prepare_campagne(acting, JANVIER))
    campagne = approve_campagne(asp.ordonnateur, campagne)
    same = make_membership(Role.COMPTABLE, asp.comptable.organisation, user=asp.gestionnaire.user)
    word = "préparé" if prepared_by_a_person else "contrôlé"
    before = figures(campagne)
    with pytest.raises(Refus, match=f"Vous avez {word} .* une autre personne doit la viser"):
        visa_campagne(same, campagne)
    assert figures(campagne) == before
    with pytest.raises(IntegrityError, match="visa_not_by_preparer"), transaction.atomic():
        Campagne.objects.filter(pk=campagne.pk).update(vise_par=same.user, etat="VISEE")
    campagne = visa_campagne(asp.comptable, campagne)
    before = figures(campagne)
    with pytest.raises(Refus, match=f"Vous avez {word} .* une autre personne doit l’exécuter"):
        execute_campagne(same, campagne, on=date(2018, 1, 20))
    assert figures(campagne) == before
    with pytest.raises(IntegrityError, match="executed_not_by_preparer"), transaction.atomic():
        Campagne.objects.filter(pk=campagne.pk).update(execute_par=same.user)
    # The visa and the execution are one part of the three.
    assert execute_campagne(asp.comptable, campagne, on=date(2018, 1, 20)).etat == "EXECUTEE"


def test_no_run_is_approved_or_signed_by_nobody(asp):
    """States without their author are refused by the database."""
    make_annexe(REQUEST)
    campagne = in_state(asp, Etat.CONTROLEE)
    for etat in ("APPROUVEE", "VISEE", "EXECUTEE"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Campagne.objects.filter(pk=campagne.pk).update(etat=etat)


def test_the_account_of_the_approval_is_the_one_paid(asp):
    """Bank details replaced after the approval do not divert the payment."""
    annexe = make_annexe(REQUEST)
    approved = CoordonneesBancaires.objects.get(structure=annexe.siae.structure)
    campagne = in_state(asp, Etat.APPROUVEE)
    CoordonneesBancaires.objects.update(etat="REMPLACEE")
    make_bank(annexe.siae.structure)
    execute_campagne(asp.comptable, visa_campagne(asp.comptable, campagne), on=date(2018, 1, 20))
    assert Versement.objects.get().coordonnees == approved


def test_no_approval_without_an_account(asp):
    """The details were withdrawn since the preparation: the line became a hold, it is refused."""
    make_annexe(REQUEST)
    campagne = in_state(asp, Etat.CONTROLEE)
    CoordonneesBancaires.objects.update(etat="REMPLACEE")
    with pytest.raises(Refus, match="Le montant dû a changé"):
        approve_campagne(asp.ordonnateur, campagne)
    assert Versement.objects.get().coordonnees is None


# --- Lines set aside ---------------------------------------------------------------------------
@pytest.fixture
def quarter(asp):
    """An annex whose first three months are due together, beside one that is paid alone."""
    annexe = make_annexe(with_statements(2), bank=False)
    other = make_annexe(with_statements(2))
    run(asp, "2018-01")
    run(asp, "2018-02")
    make_bank(annexe.siae.structure)
    campagne = prepare_campagne(asp.gestionnaire, MARS)
    return annexe, other, campagne


def test_a_withdrawn_line_takes_the_later_ones_with_it(asp, quarter):
    """February withdrawn: March goes too, January and the other annex stay."""
    annexe, other, campagne = quarter
    february = campagne.versements.get(annexe=annexe, mois=FEVRIER)
    assert withdraw_line(asp.gestionnaire, february, motif="Pièce attendue") == 2
    campagne.refresh_from_db()
    assert set(campagne.versements.proposed().values_list("annexe", "mois")) == {
        (annexe.pk, JANVIER),
        (other.pk, MARS),
    }
    assert (campagne.nombre_versements, campagne.montant) == (2, 2 * FLAT)
    assert campagne.part_etat + campagne.part_cd == 2 * FLAT
    assert set(campagne.retenues.values_list("annexe", "mois", "motif", "detail")) == {
        (annexe.pk, FEVRIER, "RETRAIT", "Retirée par l’ASP : Pièce attendue"),
        (annexe.pk, MARS, "RETRAIT", "Retirée par l’ASP : Pièce attendue"),
    }
    assert control_campagne(asp.gestionnaire, campagne).etat == "CONTROLEE"


def test_a_withdrawn_line_is_proposed_by_the_next_run(asp, quarter):
    """What was set aside is still due."""
    annexe, _other, campagne = quarter
    withdraw_line(asp.gestionnaire, campagne.versements.get(annexe=annexe, mois=FEVRIER), motif="x")
    campagne = control_campagne(asp.gestionnaire, campagne)
    campagne = visa_campagne(asp.comptable, approve_campagne(asp.ordonnateur, campagne))
    execute_campagne(asp.comptable, campagne, on=date(2018, 3, 20))
    complement = prepare_campagne(asp.gestionnaire, MARS)
    assert set(complement.versements.values_list("annexe", "mois")) == {
        (annexe.pk, FEVRIER),
        (annexe.pk, MARS),
    }


def test_a_line_is_withdrawn_once(asp, quarter):
    """A second withdrawal is refused and changes nothing."""
    annexe, _other, campagne = quarter
    line = campagne.versements.get(annexe=annexe, mois=MARS)
    withdraw_line(asp.gestionnaire, line, motif="x")
    before = figures(campagne)
    with pytest.raises(Refus, match="n’est plus proposée"):
        withdraw_line(asp.gestionnaire, line, motif="x")
    assert figures(campagne) == before


@pytest.mark.parametrize("etat", Etat.values)
def test_withdrawal_until_approval_rejection_until_execution(asp, etat):
    """The ASP withdraws before the approval, the agent comptable rejects after it."""
    make_annexe(REQUEST)
    campagne = in_state(asp, etat)
    line = campagne.versements.get()
    acts = [
        (withdraw_line, asp.gestionnaire, (Etat.PREPAREE, Etat.CONTROLEE), "RETIRE"),
        (reject_line, asp.comptable, (Etat.APPROUVEE, Etat.VISEE), "REJETE"),
    ]
    for act, acting, states, statut in acts:
        before = figures(campagne)
        if etat in states:
            with transaction.atomic():
                act(acting, line, motif="Motif")
                line.refresh_from_db()
                assert (line.statut, line.motif, line.ecarte_par) == (statut, "Motif", acting.user)
                transaction.set_rollback(True)
        else:
            with pytest.raises(Refus, match="ligne"):
                act(acting, line, motif="Motif")
        assert figures(campagne) == before


@pytest.mark.parametrize("act", [withdraw_line, reject_line])
def test_setting_a_line_aside_has_a_role_and_a_reason(asp, act):
    """The wrong role, or no reason: refused, nothing changed."""
    make_annexe(REQUEST)
    etat = Etat.PREPAREE if act is withdraw_line else Etat.VISEE
    wrong, right = asp.comptable, asp.gestionnaire
    if act is reject_line:
        wrong, right = right, wrong
    campagne = in_state(asp, etat)
    before = figures(campagne)
    line = campagne.versements.get()
    with pytest.raises(Refus, match="Seul"):
        act(wrong, line, motif="Motif")
    with pytest.raises(Refus, match="Indiquez le motif du retrait"):
        act(right, line, motif="  ")
    assert figures(campagne) == before


def test_a_rejected_line_is_not_paid(asp):
    """Rejected after the visa: the execution pays the others only."""
    rejected, paid = make_annexe(REQUEST), make_annexe(REQUEST)
    campagne = signed_run(asp, "2018-01")
    reject_line(asp.comptable, campagne.versements.get(annexe=rejected), motif="Imputation")
    execute_campagne(asp.comptable, campagne, on=date(2018, 1, 20))
    assert list(Versement.objects.executed().values_list("annexe", flat=True)) == [paid.pk]
    assert ledger.paid_by_annexe([rejected.pk]) == {}
    assert campagne.retenues.get().annexe_id == rejected.pk


def test_abandonment_needs_a_reason_and_the_right_stage(asp):
    """A gestionnaire may not abandon an approved run; nobody without a reason."""
    make_annexe(REQUEST)
    campagne = in_state(asp, Etat.APPROUVEE)
    before = figures(campagne)
    with pytest.raises(Refus, match="votre rôle ne permet pas"):
        abandon_campagne(asp.gestionnaire, campagne, motif="Essai")
    with pytest.raises(Refus, match="Indiquez le motif de l’abandon"):
        abandon_campagne(asp.ordonnateur, campagne, motif="")
    assert figures(campagne) == before
    abandon_campagne(asp.ordonnateur, campagne, motif="Erreur de mois")
    campagne.refresh_from_db()
    assert (campagne.etat, campagne.motif_abandon) == ("ABANDONNEE", "Erreur de mois")
    assert campagne.approuve_le <= timezone.now()
