"""State tables of a run and of its transfers (spec 05 §1); the rest is refused with a sentence."""

from __future__ import annotations

from apps.core.transitions import Table, next_state
from apps.payments.models import Campagne, Virement

Etat = Campagne.Etat

CAMPAGNE: Table = {
    "controler": (frozenset({Etat.PREPAREE}), Etat.CONTROLEE),
    "approuver": (frozenset({Etat.CONTROLEE}), Etat.APPROUVEE),
    "viser": (frozenset({Etat.APPROUVEE}), Etat.VISEE),
    "executer": (frozenset({Etat.VISEE}), Etat.EXECUTEE),
    "denouer": (frozenset({Etat.EXECUTEE}), Etat.DENOUEE),
    "abandonner": (frozenset(Campagne.ETATS_EN_COURS), Etat.ABANDONNEE),
}

SENTENCES = {
    "controler": "Seule une campagne préparée peut être contrôlée",
    "approuver": "Seule une campagne contrôlée peut être approuvée",
    "viser": "Seule une campagne approuvée peut être visée",
    "executer": "Seule une campagne visée peut être exécutée",
    "denouer": "Seule une campagne exécutée peut être dénouée",
    "abandonner": "Seule une campagne en cours peut être abandonnée",
}


def next_state_of(campagne: Campagne, event: str) -> str:
    """State reached by the run; Refus naming its present state otherwise."""
    sentence = f"{SENTENCES[event]} ; celle-ci est à l’état « {campagne.get_etat_display()} »."
    return next_state(CAMPAGNE, event, campagne.etat, sentence=sentence)


EtatVirement = Virement.Etat

# What becomes of a transfer. The bank may reject one that it had confirmed (late return); the
# contrary is a correction decided upon by a person (`services.extournes`).
VIREMENT: Table = {
    "emettre": (frozenset({EtatVirement.PROPOSE}), EtatVirement.EMIS),
    "confirmer": (frozenset({EtatVirement.EMIS}), EtatVirement.CONFIRME),
    "rejeter": (frozenset({EtatVirement.EMIS, EtatVirement.CONFIRME}), EtatVirement.REJETE),
    "annuler_rejet": (frozenset({EtatVirement.REJETE}), EtatVirement.CONFIRME),
}
# Answer of the bank → event.
REPONSES = {"CONFIRME": "confirmer", "REJETE": "rejeter"}


def transfer_event(reponse: str, etat: str) -> str:
    """The event by which an answer of the bank applies to a transfer; empty when it cannot."""
    event = REPONSES.get(reponse, "")
    return event if event and etat in VIREMENT[event][0] else ""
