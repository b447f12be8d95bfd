"""What an amendment in preparation would change: fragment of the annexes' pages, or a page."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.annexes.models import VersionAnnexe
from apps.core.clock import today
from apps.payments.forecast import forecast_amendment
from apps.rules.parameter import ParametreInconnu


@require_safe
def prevision(request: HttpRequest, version_id: int) -> HttpResponse:
    """For those who instruct and control; 404 for a version that is no amendment to come."""
    if not (request.acting.is_ddets or request.acting.is_asp):
        raise PermissionDenied
    to_come = VersionAnnexe.objects.visible_to(request.acting).filter(
        modification__gt=0,
        etat__in=VersionAnnexe.ETATS_EN_PREPARATION,
        annexe__courante__etat=VersionAnnexe.Etat.VALIDE,
    )
    version = get_object_or_404(to_come.select_related("annexe", "siae__structure"), pk=version_id)
    context: dict[str, object] = {"version": version}
    try:
        context["prevision"] = forecast_amendment(version, today())
    except ParametreInconnu as unknown:
        context["inconnu"] = str(unknown)
    fragment = request.headers.get("HX-Request")
    page = "payments/prevision_tableau.html" if fragment else "payments/prevision.html"
    return render(request, page, context)
