"""What the screens here share: find within the scope (404), check the role (403), show a form.

Called by the other modules of the folder.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

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


def form_page(
    request: HttpRequest,
    form: Any,
    *,
    titre: str,
    libelle: str,
    about: Structure | Salarie | None = None,
    retour: str = "",
    template: str = "siae/formulaire.html",
    **context: Any,
) -> HttpResponse:
    """A page with one form: `libelle` is its button; « Annuler » leads back to `about`."""
    if about is not None:
        about = type(about).objects.get(pk=about.pk)  # the form may have written on its copy
        name = "siae:structure" if isinstance(about, Structure) else "siae:salarie"
        retour = reverse(name, args=[about.pk])
        context["fil"] = [{"libelle": str(about), "url": retour}]
    context |= {"form": form, "titre": titre, "libelle": libelle, "retour": retour}
    return render(request, template, context)
