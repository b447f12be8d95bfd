"""Finding the case of a page of the dashboards within what the reader sees (404 otherwise)."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.core.clock import today
from apps.dashboards.dossier import Dossier, read_dossiers
from apps.dashboards.restitutions.perimetre import read_versions
from apps.dashboards.restitutions.restitution import Criteres


def find_dossier(request: HttpRequest, annexe_id: int) -> Dossier:
    """The dossier of an annex, in the version this reader sees."""
    return read_dossiers(request.acting, [find_version(request, annexe_id)], today())[0]


def find_version(request: HttpRequest, annexe_id: int) -> VersionAnnexe:
    """The version of an annex that this reader sees: the current one, or the last of theirs."""
    acting = request.acting
    annexe = get_object_or_404(AnnexeFinanciere.objects.visible_to(acting), pk=annexe_id)
    versions = read_versions(acting, Criteres(annexe=annexe))
    if not versions:
        raise Http404("No version of this annex is readable.")
    return versions[0]
