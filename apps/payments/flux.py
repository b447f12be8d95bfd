"""Money that came into and left the treasury of the mandates, read from the ledger (account 515).

Every event is of one kind: funds of the département, aid, recoveries, funds paid back; so that the
kinds always add up to the treasury. Read by the calls for funds, the funds pages, the yearly
settlement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce, TruncMonth

from apps.payments.ledger import TRESOR
from apps.payments.models import Ecriture, Mouvement
from apps.rules.money import ZERO
from apps.rules.periods import Month, month_range

Evenement = Ecriture.Evenement

FONDS = {Evenement.FONDS_RECUS}
REVERSES = {Evenement.FONDS_REVERSES}
INDUS = {
    Evenement.ENCAISSEMENT,
    Evenement.EXCEDENT,
    Evenement.EXCEDENT_REMBOURSE,
}
# Each of its entries is both: what is paid to the structure, and what is recovered from it.
DOUBLES = {Evenement.COMPENSATION}


@dataclass(slots=True)
class Flux:
    """Sums of a period for one mandate, in euros, each counted above 0 in its own direction.

    `aide` is what was paid, returned transfers taken off, re-imputations included.
    """

    fonds: Decimal = ZERO
    aide: Decimal = ZERO
    indus: Decimal = ZERO
    reverses: Decimal = ZERO

    @property
    def solde(self) -> Decimal:
        """By how much the treasury grew."""
        return self.fonds + self.indus - self.aide - self.reverses

    @property
    def sorties(self) -> Decimal:
        return self.aide + self.reverses

    def add(self, evenement: str, debit: Decimal, credit: Decimal) -> None:
        """Count the movements of one event: 515 is debited by what comes in."""
        if evenement in FONDS:
            self.fonds += debit - credit
        elif evenement in REVERSES:
            self.reverses += credit - debit
        elif evenement in INDUS:
            self.indus += debit - credit
        elif evenement in DOUBLES:
            self.indus += debit
            self.aide += credit
        else:
            self.aide += credit - debit

    def __add__(self, other: Flux) -> Flux:
        return Flux(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Flux)))


def flows(
    mandat_ids: Iterable[int], *, depuis: date | None = None, jusqu_a: date | None = None
) -> dict[int, Flux]:
    """Flows of each mandate between two days, both included; absent when nothing moved.

    One query.
    """
    found: dict[int, Flux] = {}
    for mandat, evenement, debit, credit in _rows(mandat_ids, depuis, jusqu_a).values_list(
        "mandat", "nature_flux", "entrees", "sorties"
    ):
        found.setdefault(mandat, Flux()).add(evenement, debit, credit)
    return found


def flow(mandat_id: int, *, depuis: date | None = None, jusqu_a: date | None = None) -> Flux:
    """The same for one mandate."""
    return flows([mandat_id], depuis=depuis, jusqu_a=jusqu_a).get(mandat_id, Flux())


def treasury_on(mandat_id: int, day: date) -> Decimal:
    """Treasury of a mandate at the end of a day, in euros."""
    return flow(mandat_id, jusqu_a=day).solde


@dataclass(frozen=True, slots=True)
class MoisDeFonds:
    """A month of a mandate: its flows, and the treasury at its end, in euros."""

    mois: Month
    flux: Flux
    tresorerie: Decimal


def months_of(mandat_id: int, annee: int, until: date) -> list[MoisDeFonds]:
    """The months of a year, up to that of `until`, with the treasury after each: two queries."""
    balance = treasury_on(mandat_id, date(annee - 1, 12, 31))
    by_month: dict[Month, Flux] = {}
    rows = _movements([mandat_id], date(annee, 1, 1), date(annee, 12, 31))
    grouped = (
        rows.annotate(mois=TruncMonth("ecriture__jour"))
        .values("mois", "nature_flux")
        .annotate(entrees=Sum("debit"), sorties=Sum("credit"))
        .values_list("mois", "nature_flux", "entrees", "sorties")
    )
    for mois, evenement, debit, credit in grouped:
        by_month.setdefault(Month.of(mois), Flux()).add(evenement, debit, credit)
    last = min(Month(annee, 12), max([Month.of(until), *by_month]))
    found = []
    for mois in month_range(Month(annee, 1), last):
        flux = by_month.get(mois, Flux())
        balance += flux.solde
        found.append(MoisDeFonds(mois, flux, balance))
    return found


def change_of(mandat_id: int, compte: str, depuis: date, jusqu_a: date) -> Decimal:
    """Debit minus credit of an account of a mandate between two days, both included, in euros."""
    movements = Mouvement.objects.filter(
        mandat=mandat_id, compte=compte, ecriture__jour__gte=depuis, ecriture__jour__lte=jusqu_a
    )
    return movements.aggregate(solde=Sum(F("debit") - F("credit")))["solde"] or ZERO


def document_balances(mandat_id: int, comptes: Collection[str]) -> dict[tuple[str, str], Decimal]:
    """Debit minus credit of accounts of a mandate, per (account, document), where it is not 0."""
    rows = (
        Mouvement.objects.filter(mandat=mandat_id, compte__in=comptes)
        .order_by()
        .values_list("compte", "ecriture__reference")
        .annotate(solde=Sum(F("debit") - F("credit")))
        .exclude(solde=0)
    )
    return {(compte, reference): solde for compte, reference, solde in rows}


def _movements(mandat_ids: Iterable[int], depuis: date | None, jusqu_a: date | None) -> Any:
    """Movements of the treasury with the event that each is about: that of the entry it reverses,
    for a reversal."""
    within = Q(compte=TRESOR, mandat__in=list(mandat_ids))
    if depuis is not None:
        within &= Q(ecriture__jour__gte=depuis)
    if jusqu_a is not None:
        within &= Q(ecriture__jour__lte=jusqu_a)
    event = Coalesce("ecriture__extourne__evenement", "ecriture__evenement")
    return Mouvement.objects.filter(within).order_by().annotate(nature_flux=event)


def _rows(mandat_ids: Iterable[int], depuis: date | None, jusqu_a: date | None) -> Any:
    rows = _movements(mandat_ids, depuis, jusqu_a).values("mandat", "nature_flux")
    return rows.annotate(entrees=Sum("debit"), sorties=Sum("credit"))


def flows_by_year(mandat_id: int) -> dict[int, Flux]:
    """Flows of each year in which something moved: one query."""
    found: dict[int, Flux] = {}
    rows = (
        _movements([mandat_id], None, None)
        .values("ecriture__jour__year", "nature_flux")
        .annotate(entrees=Sum("debit"), sorties=Sum("credit"))
        .values_list("ecriture__jour__year", "nature_flux", "entrees", "sorties")
    )
    for annee, evenement, debit, credit in rows:
        found.setdefault(annee, Flux()).add(evenement, debit, credit)
    return found
