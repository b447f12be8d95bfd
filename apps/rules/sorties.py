"""Exits of insertion: which ones are counted, and what share of them leads to something.

Source: « bilan des objectifs négociés » (cahier des charges §3.1) with the rule of each measure:
ACI and EI, at least one hour and a stay over 2.65 months; AI and ETTI, at least 150 hours; EITI,
at least one hour. Called by the bilans and the alerts of the dashboards.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from apps.rules.money import HUNDRED, ZERO, divide, rate

HEURES_MINIMALES = Decimal(1)
HEURES_MINIMALES_MISE_A_DISPOSITION = Decimal(150)
SEJOUR_MINIMAL = Decimal("2.65")  # months
MOIS_PAR_JOUR = Decimal("0.0328767")  # 12 / 365, as the national statistics write it
MISE_A_DISPOSITION = ("AI", "ETTI")
AVEC_SEJOUR = ("ACI", "EI")

DURABLE, TRANSITION, POSITIVE = "DURABLE", "TRANSITION", "POSITIVE"
AUTRE, RETRAIT = "AUTRE", "RETRAIT"
DYNAMIQUES = (DURABLE, TRANSITION, POSITIVE)


def is_counted(mesure: str, heures: Decimal, jours: int) -> bool:
    """Whether an exit is examined: `heures` worked on the annex, `jours` since the hiring.

    `mesure` is a code such as "ACI_DC" or "EI_MP"; exits « retirées des sorties constatées » are
    set aside by the caller, whatever the hours.
    """
    kind = mesure.split("_")[0]
    if kind in MISE_A_DISPOSITION:
        return heures >= HEURES_MINIMALES_MISE_A_DISPOSITION
    if heures < HEURES_MINIMALES:
        return False
    return kind not in AVEC_SEJOUR or jours * MOIS_PAR_JOUR > SEJOUR_MINIMAL


@dataclass(frozen=True, slots=True)
class Sorties:
    """Exits of a period by category; only those examined, and how many were not."""

    durables: int = 0
    transition: int = 0
    positives: int = 0
    autres: int = 0
    non_examinees: int = 0

    @property
    def dynamiques(self) -> int:
        return self.durables + self.transition + self.positives

    @property
    def examinees(self) -> int:
        return self.dynamiques + self.autres

    def taux(self, nombre: int) -> Decimal | None:
        """Share of the exits examined, in per cent; None when none was."""
        return rate(divide(HUNDRED * nombre, Decimal(self.examinees))) if self.examinees else None

    @property
    def taux_dynamiques(self) -> Decimal:
        return self.taux(self.dynamiques) or ZERO


def count_exits(categories: Iterable[tuple[str, bool]]) -> Sorties:
    """Exits as (category, counted or not); a withdrawn exit is never examined."""
    tally = dict.fromkeys((*DYNAMIQUES, AUTRE), 0)
    set_aside = 0
    for category, counted in categories:
        if counted and category != RETRAIT:
            tally[category] += 1
        else:
            set_aside += 1
    return Sorties(tally[DURABLE], tally[TRANSITION], tally[POSITIVE], tally[AUTRE], set_aside)
