"""End of a run: every transfer answered, or ten banking days without a rejection."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import override_settings

from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.payments.models import Campagne, Virement
from apps.payments.services import settle_campagne
from apps.payments.services.denouement import awaited_of
from apps.payments.transitions import CAMPAGNE, REPONSES, VIREMENT, next_state_of, transfer_event
from tests.payments.banque import ANSWERED_ON, answer, confirmed, executed, rejected, sent
from tests.payments.dossiers import make_asp

# The run is paid on Monday 22 January 2018: ten banking days later.
IN_TIME = date(2018, 2, 5)

EVENTS = {
    # event: states it may leave → state reached
    "controler": ({"PREPAREE"}, "CONTROLEE"),
    "approuver": ({"CONTROLEE"}, "APPROUVEE"),
    "viser": ({"APPROUVEE"}, "VISEE"),
    "executer": ({"VISEE"}, "EXECUTEE"),
    "denouer": ({"EXECUTEE"}, "DENOUEE"),
    "abandonner": ({"PREPAREE", "CONTROLEE", "APPROUVEE", "VISEE"}, "ABANDONNEE"),
}


@pytest.fixture
def asp(db):
    return make_asp()


# --- State tables ------------------------------------------------------------------------------
@pytest.mark.parametrize("event", sorted(CAMPAGNE))
@pytest.mark.parametrize("state", Campagne.Etat.values)
def test_every_event_in_every_state_of_a_run(event, state):
    sources, target = EVENTS[event]
    campagne = Campagne(etat=state)
    if state in sources:
        assert next_state_of(campagne, event) == target
        return
    with pytest.raises(Refus, match="est à l’état"):
        next_state_of(campagne, event)


def test_the_table_has_no_other_event():
    assert set(CAMPAGNE) == set(EVENTS)


@pytest.mark.parametrize(
    ("state", "events"),
    [
        ("PROPOSE", {"emettre"}),
        ("EMIS", {"confirmer", "rejeter"}),
        ("CONFIRME", {"rejeter"}),
        ("REJETE", {"annuler_rejet"}),
    ],
)
def test_every_event_in_every_state_of_a_transfer(state, events):
    assert {event for event, (sources, _to) in VIREMENT.items() if state in sources} == events
    answers = {reponse for reponse in REPONSES if transfer_event(reponse, state)}
    assert {REPONSES[reponse] for reponse in answers} == events & set(REPONSES.values())


# --- Settlement --------------------------------------------------------------------------------
def test_a_run_whose_transfers_are_answered_is_settled(asp):
    campagne = executed(asp, 2)
    first, second = sent(campagne)
    answer(asp, [confirmed(first), rejected(second)])
    settled = settle_campagne(asp.comptable, campagne, on=ANSWERED_ON)
    assert (settled.etat, settled.denoue_par) == ("DENOUEE", asp.comptable.user)
    assert settled.denoue_le is not None
    entry = Entree.objects.get(action="campagne.denouee")
    assert entry.motif == ""
    assert (entry.apres["confirmes"], entry.apres["rejetes"]) == (1, 1)


def test_before_the_delay_it_is_refused_with_the_day(asp):
    campagne = executed(asp, 2)
    answer(asp, [confirmed(sent(campagne)[0])])
    assert awaited_of(campagne).nombre == 1
    assert awaited_of(campagne).depuis == IN_TIME
    with pytest.raises(Refus, match=r"réponse de la banque : 1\. .*05/02/2018"):
        settle_campagne(asp.comptable, campagne, on=date(2018, 2, 4))
    assert Campagne.objects.get().etat == "EXECUTEE"
    assert Virement.objects.filter(etat="EMIS").count() == 1


def test_after_the_delay_what_is_left_is_taken_as_paid(asp):
    campagne = executed(asp, 3)
    answer(asp, [rejected(sent(campagne)[0])])
    settle_campagne(asp.comptable, campagne, on=IN_TIME)
    states = list(Virement.objects.order_by("pk").values_list("etat", "denoue_le"))
    assert states == [("REJETE", ANSWERED_ON), ("CONFIRME", IN_TIME), ("CONFIRME", IN_TIME)]
    assert (
        "après 10 jours ouvrés : 2 virements."
        in Entree.objects.get(action="campagne.denouee").motif
    )


@override_settings(JOURS_SANS_RETOUR=1)
def test_the_delay_is_a_setting(asp):
    campagne = executed(asp)
    assert settle_campagne(asp.comptable, campagne, on=date(2018, 1, 23)).etat == "DENOUEE"


def test_settling_twice_is_settling_once(asp):
    campagne = executed(asp)
    settle_campagne(asp.comptable, campagne, on=IN_TIME)
    count = Entree.objects.count()
    assert settle_campagne(asp.comptable, campagne, on=date(2018, 6, 1)).etat == "DENOUEE"
    assert Entree.objects.count() == count


def test_only_the_agent_comptable_settles(asp):
    campagne = executed(asp)
    for acting in (asp.gestionnaire, asp.ordonnateur):
        with pytest.raises(Refus, match="agent comptable"):
            settle_campagne(acting, campagne, on=IN_TIME)
    assert Campagne.objects.get().etat == "EXECUTEE"
