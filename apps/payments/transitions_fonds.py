"""State tables of the calls for funds and of the sums paid back; what is not here is refused."""

from __future__ import annotations

from apps.core.transitions import Table, next_state
from apps.payments.models import AppelDeFonds, ReversementDeFonds

Etat = AppelDeFonds.Etat
EtatReversement = ReversementDeFonds.Etat

ATTENDUS = frozenset({Etat.EMIS, Etat.PARTIEL})
RECUS = frozenset({Etat.PARTIEL, Etat.ENCAISSE})

APPEL: Table = {
    "modifier": (frozenset({Etat.PROPOSE}), Etat.PROPOSE),
    "emettre": (frozenset({Etat.PROPOSE}), Etat.EMIS),
    "annuler": (frozenset({Etat.PROPOSE, Etat.EMIS}), Etat.ANNULE),
    "encaisser_en_partie": (ATTENDUS, Etat.PARTIEL),
    # Received in full; what comes beyond is kept as funds.
    "encaisser": (frozenset(AppelDeFonds.EMIS), Etat.ENCAISSE),
    # A receipt recorded by mistake is reversed: the sum is awaited again.
    "reprendre_en_partie": (RECUS, Etat.PARTIEL),
    "reprendre": (RECUS, Etat.EMIS),
}

REVERSEMENT: Table = {
    "payer": (frozenset({EtatReversement.PROPOSE}), EtatReversement.EXECUTE),
    "annuler": (frozenset({EtatReversement.PROPOSE}), EtatReversement.ANNULE),
}

SENTENCES = {
    "modifier": "Seul un appel proposé peut être modifié",
    "emettre": "Seul un appel proposé peut être émis",
    "annuler": "Seul un appel proposé, ou émis et dont rien n’est encaissé, peut être annulé",
    "encaisser_en_partie": "Seul un appel émis peut être encaissé",
    "encaisser": "Seul un appel émis peut être encaissé",
    "reprendre_en_partie": "Seul un appel encaissé peut être repris",
    "reprendre": "Seul un appel encaissé peut être repris",
}
SENTENCES_REVERSEMENT = {
    "payer": "Seul un reversement ordonnancé peut être payé",
    "annuler": "Seul un reversement ordonnancé et non payé peut être annulé",
}


def next_state_of(appel: AppelDeFonds, event: str) -> str:
    """State reached by the call; Refus naming its present state otherwise."""
    sentence = f"{SENTENCES[event]} ; celui-ci est à l’état « {appel.get_etat_display()} »."
    return next_state(APPEL, event, appel.etat, sentence=sentence)


def next_state_of_reversement(reversement: ReversementDeFonds, event: str) -> str:
    state = reversement.get_etat_display()
    sentence = f"{SENTENCES_REVERSEMENT[event]} ; celui-ci est à l’état « {state} »."
    return next_state(REVERSEMENT, event, reversement.etat, sentence=sentence)
