"""Reading annexes: the list, the page of one, its history, its signed PDF, the CAOM consumption."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from apps.annexes import permissions
from apps.annexes.acts import acts_of
from apps.annexes.archives import archives_of
from apps.annexes.checks import check_version
from apps.annexes.consumption import consumption_by_mesure, consumption_of
from apps.annexes.differences import differences
from apps.annexes.filters import AnnexeFilter
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.annexes.tables import AnnexeTable
from apps.annexes.views.access import find_annexe, find_version, summary, versions_of
from apps.conventions.models import Caom
from apps.core.clock import today
from apps.core.views import ListPage
from apps.journal.history import events
from apps.journal.models import Entree


class Annexes(ListPage):
    model = AnnexeFinanciere
    table_class = AnnexeTable
    filterset_class = AnnexeFilter
    template_name = "annexes/liste.html"

    def get_queryset(self) -> QuerySet[Any]:
        acting = self.request.acting
        return (
            super().get_queryset().with_display().with_figures_seen_by(acting).with_signals(acting)
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        acting = self.request.acting
        return super().get_context_data(
            peut_creer=acting.is_ddets, peut_revaloriser=permissions.can_revalue(acting), **kwargs
        )


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Summary, financing, checks, acts, versions; the schedule comes as a fragment."""
    annexe = find_annexe(request, pk)
    versions = versions_of(request, annexe)
    waiting = next((v for v in versions if v.etat in VersionAnnexe.ETATS_EN_PREPARATION), None)
    shown = next((v for v in versions if v.pk == annexe.courante_id), versions[0])
    acting = request.acting
    acts = acts_of(acting, annexe, waiting)
    context = summary(shown) | {
        "annexe": annexe,
        "en_preparation": waiting,
        "constats": _findings(request, waiting),
        "actes": acts,
        "actes_impossibles": [act for act in acts if not act.verdict],
        "versions": _with_differences(versions),
        "suspensions": annexe.suspensions.open(),
        "peut_lever": permissions.can_suspend(acting, annexe),
        "a_echeancier": shown.etat in VersionAnnexe.ETATS_PAYES,
    }
    return render(request, "annexes/detail.html", context)


def _findings(request: HttpRequest, version: VersionAnnexe | None) -> list[Any] | None:
    """Checks are for those who instruct and control."""
    if version is None or not (request.acting.is_ddets or request.acting.is_asp):
        return None
    return check_version(version, on=today())


def _with_differences(versions: list[VersionAnnexe]) -> list[dict[str, Any]]:
    """Each version, the latest first, with what it changed from the one before."""
    rows = [
        {"version": later, "differences": differences(b, later)} for later, b in pairwise(versions)
    ]
    return [*rows, {"version": versions[-1], "differences": []}]


@require_safe
def documents(request: HttpRequest, pk: int) -> HttpResponse:
    """Every file of an annex: its own, then those issued since, as archived."""
    annexe = find_annexe(request, pk)
    context = {
        "annexe": annexe,
        "versions": versions_of(request, annexe),
        "archives": archives_of(request.acting, annexe),
    }
    return render(request, "annexes/documents.html", context)


@require_safe
def historique(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything the journal holds on an annex and the versions one may see of it."""
    annexe = find_annexe(request, pk)
    versions = [version.pk for version in versions_of(request, annexe)]
    of_versions = Q(objet_type="annexes.versionannexe", objet_id__in=versions)
    of_annexe = Q(objet_type="annexes.annexefinanciere", objet_id=annexe.pk)
    entrees = Entree.objects.filter(of_versions | of_annexe)
    context = {"annexe": annexe, "entrees": events(entrees, request.acting)}
    return render(request, "annexes/historique.html", context)


@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF]})
@require_safe
def piece_voir(request: HttpRequest, pk: int) -> FileResponse:
    """The signed annex, shown beside the checks or in a page of its own."""
    version = find_version(request, pk)
    if not version.piece or not version.piece.storage.exists(version.piece.name):
        raise Http404("No signed annex.")
    name = f"{version}.pdf".replace(" ", "-")
    return FileResponse(version.piece.open("rb"), content_type="application/pdf", filename=name)


@require_safe
def consommation(request: HttpRequest, caom_id: int) -> HttpResponse:
    """Consumption of a CAOM: a fragment of its page, or a page of its own."""
    caoms = Caom.objects.visible_to(request.acting).select_related("financeur")
    caom = get_object_or_404(caoms.prefetch_related("objectifs"), pk=caom_id)
    context = {
        "caom": caom,
        "consommation": consumption_of(caom, on=today()),
        "par_mesure": consumption_by_mesure(caom, today()),
    }
    fragment = "HX-Request" in request.headers
    name = "annexes/consommation.html" if fragment else "annexes/consommation_page.html"
    return render(request, name, context)
