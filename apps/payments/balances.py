"""Reads of the ledger for its screens: general balance, ledger of an account, journal (spec 05 §2).

Sums are made by the database over the movements a person sees, in a constant number of queries.
A balance is debit − credit, in euros: above 0 it is a debit balance. Called by the screens of
« Comptabilité » and by the accounts of the mandates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import (
    DecimalField,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    Window,
)
from django.db.models.functions import Coalesce, Greatest

from apps.accounts.models import Membership
from apps.payments.models import Ecriture, Mouvement
from apps.rules.money import ZERO

EUROS: DecimalField[Decimal, Decimal] = DecimalField(max_digits=18, decimal_places=2)
NUL = Value(ZERO, output_field=EUROS)

# What a line of the balance stands for, from the coarsest to the finest.
DETAILS: dict[str, tuple[str, ...]] = {
    "compte": (),
    "financeur": ("financeur",),
    "mandat": ("financeur", "mandat"),
    "structure": ("financeur", "mandat", "structure"),
    "annexe": ("financeur", "mandat", "structure", "annexe"),
}
NAMES = {
    "financeur": "financeur__nom",
    "mandat": "mandat__reference",
    "structure": "structure__denomination",
    "annexe": "annexe__numero",
}
COLONNES = ("ouverture", "debits", "credits", "debiteur", "crediteur")


@dataclass(frozen=True, slots=True)
class Totaux:
    """Sums of a set of movements, in euros; `ouverture` and `solde` are debit − credit."""

    ouverture: Decimal
    debits: Decimal
    credits: Decimal

    @property
    def solde(self) -> Decimal:
        return self.ouverture + self.debits - self.credits


def general_balance(
    movements: QuerySet[Mouvement], *, du: date | None, au: date | None, detail: str = "mandat"
) -> QuerySet[Mouvement]:
    """A dict per account and `detail`: opening, debits, credits, closing between two days.

    Keys: `compte`, `compte__libelle`, those of `detail` with their names, `ouverture`, `debits`,
    `credits`, `solde`, `debiteur`, `crediteur`. Accounts without any figure are left out.
    """
    keys = DETAILS[detail]
    rows = _up_to(movements, au).order_by()
    rows = rows.values("compte", "compte__libelle", *keys, *(NAMES[key] for key in keys))
    found: QuerySet[Mouvement] = (
        rows.annotate(**_sums(du))
        .annotate(solde=F("ouverture") + F("debits") - F("credits"))
        .annotate(debiteur=Greatest(F("solde"), NUL), crediteur=Greatest(-F("solde"), NUL))
        .exclude(ouverture=0, debits=0, credits=0)
        .order_by("compte", *(NAMES[key] for key in keys), *keys)
    )
    return found


def totals_of_balance(rows: QuerySet[Mouvement]) -> dict[str, Decimal]:
    """Sums of the columns of a balance, whatever its detail, by name: debit balances equal credit
    ones when all the movements are seen."""
    found = rows.aggregate(**{f"total_{name}": Sum(name) for name in COLONNES})
    return {name: found[f"total_{name}"] or ZERO for name in COLONNES}


def totals(movements: QuerySet[Mouvement], *, du: date | None, au: date | None) -> Totaux:
    """Sums of all the movements given: over a whole ledger debits equal credits."""
    return Totaux(**_up_to(movements, au).order_by().aggregate(**_sums(du)))


def account_ledger(
    movements: QuerySet[Mouvement], *, du: date | None, au: date | None, ouverture: Decimal
) -> QuerySet[Mouvement]:
    """Movements of an account in the order of the days, each with the running balance `solde`.

    `ouverture`: balance before `du`, as `totals` gives it for the same movements.
    """
    rows = _up_to(movements, au)
    if du:
        rows = rows.filter(ecriture__jour__gte=du)
    running = Window(
        Sum(F("debit") - F("credit"), output_field=EUROS),
        order_by=("ecriture__jour", "ecriture__numero", "pk"),
    )
    return rows.annotate(solde=running + Value(ouverture, output_field=EUROS)).order_by(
        "ecriture__jour", "ecriture__numero", "pk"
    )


def journal(entries: QuerySet[Ecriture], acting: Membership) -> QuerySet[Ecriture]:
    """Entries with their amount, `montant`: the debits that this person sees."""
    seen = (
        Mouvement.objects.visible_to(acting)
        .filter(ecriture=OuterRef("pk"))
        .order_by()
        .values("ecriture")
        .annotate(total=Sum("debit"))
        .values("total")
    )
    return entries.annotate(montant=Subquery(seen, output_field=EUROS))


def _up_to(movements: QuerySet[Mouvement], au: date | None) -> QuerySet[Mouvement]:
    return movements.filter(ecriture__jour__lte=au) if au else movements


def _sums(du: date | None) -> dict[str, Coalesce]:
    """Opening before `du`, then the debits and credits since."""
    before = Q(ecriture__jour__lt=du) if du else Q(pk__isnull=True)
    since = Q(ecriture__jour__gte=du) if du else Q()
    return {
        "ouverture": Coalesce(Sum(F("debit") - F("credit"), filter=before), NUL),
        "debits": Coalesce(Sum("debit", filter=since), NUL),
        "credits": Coalesce(Sum("credit", filter=since), NUL),
    }
