"""Fingerprint of the ledger: SHA-256 chained from month to month (spec 05 §6).

The fingerprint of a month is that of the line « previous fingerprint », the line of the month and
those of its entries and movements, in the order of their numbers (format: docs/accounting.md).
Whoever has the journal of entries can compute it again. Called by the locks and the accounts of
the mandates.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import Max, Min

from apps.payments.models import Cloture, Ecriture, Mouvement
from apps.rules.money import ZERO
from apps.rules.periods import Month, month_range

BATCH = 5000
OF_ENTRY = (
    "ecriture__numero",
    "ecriture__jour",
    "ecriture__evenement",
    "ecriture__reference",
    "ecriture__campagne",
    "ecriture__versement",
    "ecriture__virement",
    "ecriture__extourne__numero",
    "ecriture__libelle",
)
OF_MOVEMENT = ("compte", "financeur", "mandat", "annexe", "structure", "debit", "credit")


@dataclass(frozen=True, slots=True)
class Empreinte:
    """Of the ledger up to a day: fingerprint in hexadecimal, entries, total debit in euros."""

    sha256: str = ""
    ecritures: int = 0
    debit: Decimal = ZERO


def ledger_hash(until: date, *, since: Cloture | None = None) -> Empreinte:
    """Fingerprint of all that is posted up to a day, included.

    `since`: the lock to continue, instead of reading the ledger from its first entry. Entries and
    movements never change: the same day always has the same fingerprint, unless something was
    posted on an earlier day meanwhile, which a lock forbids. One query per month.
    """
    if since is not None:
        found = Empreinte(since.empreinte, since.ecritures, since.debit)
        first = Month.of(since.fin) + 1
    else:
        found = Empreinte()
        start = first_month()
        first = start if start else Month.of(until) + 1
    for month in month_range(first, Month.of(until)):
        found = _continued(found, month, min(month.last_day, until))
    return found


def first_month() -> Month | None:
    """Month of the oldest day of the ledger; None while it is empty."""
    jour = Ecriture.objects.aggregate(jour=Min("jour"))["jour"]
    return Month.of(jour) if jour else None


def last_month() -> Month | None:
    """Month of the latest day of the ledger; None while it is empty."""
    jour = Ecriture.objects.aggregate(jour=Max("jour"))["jour"]
    return Month.of(jour) if jour else None


def _continued(previous: Empreinte, month: Month, until: date) -> Empreinte:
    digest = hashlib.sha256(f"{previous.sha256}\n{month}\n".encode())
    ecritures, debit = previous.ecritures, previous.debit
    rows = (
        Mouvement.objects.filter(ecriture__jour__range=(month.first_day, until))
        .order_by("ecriture__numero", "pk")
        .values_list(*OF_ENTRY, *OF_MOVEMENT)
        .iterator(chunk_size=BATCH)
    )
    for entry, movements in groupby(rows, key=lambda row: row[: len(OF_ENTRY)]):
        ecritures += 1
        digest.update(_line("E", entry))
        for movement in _movements(movements):
            debit += movement[-2]
            digest.update(_line("M", movement))
    return Empreinte(digest.hexdigest(), ecritures, debit)


def _movements(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        yield row[len(OF_ENTRY) :]


def _line(kind: str, values: Iterable[Any]) -> bytes:
    """Values between bars, nothing for none; a bar or a line break inside a text is escaped."""
    texts = ("" if value is None else _plain(str(value)) for value in values)
    return ("|".join((kind, *texts)) + "\n").encode()


def _plain(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", "\\n")
