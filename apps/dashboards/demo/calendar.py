"""When the statements of the demonstration come: certified, validated, re-opened, never.

`remise` of a structure: normal; tardif (March and June come two months late: suspension, then
release); carence (May is never entered: formal notice, then carence in September); rouvert
(August is re-opened in October and lowered); jamais (nothing from September on).
"""

from __future__ import annotations

from dataclasses import dataclass

from apps.dashboards.demo.scenario import Fiche
from apps.rules.periods import Month

CERTIFICATION, VALIDATION = 5, 12  # days of the month in which statements come


@dataclass(frozen=True, slots=True)
class Remise:
    """The statement of `mois` is certified and validated in the calendar month `en`."""

    mois: Month
    en: Month


def remises(fiche: Fiche, last: Month) -> list[Remise]:
    """Statements of an annex whose months run to `last`, in the order in which they come."""
    months = [m for m in _months(fiche.premier_mois, last) if not _never(fiche, m)]
    return [Remise(month, month + _delay(fiche, month)) for month in months]


def carences(fiche: Fiche) -> list[Remise]:
    """Statements recorded as carence by the ASP after formal notice."""
    if fiche.remise != "carence":
        return []
    return [Remise(Month(2023, 5), Month(2023, 9))]


def reouvertures(fiche: Fiche) -> list[Remise]:
    """Statements re-opened, lowered, certified and validated again."""
    if fiche.remise != "rouvert":
        return []
    return [Remise(Month(2023, 8), Month(2023, 10))]


def _delay(fiche: Fiche, month: Month) -> int:
    if fiche.remise == "tardif" and month in (Month(2023, 3), Month(2023, 6)):
        return 3
    return 1


def _never(fiche: Fiche, month: Month) -> bool:
    if fiche.remise == "jamais":
        return month >= Month(2023, 9)
    return fiche.remise == "carence" and month == Month(2023, 5)


def _months(first: Month, last: Month) -> list[Month]:
    return [first + i for i in range(last - first + 1)]
