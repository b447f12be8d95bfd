"""State tables of the locks, of their re-opening and of the successions (spec 05 §6)."""

from __future__ import annotations

from apps.core.transitions import Table, next_state
from apps.payments.models import Cloture, Reouverture, Succession

CLOTURE: Table = {
    "rouvrir": (frozenset({Cloture.Etat.VERROUILLEE}), Cloture.Etat.REOUVERTE),
}
REOUVERTURE: Table = {
    "accorder": (frozenset({Reouverture.Etat.DEMANDEE}), Reouverture.Etat.ACCORDEE),
    "refuser": (frozenset({Reouverture.Etat.DEMANDEE}), Reouverture.Etat.REFUSEE),
}
SUCCESSION: Table = {
    "accorder": (frozenset({Succession.Etat.PROPOSEE}), Succession.Etat.ACCORDEE),
    "refuser": (frozenset({Succession.Etat.PROPOSEE}), Succession.Etat.REFUSEE),
}
TABLES: dict[type, tuple[Table, str]] = {
    Cloture: (CLOTURE, "Seule une période verrouillée peut être rouverte"),
    Reouverture: (REOUVERTURE, "Seule une demande en attente peut être décidée"),
    Succession: (SUCCESSION, "Seule une succession proposée peut être décidée"),
}


def next_state_of(objet: Cloture | Reouverture | Succession, event: str) -> str:
    """State reached by the object; Refus naming its present state otherwise."""
    table, words = TABLES[type(objet)]
    sentence = f"{words} ; celle-ci est à l’état « {objet.get_etat_display()} »."
    return next_state(table, event, objet.etat, sentence=sentence)
