"""What is locked: the frontier of the months, the years, the sentence of a refusal (spec 05 §6).

Months are locked in order and opened again from one of them on: what is locked is everything up
to one day. Read by `ledger.post`, the services of the locks, the accounts of the mandates.
"""

from __future__ import annotations

from datetime import date

from django.db.models import Max

from apps.core.errors import Refus
from apps.payments.empreinte import first_month
from apps.payments.models import Cloture
from apps.rules.periods import Month


def locked_through() -> date | None:
    """Last day on which nothing is posted any more; None when no month is locked. One query."""
    locked = Cloture.objects.locked().months().aggregate(fin=Max("fin"))
    fin: date | None = locked["fin"]
    return fin


def year_locked(annee: int) -> bool:
    """Whether the accounts of a year are locked, not only its months."""
    return Cloture.objects.locked().years().filter(debut__year=annee).exists()


def require_open(jour: date) -> None:
    """Refus naming the locked month when nothing may be posted on that day."""
    locked = locked_through()
    if locked is not None and jour <= locked:
        raise Refus(
            f"Les comptes {Month.of(jour).label_with_de} sont verrouillés : datez l’opération "
            f"d’un mois ouvert (à partir du {(Month.of(locked) + 1).first_day:%d/%m/%Y}), ou "
            "demandez la réouverture de ce mois à la page « Clôtures comptables »."
        )


def next_to_lock() -> Month | None:
    """The month whose turn it is; None while the ledger is empty."""
    locked = locked_through()
    return Month.of(locked) + 1 if locked else first_month()


def next_year_to_lock() -> int | None:
    """The year whose turn it is, once its December is locked; None otherwise."""
    last = Cloture.objects.locked().years().aggregate(fin=Max("fin"))["fin"]
    first = first_month()
    annee = last.year + 1 if last else first.year if first else None
    locked = locked_through()
    return annee if annee and locked and locked >= Month(annee, 12).last_day else None


def lock_before(cloture: Cloture) -> Cloture | None:
    """The locked month that the fingerprint of a lock continues."""
    months = Cloture.objects.locked().months()
    return months.filter(fin__lt=cloture.fin).order_by("-fin").first()
