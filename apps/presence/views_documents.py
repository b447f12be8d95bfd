"""The PDF of a monthly statement, for those who see the statement (404 for the others)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apps.core.pdf import draft_page, pdf_page
from apps.presence.documents import draw_emp, statement_file
from apps.presence.models import EtatMensuel


@require_safe
def emp_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The archived statement; a draft, drawn each time, while it is being entered."""
    found = get_object_or_404(EtatMensuel.objects.visible_to(request.acting), pk=pk)
    if found.etat in EtatMensuel.ETATS_OUVERTS:
        return draft_page(request, lambda: draw_emp(found), "presence:liste")
    return pdf_page(request, lambda: statement_file(found), "presence:liste")
