"""State table of a modulated part; whatever is not here is refused with a sentence."""

from __future__ import annotations

from apps.core.transitions import Table, next_state
from apps.payments.models import PartModulee

Etat = PartModulee.Etat

PART: Table = {
    "valider": (frozenset({Etat.NOTIFIEE}), Etat.VALIDEE),
    "refuser": (frozenset({Etat.NOTIFIEE}), Etat.REFUSEE),
}

SENTENCES = {
    "valider": "Seule une part modulée notifiée peut être validée",
    "refuser": "Seule une part modulée notifiée peut être refusée",
}


def next_state_of(part: PartModulee, event: str) -> str:
    """State reached by the part; Refus naming its present state otherwise."""
    sentence = f"{SENTENCES[event]} ; celle-ci est à l’état « {part.get_etat_display()} »."
    return next_state(PART, event, part.etat, sentence=sentence)
