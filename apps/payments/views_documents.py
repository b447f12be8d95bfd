"""The PDF of a notice of payment, for those who see its annex (404 for the others)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apps.core.pdf import pdf_page
from apps.payments.documents import notice_file
from apps.payments.models import AvisDePaiement


@require_safe
def avis(request: HttpRequest, pk: int) -> HttpResponse:
    """The archived notice, drawn the first time it is asked for."""
    found = get_object_or_404(AvisDePaiement.objects.visible_to(request.acting), pk=pk)
    return pdf_page(request, lambda: notice_file(found.pk), "payments:liste")
