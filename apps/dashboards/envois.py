"""Dates of the files made on a schedule, and the period each one is about.

A monthly file of facts is about the month before its date; a quarterly one, made in January,
April, July and October, about the three months before. A file of a situation is that of its date:
an annex that has ended is still paid, settled and recovered. Called by the services and by the
screens.
"""

from __future__ import annotations

from datetime import date

from apps.dashboards.models import EnvoiProgramme
from apps.dashboards.restitutions.restitution import Restitution
from apps.rules.periods import Month, range_label

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


def subject_of(restitution: Restitution, first: Month, last: Month, prevu_le: date) -> str:
    """What the file of a date is about, in words: « mars 2023 », « situation au 05/04/2023 »."""
    return range_label(first, last) if restitution.flow else f"situation au {prevu_le:%d/%m/%Y}"
