"""What every screen here begins with: find within the scope (404), then check the role (403)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from apps.annexes.conditions import conditions_of
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.core.verdicts import Verdict


def require(verdict: Verdict) -> None:
    """The page is not for this role."""
    if not verdict:
        raise PermissionDenied(verdict.reason)


def turned_back(request: HttpRequest, verdict: Verdict, annexe_id: int) -> HttpResponse | None:
    """Opening the page of an act that the state forbids: back to the annex, with the reason.

    A form already sent goes on to the service, which refuses it with the same words and leaves
    what was typed on the page.
    """
    if verdict or request.method == "POST":
        return None
    messages.error(request, verdict.reason)
    return redirect("annexes:detail", annexe_id)


def find_annexe(request: HttpRequest, pk: int) -> AnnexeFinanciere:
    seen = AnnexeFinanciere.objects.visible_to(request.acting).with_display()
    return get_object_or_404(seen, pk=pk)


def find_version(request: HttpRequest, pk: int) -> VersionAnnexe:
    return get_object_or_404(_readable(request), pk=pk)


def versions_of(request: HttpRequest, annexe: AnnexeFinanciere) -> list[VersionAnnexe]:
    """Versions of an annex that one may see, the latest first."""
    found = list(_readable(request).filter(annexe=annexe).order_by("-modification"))
    for version in found:
        version.annexe = annexe
    return found


def current_of(version: VersionAnnexe) -> VersionAnnexe | None:
    """The version in force that an amendment would replace; None for a first version."""
    if not version.modification or version.annexe.courante_id is None:
        return None
    return (
        VersionAnnexe.objects.select_related("financeur_cd", "annexe")
        .prefetch_related("montants_unitaires")
        .get(pk=version.annexe.courante_id)
    )


def summary(version: VersionAnnexe) -> dict[str, Any]:
    """What `annexes/figures.html` shows of a version."""
    conditions = conditions_of(version)
    return {
        "version": version,
        "conditions": conditions,
        "montant_etat": version.montant_total - version.montant_cd,
        "taux_etat": conditions.taux_etat,
    }


def _readable(request: HttpRequest):  # type: ignore[no-untyped-def]
    return (
        VersionAnnexe.objects.visible_to(request.acting)
        .select_related(
            "annexe__siae__structure",
            "annexe__convention",
            "annexe__courante",
            "siae__structure",
            "financeur_cd",
            "notification",
            "signataire__organisation",
            "transmise_par",
        )
        .prefetch_related(Prefetch("montants_unitaires"))
    )
