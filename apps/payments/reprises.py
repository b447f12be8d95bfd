"""What a succession moves: the balances of a département in the ledger (spec 05 §6).

Balance-sheet accounts only, per mandate, annex and structure, and per document for the recovery
orders and the overpayments; what it has borne (657, 654…) stays with the one who bore it.
Called by the preview and by the service that grants a succession.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import Case, F, QuerySet, Sum, Value, When

from apps.conventions.models import Financeur
from apps.payments import ledger
from apps.payments.models import Compte, Mouvement, Succession
from apps.payments.schemes import take_over_entry
from apps.rules.money import ZERO

BILAN = (
    ledger.A_PAYER,
    ledger.ORDRES,
    ledger.EXCEDENTS,
    ledger.FONDS,
    ledger.FRAIS_A_RECEVOIR,
    ledger.TRESOR,
    ledger.TRESOR_FRAIS,
    ledger.REIMPUTATION,
)
# Accounts whose balance is that of a document, followed one by one.
PAR_PIECE = (ledger.ORDRES, ledger.EXCEDENTS)


@dataclass(frozen=True, slots=True)
class SoldeRepris:
    """Balance of an account, in euros: debit − credit."""

    compte: Compte
    solde: Decimal

    @property
    def debiteur(self) -> Decimal | None:
        return self.solde if self.solde > 0 else None

    @property
    def crediteur(self) -> Decimal | None:
        return -self.solde if self.solde < 0 else None


@dataclass(frozen=True, slots=True)
class PieceReprise:
    """A recovery order or an overpayment that passes to the successor, debit − credit in euros."""

    reference: str
    compte: Compte
    annexe: str
    structure: str
    solde: Decimal


def entries_of(succession: Succession) -> list[ledger.Projet]:
    """Entries that move every balance: one per mandate, annex, structure and document.

    An order and its overpayment have an entry each: what became of an order is read in the other
    account of its entries (`ledger.orders_by_annexe`).
    """
    key = ("mandat", "annexe", "structure", "piece")
    rows = _balances(succession.financeur).values_list(*key, "compte", "solde")

    def entry(row: tuple[Any, ...]) -> tuple[Any, ...]:
        compte = row[len(key)]
        return (*row[: len(key)], compte if compte in PAR_PIECE else "")

    return [
        take_over_entry(
            ledger.Piece(
                annexe_id=annexe,
                structure_id=structure,
                reference=piece or succession.reference,
            ),
            succession.financeur_id,
            succession.successeur_id,
            mandat,
            [(compte, solde) for *_key, compte, solde in found],
            f"{succession.reference} – {succession.financeur} → {succession.successeur}",
        )
        for (mandat, annexe, structure, piece, _alone), found in groupby(
            rows.order_by(*key, "compte"), key=entry
        )
    ]


def totals_of(financeur: Financeur) -> list[SoldeRepris]:
    """Balance of each account that a succession moves, those of 0 left out."""
    rows = (
        Mouvement.objects.filter(financeur=financeur, compte__in=BILAN)
        .order_by("compte")
        .values_list("compte")
        .annotate(solde=Sum(F("debit") - F("credit")))
    )
    comptes = Compte.objects.in_bulk()
    return [SoldeRepris(comptes[code], solde) for code, solde in rows if solde != ZERO]


def documents_of(financeur: Financeur) -> list[PieceReprise]:
    """Orders and overpayments still open, one by one."""
    rows = (
        _balances(financeur)
        .filter(compte__in=PAR_PIECE)
        .order_by("annexe__numero", "piece")
        .values_list("piece", "compte", "annexe__numero", "structure__denomination", "solde")
    )
    comptes = Compte.objects.in_bulk()
    return [
        PieceReprise(piece, comptes[compte], annexe or "", structure or "", solde)
        for piece, compte, annexe, structure, solde in rows
    ]


def _balances(financeur: Financeur) -> QuerySet[Mouvement]:
    """Balances above or below 0 per mandate, annex, structure, document and account."""
    piece = Case(When(compte__in=PAR_PIECE, then=F("ecriture__reference")), default=Value(""))
    return (
        Mouvement.objects.filter(financeur=financeur, compte__in=BILAN)
        .annotate(piece=piece)
        .values("mandat", "annexe", "structure", "piece", "compte")
        .annotate(solde=Sum(F("debit") - F("credit")))
        .exclude(solde=0)
    )
