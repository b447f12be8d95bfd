"""Instalments of a payment plan: equal monthly sums, to the cent, and what cash covers of them.

Text: convention de mandat, art. 5 (« l’ASP peut accorder des délais de paiement »). Pure; called
by the services and the screens of the plans.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from apps.rules.money import ZERO, divide, total, truncated
from apps.rules.periods import Month


class Tranche(NamedTuple):
    """One instalment, in euros, due on a day at the latest."""

    le: date
    montant: Decimal


def monthly_dates(premiere: date, nombre: int) -> list[date]:
    """The same day of consecutive months; the last day of a month that does not have it."""
    first = Month.of(premiere)
    months = [first + rank for rank in range(nombre)]
    return [month.first_day.replace(day=min(premiere.day, month.last_day.day)) for month in months]


def spread(montant: Decimal, dates: Sequence[date]) -> list[Tranche]:
    """`montant` over the dates in equal instalments, in whole cents; the last one takes what the
    others leave, so that they add up exactly.

    Raises ValueError without a date, or when an instalment would be less than a cent.
    """
    if not dates:
        raise ValueError("no date")
    each = truncated(divide(montant, Decimal(len(dates))))
    last = montant - each * (len(dates) - 1)
    if each <= 0:
        raise ValueError(f"{montant} over {len(dates)} instalments")
    amounts = [each] * (len(dates) - 1) + [last]
    return [Tranche(day, amount) for day, amount in zip(dates, amounts, strict=True)]


def allot(paye: Decimal, montants: Iterable[Decimal]) -> list[Decimal]:
    """What of `paye` covers each instalment, the oldest first; what is beyond them is left out."""
    left, covered = max(paye, ZERO), []
    for montant in montants:
        part = min(left, montant)
        covered.append(part)
        left -= part
    return covered


def unpaid(paye: Decimal, tranches: Sequence[Tranche], avant: date) -> Decimal:
    """What is missing, in euros, of the instalments due before a day."""
    covered = allot(paye, [tranche.montant for tranche in tranches])
    return total(
        tranche.montant - part
        for tranche, part in zip(tranches, covered, strict=True)
        if tranche.le < avant
    )
