"""The PDF of a recovery order and of its letters, for those who see the order (404 otherwise)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apps.core.models import Fichier
from apps.core.pdf import pdf_page
from apps.recoveries.documents import order_file
from apps.recoveries.documents_actes import acte_file, compensation_file, plan_file
from apps.recoveries.models import (
    ActeDeRecouvrement,
    Compensation,
    OrdreDeRecouvrer,
    PlanDePaiement,
)


@require_safe
def ordre_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The archived order, drawn the first time it is asked for."""
    return _page(request, OrdreDeRecouvrer.objects, pk, order_file)


@require_safe
def acte_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter of an act."""
    return _page(request, ActeDeRecouvrement.objects, pk, acte_file)


@require_safe
def plan_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter that grants a plan: only one granted has it."""
    granted = PlanDePaiement.objects.filter(montant__isnull=False)
    return _page(request, granted, pk, plan_file)


@require_safe
def compensation_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The notice of set-off."""
    return _page(request, Compensation.objects, pk, compensation_file)


def _page(
    request: HttpRequest, rows: Any, pk: int, produce: Callable[[int], Fichier]
) -> HttpResponse:
    found = get_object_or_404(rows.visible_to(request.acting), pk=pk)
    return pdf_page(request, lambda: produce(found.pk), "recoveries:liste")
