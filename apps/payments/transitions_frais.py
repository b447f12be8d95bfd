"""State table of an invoice of management fees; whatever is not here is refused with a sentence."""

from __future__ import annotations

from apps.core.transitions import Table, next_state
from apps.payments.models import FactureFrais

Etat = FactureFrais.Etat

FACTURE: Table = {
    "preparer": (frozenset({Etat.PREPAREE}), Etat.PREPAREE),
    "abandonner": (frozenset({Etat.PREPAREE}), Etat.ABANDONNEE),
    "emettre": (frozenset({Etat.PREPAREE}), Etat.EMISE),
    "encaisser": (frozenset({Etat.EMISE}), Etat.EMISE),
    "imputer": (frozenset({Etat.EMISE}), Etat.PAYEE),
    "solder": (frozenset({Etat.EMISE}), Etat.PAYEE),
    "annuler": (frozenset({Etat.EMISE}), Etat.ANNULEE),
    # A receipt recorded by mistake is reversed: the invoice is to be paid again.
    "reprendre": (frozenset({Etat.EMISE, Etat.PAYEE}), Etat.EMISE),
}

SENTENCES = {
    "preparer": "Seule une facture en préparation peut être préparée de nouveau",
    "abandonner": "Seule une facture en préparation peut être abandonnée",
    "emettre": "Seule une facture préparée peut être émise",
    "encaisser": "Seule une facture émise et non soldée peut être encaissée",
    "imputer": "Seul un avoir émis et non imputé peut être imputé",
    "solder": "Seule une facture émise peut être soldée",
    "annuler": "Seule une facture émise et non soldée peut être annulée par un avoir",
    "reprendre": "Seule une facture émise ou soldée peut être reprise",
}


def next_state_of(facture: FactureFrais, event: str) -> str:
    """State reached by the invoice; Refus naming its present state otherwise."""
    sentence = f"{SENTENCES[event]} ; celle-ci est à l’état « {facture.get_etat_display()} »."
    return next_state(FACTURE, event, facture.etat, sentence=sentence)
