"""The PDF of a recovery order, for those who see the order (404 for the others)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apps.core.pdf import pdf_page
from apps.recoveries.documents import order_file
from apps.recoveries.models import OrdreDeRecouvrer


@require_safe
def ordre_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The archived order, drawn the first time it is asked for."""
    found = get_object_or_404(OrdreDeRecouvrer.objects.visible_to(request.acting), pk=pk)
    return pdf_page(request, lambda: order_file(found.pk), "recoveries:liste")
