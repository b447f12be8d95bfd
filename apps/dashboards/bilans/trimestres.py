"""The quarters of an annex, counted from its first month (cahier des charges §2.3)."""

from __future__ import annotations

from dataclasses import dataclass

from apps.dashboards.dossier import Dossier
from apps.rules.periods import Month, range_label

MOIS_PAR_TRIMESTRE = 3


def rank_label(rang: int) -> str:
    """« 1er trimestre », « 2e trimestre »."""
    return f"{'1er' if rang == 1 else f'{rang}e'} trimestre"


@dataclass(frozen=True, slots=True)
class Trimestre:
    """A quarter of the conventioned period: the last one may be shorter."""

    rang: int
    months: tuple[Month, ...]
    valides: int

    @property
    def is_complete(self) -> bool:
        return self.valides == len(self.months)

    @property
    def libelle(self) -> str:
        return range_label(self.months[0], self.months[-1])

    @property
    def titre(self) -> str:
        return rank_label(self.rang)


def quarters(dossier: Dossier) -> list[Trimestre]:
    """The quarters of an annex, with how many of their months are validated."""
    months = dossier.months
    found = []
    for start in range(0, len(months), MOIS_PAR_TRIMESTRE):
        some = months[start : start + MOIS_PAR_TRIMESTRE]
        rank = start // MOIS_PAR_TRIMESTRE + 1
        found.append(Trimestre(rank, some, len(dossier.valides(some))))
    return found
