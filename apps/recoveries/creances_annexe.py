"""Debts of an annex that survive its closing: its recovery orders still open (spec 05 §5).

Registered as a step of the closing of the annexes by the AppConfig: they may not import this
application.
"""

from __future__ import annotations

from apps.annexes.models import AnnexeFinanciere
from apps.recoveries.models import OrdreDeRecouvrer
from apps.rules.explanation import euros


def open_debts(annexe: AnnexeFinanciere) -> list[str]:
    """« Créance restant à recouvrer : OR-12, 310,00 € (Pas-de-Calais) », one per open order."""
    orders = (
        OrdreDeRecouvrer.objects.filter(annexe=annexe, etat__in=OrdreDeRecouvrer.OUVERTS)
        .select_related("financeur")
        .order_by("numero")
    )
    return [
        f"Créance restant à recouvrer : {order.reference}, {euros(order.reste)} ({order.financeur})"
        for order in orders
        if order.reste
    ]
