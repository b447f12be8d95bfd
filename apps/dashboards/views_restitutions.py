"""Restitutions on screen: one page for all of them, and that of one annex's presences."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from apps.annexes.models import AnnexeFinanciere
from apps.core.tables import PER_PAGE
from apps.core.views import PAGE_SIZES, active_filters
from apps.dashboards.ecrans import Screen, empty_screen, screen_of
from apps.dashboards.forms import CriteresForm, PeriodeForm
from apps.dashboards.permissions import can_export
from apps.dashboards.restitutions.realisations import REALISATIONS_ANNEXE
from apps.dashboards.restitutions.registry import RESTITUTIONS
from apps.dashboards.restitutions.restitution import Criteres, Restitution


def offered(request: HttpRequest, cle: str) -> Restitution:
    """The restitution of that key; 404 when there is none or it is not for this organisation."""
    restitution = RESTITUTIONS.get(cle)
    if restitution is None or not can_export(request.acting, restitution):
        raise Http404("No such restitution for this organisation.")
    return restitution


@require_safe
def ecran(request: HttpRequest, cle: str) -> HttpResponse:
    """A restitution by its key; the one that has a page of its own is read there."""
    restitution = offered(request, cle)
    if restitution.page:
        query = request.GET.urlencode()
        return redirect(f"{reverse(restitution.page)}{'?' if query else ''}{query}")
    return restitution_page(request, cle)


@require_safe
def restitution_page(request: HttpRequest, cle: str) -> HttpResponse:
    """Criteria, a page of the rows, the totals of them all: what the file of them would hold."""
    restitution = offered(request, cle)
    asked = any(request.GET.get(name) for name in restitution.filters)
    form = CriteresForm(
        request.GET if asked else None, acting=request.acting, restitution=restitution
    )
    if asked and form.errors and request.headers.get("HX-Request"):
        # The whole page again: the fault is said beside its field, and takes the focus.
        return HttpResponse(headers={"HX-Redirect": request.get_full_path()})
    ready = form.is_valid() if asked else not restitution.required
    if ready:
        criteres = Criteres(**form.cleaned_data) if asked else Criteres()
        screen = screen_of(request.acting, restitution, criteres)
    else:
        screen = empty_screen(request.acting, restitution)
    context = {
        "restitution": restitution,
        "filter": {"form": form},
        "filtres_actifs": active_filters(request, form) if asked and ready else [],
        "filtres_ouverts": screen.too_many or not ready,
        "criteres": [(name, request.GET[name]) for name in form.fields if name in request.GET],
        "complet": ready,
        "trop": screen.too_many,
        **_paged(request, screen),
    }
    return render(request, "dashboards/restitution.html", context)


@require_safe
def realisations(request: HttpRequest, annexe_id: int) -> HttpResponse:
    """« Réalisations mensuelles par salarié » of an annex, on screen, with its totals."""
    annexe = get_object_or_404(
        AnnexeFinanciere.objects.visible_to(request.acting).with_display(), pk=annexe_id
    )
    form = PeriodeForm(request.GET or None)
    period = form.cleaned_data if form.is_valid() else {}
    screen = screen_of(request.acting, REALISATIONS_ANNEXE, Criteres(annexe=annexe, **period))
    return render(
        request,
        "dashboards/restitution_realisations.html",
        {"annexe": annexe, "form": form, "trop": screen.too_many, **_paged(request, screen)},
    )


def _paged(request: HttpRequest, screen: Screen) -> dict[str, Any]:
    """The table at the page asked, with the columns asked; `tailles` are the sizes of a page."""
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(screen.table)
    screen.table.choose(request)
    return {"table": screen.table, "nombre": screen.count, "tailles": PAGE_SIZES}
