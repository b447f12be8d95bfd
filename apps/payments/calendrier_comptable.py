"""The accounting months as the screen of the locks shows them: state, lock, turn (spec 05 §6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from apps.payments.clotures import next_to_lock, next_year_to_lock
from apps.payments.empreinte import first_month, last_month
from apps.payments.models import Cloture
from apps.rules.periods import Month, month_range


@dataclass(frozen=True, slots=True)
class MoisComptable:
    """`verrou`: its lock; `rouverte`: the last lock that was opened again; `a_son_tour`: the
    month that may be locked now."""

    mois: Month
    verrou: Cloture | None
    rouverte: Cloture | None
    a_son_tour: bool
    termine: bool


@dataclass(frozen=True, slots=True)
class AnneeComptable:
    annee: int
    verrou: Cloture | None
    a_son_tour: bool
    mois: Sequence[MoisComptable]

    @property
    def titre(self) -> str:
        """Caption of its table."""
        return f"Mois de l’année {self.annee}"


def calendar_of(on: date) -> list[AnneeComptable]:
    """Months from the first entry to the present one, the latest year first. Constant queries."""
    first, last = first_month(), last_month()
    if first is None or last is None:
        return []
    locks, opened = _locks()
    turn, year_turn = next_to_lock(), next_year_to_lock()
    months = [
        MoisComptable(
            mois=month,
            verrou=locks.get(("MOIS", month.first_day)),
            rouverte=opened.get(("MOIS", month.first_day)),
            a_son_tour=month == turn and month.last_day < on,
            termine=month.last_day < on,
        )
        for month in month_range(first, max(Month.of(on), last))
    ]
    years = [
        AnneeComptable(
            annee=annee,
            verrou=locks.get(("ANNEE", date(annee, 1, 1))),
            a_son_tour=annee == year_turn,
            mois=list(found),
        )
        for annee, found in groupby(months, key=lambda row: row.mois.year)
    ]
    return years[::-1]


def opened_with(cloture: Cloture) -> list[Cloture]:
    """The locks that opening this one again opens: its own, those that follow, their years."""
    return list(Cloture.objects.locked().filter(fin__gte=cloture.fin).order_by("fin", "-nature"))


Locks = dict[tuple[str, date], Cloture]


def _locks() -> tuple[Locks, Locks]:
    """Present locks, and the last one of each period that was opened again."""
    locks: Locks = {}
    opened: Locks = {}
    for cloture in Cloture.objects.select_related("verrouille_par").order_by("pk"):
        kept = locks if cloture.etat == Cloture.Etat.VERROUILLEE else opened
        kept[cloture.nature, cloture.debut] = cloture
    return locks, opened
