"""Screens of the recovery orders: list, an order with its bases of calculation, its history."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.core.views import ListPage
from apps.journal.history import events_of
from apps.recoveries.documents import DELAI_PAIEMENT_JOURS
from apps.recoveries.filters import OrdreFilter
from apps.recoveries.models import OrdreDeRecouvrer
from apps.recoveries.permissions import can_read_history
from apps.recoveries.tables import OrdreTable


class Ordres(ListPage):
    model = OrdreDeRecouvrer
    table_class = OrdreTable
    filterset_class = OrdreFilter
    template_name = "recoveries/ordres.html"

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("annexe", "structure", "financeur")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Total of the whole filtered list, not of the page alone."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["totaux"] = self.object_list.order_by().aggregate(
            nombre=Count("pk"), montant=Sum("montant")
        )
        return context


@require_safe
def ordre(request: HttpRequest, pk: int) -> HttpResponse:
    found = _find(request, pk)
    context = {
        "ordre": found,
        "peut_lire_historique": can_read_history(request.acting),
        "delai": DELAI_PAIEMENT_JOURS,
        "autres": OrdreDeRecouvrer.objects.visible_to(request.acting)
        .filter(annexe=found.annexe_id)
        .exclude(pk=found.pk)
        .select_related("financeur"),
    }
    return render(request, "recoveries/ordre.html", context)


@require_safe
def historique(request: HttpRequest, pk: int) -> HttpResponse:
    found = _find(request, pk)
    verdict = can_read_history(request.acting)
    if not verdict:
        raise PermissionDenied(verdict.reason)
    context = {"ordre": found, "entrees": events_of(found, request.acting)}
    return render(request, "recoveries/historique.html", context)


def _find(request: HttpRequest, pk: int) -> OrdreDeRecouvrer:
    seen = OrdreDeRecouvrer.objects.visible_to(request.acting).select_related(
        "annexe", "structure", "financeur", "versement", "propose_par", "emis_par", "document"
    )
    return get_object_or_404(seen, pk=pk)
