"""The funds of the mandates as the screens show them: treasury, what waits, what is awaited.

Lists are annotated, so that they are sorted and filtered by the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from apps.conventions.models import ConventionMandat
from apps.core.charts import Graphique, Serie
from apps.payments.flux import MoisDeFonds
from apps.payments.ledger import TRESOR
from apps.payments.models import AppelDeFonds, Mouvement, PartEnAttente, Versement
from apps.payments.treasury_charts import ABREGES

MONEY: DecimalField[Any, Any] = DecimalField(max_digits=16, decimal_places=2)


@dataclass(frozen=True, slots=True)
class Acte:
    """A link to an act on funds: its label, its address, whether it is the main one."""

    libelle: str
    url: str
    principal: bool = False


def with_situation(mandats: QuerySet[ConventionMandat]) -> QuerySet[ConventionMandat]:
    """Each mandate with `tresorerie`, `en_attente` and `a_encaisser`, in euros."""
    treasury = Mouvement.objects.filter(mandat=OuterRef("pk"), compte=TRESOR)
    waiting = PartEnAttente.objects.filter(
        mandat=OuterRef("pk"),
        liberee_le__isnull=True,
        versement__statut=Versement.Statut.EXECUTE,
    )
    awaited = AppelDeFonds.objects.awaited().filter(mandat=OuterRef("pk"))
    return mandats.select_related("financeur", "cloture").annotate(
        tresorerie=_sum(treasury, F("debit") - F("credit")),
        en_attente=_sum(waiting, F("especes") + F("reimputation")),
        a_encaisser=_sum(awaited, F("montant") - F("encaisse")),
    )


def _sum(rows: Any, figure: Any) -> Coalesce:
    """Sum of a figure over the rows of the mandate, 0 when there is none."""
    sums = rows.order_by().values("mandat").annotate(total=Sum(figure)).values("total")
    return Coalesce(Subquery(sums, output_field=MONEY), Value(Decimal(0)), output_field=MONEY)


def months_chart(rows: Sequence[MoisDeFonds], annee: int) -> Graphique:
    """Funds received, aid paid and treasury, month after month."""
    return Graphique(
        titre=f"Fonds du mandat en {annee}",
        description="Fonds reçus du département et aide payée chaque mois, trésorerie à la fin du "
        "mois.",
        abscisses=[ABREGES[row.mois.month - 1] for row in rows],
        series=[
            Serie("Fonds reçus", [row.flux.fonds for row in rows]),
            Serie("Aide payée", [row.flux.aide for row in rows]),
            Serie("Trésorerie", [row.tresorerie for row in rows], "ligne"),
        ],
        unite="€",
    )
