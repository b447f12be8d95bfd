"""Dates of the files made on a schedule, and the period each one is about.

A monthly file is about the month before its date; a quarterly one, made in January, April, July
and October, about the three months before. Called by the services and by the screens.
"""

from __future__ import annotations

from datetime import date

from apps.dashboards.models import EnvoiProgramme
from apps.rules.periods import Month

MONTHS: dict[str, int] = {
    EnvoiProgramme.Rythme.MENSUEL: 1,
    EnvoiProgramme.Rythme.TRIMESTRIEL: 3,
}


def next_date(rythme: str, jour: int, after: date) -> date:
    """The first date of the schedule strictly after a day; `jour` is 1 to 28."""
    every = MONTHS[rythme]
    month = Month.of(after)
    while (month.month - 1) % every or month.day(jour) <= after:
        month = month + 1
    return month.day(jour)


def period_of(rythme: str, prevu_le: date) -> tuple[Month, Month]:
    """First and last months of the file of a date."""
    month = Month.of(prevu_le)
    return month - MONTHS[rythme], month - 1
