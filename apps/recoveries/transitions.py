"""State table of a recovery order (spec 05 §5); whatever is not here is refused with a sentence.

The phases follow each other; an order ends from any of them. A dispute, a collective procedure or
a payment plan suspends the pursuit without changing the phase: see `permissions`.
"""

from __future__ import annotations

from apps.core.transitions import Table, next_state
from apps.recoveries.models import OrdreDeRecouvrer

Etat = OrdreDeRecouvrer.Etat
OUVERTS = frozenset(OrdreDeRecouvrer.OUVERTS)
CLOS = frozenset(Etat) - OUVERTS

ORDRE: Table = {
    "notifier": (frozenset({Etat.EMIS}), Etat.NOTIFIE),
    "relancer": (frozenset({Etat.NOTIFIE}), Etat.RELANCE),
    "mettre_en_demeure": (frozenset({Etat.NOTIFIE, Etat.RELANCE}), Etat.MIS_EN_DEMEURE),
    "forcer": (frozenset({Etat.MIS_EN_DEMEURE}), Etat.FORCE),
    "solder": (OUVERTS, Etat.SOLDE),
    # An order paid or given up, then reduced to nothing: what was paid is a surplus.
    "annuler": (frozenset(Etat) - {Etat.ANNULE}, Etat.ANNULE),
    "apurer": (OUVERTS, Etat.APURE),
    "admettre": (OUVERTS, Etat.NON_VALEUR),
    "eteindre": (OUVERTS, Etat.ETEINT),
    "remettre": (OUVERTS, Etat.REMIS),
    # A payment recorded by mistake, or returned unpaid, is reversed: the debt is claimed again.
    "reprendre": (CLOS - {Etat.ANNULE}, Etat.NOTIFIE),
    # Likewise, of an order paid before its notification: its debtor has had no day to pay.
    "remettre_a_notifier": (CLOS - {Etat.ANNULE}, Etat.EMIS),
}

SENTENCES = {
    "notifier": "Seul un ordre émis et non encore notifié peut être notifié",
    "relancer": "Seul un ordre notifié peut être relancé",
    "mettre_en_demeure": "Seul un ordre notifié ou relancé peut être mis en demeure",
    "forcer": "Le recouvrement forcé suit une mise en demeure",
    "solder": "Seul un ordre en cours de recouvrement peut être soldé",
    "annuler": "Cet ordre est déjà annulé",
    "apurer": "Seul un ordre en cours de recouvrement peut être apuré",
    "admettre": "Seul un ordre en cours de recouvrement peut être admis en non-valeur",
    "eteindre": "Seul un ordre en cours de recouvrement peut être éteint",
    "remettre": "Seul un ordre en cours de recouvrement peut être remis",
    "reprendre": "Seul un ordre clos et non annulé peut être repris",
    "remettre_a_notifier": "Seul un ordre clos et non annulé peut être notifié de nouveau",
}


def next_state_of(ordre: OrdreDeRecouvrer, event: str) -> str:
    """State reached by the order; Refus naming its present state otherwise."""
    sentence = f"{SENTENCES[event]} ; celui-ci est à l’état « {ordre.get_etat_display()} »."
    return next_state(ORDRE, event, ordre.etat, sentence=sentence)
