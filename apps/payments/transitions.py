"""State table of a payment run (spec 05 §1); whatever is not here is refused with a sentence."""

from __future__ import annotations

from apps.core.transitions import Table, next_state
from apps.payments.models import Campagne

Etat = Campagne.Etat

CAMPAGNE: Table = {
    "controler": (frozenset({Etat.PREPAREE}), Etat.CONTROLEE),
    "approuver": (frozenset({Etat.CONTROLEE}), Etat.APPROUVEE),
    "viser": (frozenset({Etat.APPROUVEE}), Etat.VISEE),
    "executer": (frozenset({Etat.VISEE}), Etat.EXECUTEE),
    "abandonner": (frozenset(Campagne.ETATS_EN_COURS), Etat.ABANDONNEE),
}

SENTENCES = {
    "controler": "Seule une campagne préparée peut être contrôlée",
    "approuver": "Seule une campagne contrôlée peut être approuvée",
    "viser": "Seule une campagne approuvée peut être visée",
    "executer": "Seule une campagne visée peut être exécutée",
    "abandonner": "Seule une campagne en cours peut être abandonnée",
}


def next_state_of(campagne: Campagne, event: str) -> str:
    """State reached by the run; Refus naming its present state otherwise."""
    sentence = f"{SENTENCES[event]} ; celle-ci est à l’état « {campagne.get_etat_display()} »."
    return next_state(CAMPAGNE, event, campagne.etat, sentence=sentence)
