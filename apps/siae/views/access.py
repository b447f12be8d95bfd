"""What the screens here share: find within the scope (404), check the role (403), show a form.

Called by the other modules of the folder.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from apps.core.pages import perform
from apps.core.verdicts import Verdict
from apps.journal.history import history_of
from apps.siae.fiche import differences
from apps.siae.models import Contrat, Salarie, Structure
from apps.siae.services import ModifieEntreTemps


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


def perform_revised(
    request: HttpRequest, form: Any, act: Callable[[], Any], success: str | Callable[[Any], str]
) -> Any:
    """As `perform`; after a change made meanwhile by somebody else, the form shows both values."""
    current: list[Any] = []

    def guarded() -> Any:
        try:
            return act()
        except ModifieEntreTemps as refus:
            current.append(refus.objet)
            raise

    result = perform(request, guarded, success)
    for objet in current:
        changed = [name for name in form.changed_data if name != "revision"]
        typed = {name: form.cleaned_data[name] for name in changed}
        form.conflit = {
            "differences": differences(objet, typed),
            "derniere": history_of(objet).first(),
        }
        form.read_again(objet)
    return result


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
    # 409: what was sent meets what somebody else has saved meanwhile; the page shows both.
    status = HTTPStatus.CONFLICT if getattr(form, "conflit", None) else HTTPStatus.OK
    return render(request, template, context, status=status)
