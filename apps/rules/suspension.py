"""Suspension: a statement not entered by the end of the following month stops the payments.

Text: cahier des charges §2.4, « Les suspensions de paiement ». Called by the presence and payments
apps, for screens, alerts and runs; it is lifted by itself once the statement is validated.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from apps.rules.periods import Month


@dataclass(frozen=True, slots=True)
class SuiviEtat:
    """Where the statement of a month stands: first day it was entered, validated now or not."""

    mois: Month
    saisi_le: date | None
    valide: bool


def suspending_months(etats: Iterable[SuiviEtat], on: date) -> tuple[Month, ...]:
    """The months that suspend the annex on a day, in order; empty when nothing is suspended."""
    return tuple(sorted(etat.mois for etat in etats if _suspends(etat, on)))


def _suspends(etat: SuiviEtat, on: date) -> bool:
    deadline = (etat.mois + 1).last_day
    if etat.valide or on <= deadline:
        return False
    return etat.saisi_le is None or etat.saisi_le > deadline
