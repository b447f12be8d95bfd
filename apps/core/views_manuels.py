"""The user manuals, on screen and in PDF; open to all, as the on-line help is."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from apps.core.errors import Refus
from apps.core.manuals import Manuel, manual, manual_pdf


@login_not_required
@require_safe
def manuel(request: HttpRequest, nom: str) -> HttpResponse:
    return render(request, "core/manuel.html", {"manuel": _find(nom)})


@login_not_required
@require_safe
def manuel_pdf(request: HttpRequest, nom: str) -> HttpResponse:
    """The manual as a PDF; where PDF cannot be drawn, its page says so."""
    found = _find(nom)
    try:
        stored = manual_pdf(found)
    except Refus as refus:
        messages.error(request, str(refus))
        return redirect("core:manuel", nom)
    with default_storage.open(stored) as contents:
        response = HttpResponse(contents.read(), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="manuel-{nom}.pdf"'
    return response


def _find(nom: str) -> Manuel:
    found = manual(nom)
    if found is None:
        raise Http404("No such manual.")
    return found
