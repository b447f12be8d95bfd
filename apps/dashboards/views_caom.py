"""Follow-up of the CAOM: one line per convention of a year, then its annexes by structure."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.conventions.models import Caom
from apps.core.clock import today
from apps.dashboards.suivi_caom import chart_of, follow_up


@require_safe
def suivi_caom(request: HttpRequest) -> HttpResponse:
    """The CAOM of one year (the last one by default), with their figures."""
    caoms = _readable(request)
    years = sorted(set(caoms.order_by().values_list("annee", flat=True)), reverse=True)
    asked = request.GET.get("annee", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and int(asked) in years else None
    chosen = year or _default(years)
    suivis = follow_up(request.acting, list(caoms.filter(annee=chosen)), today())
    context = {"suivis": suivis, "annees": years, "annee": chosen}
    return render(request, "dashboards/suivi_caom.html", context)


@require_safe
def detail(request: HttpRequest, caom_id: int) -> HttpResponse:
    """One CAOM, annex by annex."""
    caom = get_object_or_404(_readable(request), pk=caom_id)
    suivi = follow_up(request.acting, [caom], today())[0]
    context = {"suivi": suivi, "caom": caom, "graphique": chart_of(suivi)}
    return render(request, "dashboards/suivi_caom_detail.html", context)


def _readable(request: HttpRequest):  # type: ignore[no-untyped-def]
    """The CAOM are the business of their signatories, and of the ASP that pays for them."""
    if request.acting.is_siae or request.acting.is_admin:
        raise PermissionDenied
    return (
        Caom.objects.visible_to(request.acting)
        .select_related("financeur")
        .prefetch_related("objectifs")
    )


def _default(years: list[int]) -> int | None:
    """The current year, or the last one before it."""
    current = today().year
    return next((year for year in years if year <= current), years[-1] if years else None)
