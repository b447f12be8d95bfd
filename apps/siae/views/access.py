"""What every screen here begins with: find within the scope (404), then check the role (403)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from apps.core.verdicts import Verdict
from apps.siae.models import Contrat, Salarie, Structure


def require(verdict: Verdict) -> None:
    if not verdict:
        raise PermissionDenied(verdict.reason)


def find_structure(request: HttpRequest, pk: int) -> Structure:
    return get_object_or_404(Structure.objects.visible_to(request.acting), pk=pk)


def find_salarie(request: HttpRequest, pk: int) -> Salarie:
    seen = Salarie.objects.visible_to(request.acting).select_related("structure")
    return get_object_or_404(seen, pk=pk)


def find_contrat(request: HttpRequest, pk: int) -> Contrat:
    seen = Contrat.objects.visible_to(request.acting).select_related(
        "salarie__structure", "siae", "parent"
    )
    return get_object_or_404(seen, pk=pk)


def trail(*objects: Any) -> list[dict[str, str]]:
    """Breadcrumb entries of a page: structures and salariés that lead to it."""
    names = {Structure: "siae:structure", Salarie: "siae:salarie"}
    return [{"libelle": str(o), "nom": names[type(o)], "pk": o.pk} for o in objects]
