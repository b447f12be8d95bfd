"""Unpaid debts per debtor on a day: amounts from the ledger, diligences from the recoveries.

Convention de mandat, art. 11: reminders, delays granted, pursuit, debts given up. An order is
known in the ledger by its document (« OR-12 »). A fixed number of queries, whatever the number of
orders. Called by the accounts of a mandate and by the restitution.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Q, QuerySet, Sum, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat

from apps.dashboards.comptes.diligences import Acte, Diligences, diligences_of
from apps.dashboards.comptes.figures import Creance
from apps.payments.ledger import ORDRES
from apps.payments.models import Ecriture, Mouvement
from apps.recoveries.models import OrdreDeRecouvrer
from apps.rules.money import ZERO

Evenement = Ecriture.Evenement


@dataclass(frozen=True, slots=True)
class Montants:
    """Account 463 of an order, in euros: issued, reduced, recovered, given up."""

    emis: Decimal
    reduit: Decimal
    abandonne: Decimal
    reste: Decimal

    @property
    def recouvre(self) -> Decimal:
        return self.emis - self.reduit - self.abandonne - self.reste


def unpaid_debts(orders: QuerySet[OrdreDeRecouvrer], on: date) -> list[Creance]:
    """Orders of `orders` that are not settled on that day, by debtor."""
    named = orders.order_by().annotate(
        piece=Concat(Value("OR-"), Cast("numero", TextField()), output_field=TextField())
    )
    amounts = amounts_of(named.values("piece"), on)
    numbers = [int(piece.removeprefix("OR-")) for piece, sums in amounts.items() if sums.reste]
    found = list(
        OrdreDeRecouvrer.objects.filter(numero__in=numbers)
        .select_related("structure", "annexe", "financeur")
        .order_by("structure__cle_tri", "structure__siret", "numero")
    )
    diligences = diligences_of(found, on)
    return [_claim(order, amounts[order.reference], diligences[order.pk], on) for order in found]


def amounts_of(pieces: Iterable[object], on: date) -> dict[str, Montants]:
    """Amounts of each order in the ledger, up to that day: one query."""

    def moved(*events: str) -> Coalesce:
        return Coalesce(
            Sum(F("debit") - F("credit"), filter=Q(ecriture__evenement__in=events)), ZERO
        )

    rows = (
        Mouvement.objects.filter(
            compte=ORDRES, ecriture__jour__lte=on, ecriture__reference__in=pieces
        )
        .order_by()
        .values_list("ecriture__reference")
        .annotate(
            emis=moved(Evenement.ORDRE),
            reduit=-moved(Evenement.REDUCTION_ORDRE),
            abandonne=-moved(*Ecriture.ABANDONS),
            reste=Sum(F("debit") - F("credit")),
        )
    )
    return {piece: Montants(*sums) for piece, *sums in rows}


def _claim(order: OrdreDeRecouvrer, sums: Montants, known: Diligences, on: date) -> Creance:
    late = (on - known.echeance).days if known.echeance else 0
    return Creance(
        structure=order.structure.denomination,
        siret=order.structure.siret,
        ordre_id=order.pk,
        numero=order.numero,
        annexe=str(order.annexe),
        financeur=str(order.financeur),
        emis_le=order.emis_le,
        emis=sums.emis,
        reduit=sums.reduit,
        recouvre=sums.recouvre,
        abandonne=sums.abandonne,
        reste=sums.reste,
        etat=known.avancement,
        notifie_le=known.actes.get(Acte.NOTIFICATION),
        echeance=known.echeance,
        retard=max(late, 0),
        relance_le=known.actes.get(Acte.RELANCE),
        mise_en_demeure_le=known.actes.get(Acte.MISE_EN_DEMEURE),
        poursuites_le=known.actes.get(Acte.FORCE),
        delais=known.delais,
        suites=known.suites,
    )
