"""Screens of the contracts: list, series, hiring, correction, renewal, exit and its withdrawal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.pages import perform
from apps.core.views import ListPage
from apps.siae import permissions, services
from apps.siae.checks import warnings_of
from apps.siae.fiche import contrat_of
from apps.siae.filters import ContratFilter
from apps.siae.forms import (
    AnnulationSortieForm,
    ContratForm,
    ContratModifieForm,
    RenouvellementForm,
    SortieForm,
)
from apps.siae.models import Contrat, Salarie
from apps.siae.tables import ContratListeTable, ContratTable
from apps.siae.views.access import (
    find_contrat,
    find_salarie,
    form_page,
    perform_revised,
    require,
)


class Contrats(ListPage):
    """Across a structure: what ends soon, which PASS IAE runs out, who has left."""

    model = Contrat
    table_class = ContratListeTable
    filterset_class = ContratFilter
    template_name = "siae/contrats.html"

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("salarie", "siae__structure")


@require_safe
def contrat(request: HttpRequest, pk: int) -> HttpResponse:
    """A contract in words, with the series it belongs to and the structure's acts."""
    acting, found = request.acting, find_contrat(request, pk)
    services.note_reading(acting, found.salarie)
    editable = permissions.can_edit_salaries(acting, found.salarie.structure)
    seen = Contrat.objects.visible_to(acting)
    serie = ContratTable(
        seen.of_series(found).with_renewed().select_related("siae"), modifiable=bool(editable)
    )
    context = {
        "contrat": found,
        "termes": contrat_of(found),
        "table": serie,
        "alertes": warnings_of(found) if editable else [],
        "peut_lire_historique": permissions.can_read_history(acting),
        "fil": [{"libelle": str(found.salarie), "url": _fiche_url(found)}],
    }
    return render(request, "siae/contrat.html", context)


def _fiche_url(contrat: Contrat) -> str:
    return reverse("siae:salarie", args=[contrat.salarie_id])


@require_http_methods(["GET", "POST"])
def contrat_creer(request: HttpRequest, pk: int) -> HttpResponse:
    salarie = find_salarie(request, pk)
    require(permissions.can_edit_salaries(request.acting, salarie.structure))
    siaes = salarie.structure.siaes.order_by("mesure")
    form = ContratForm(request.POST or None, siaes=siaes)
    if form.is_valid() and _written(
        request,
        lambda: services.create_contrat(request.acting, salarie, **form.cleaned_data),
        "Le contrat est enregistré.",
    ):
        return redirect("siae:salarie", pk)
    return _page(request, salarie, form, "Enregistrer un contrat", "Enregistrer le contrat")


@require_http_methods(["GET", "POST"])
def contrat_modifier(request: HttpRequest, pk: int) -> HttpResponse:
    contrat = _editable(request, pk)
    form = ContratModifieForm(request.POST or None, instance=contrat)
    if form.is_valid() and (
        written := perform_revised(
            request,
            form,
            lambda: services.update_contrat(request.acting, contrat, **form.cleaned_data),
            "Le contrat est modifié.",
        )
    ):
        _warn(request, written)
        return redirect("siae:salarie", contrat.salarie_id)
    return _page(request, contrat.salarie, form, "Modifier le contrat", "Enregistrer", contrat)


@require_http_methods(["GET", "POST"])
def contrat_renouveler(request: HttpRequest, pk: int) -> HttpResponse:
    contrat = _editable(request, pk)
    form = RenouvellementForm(request.POST or None, initial=_proposed(contrat))
    if form.is_valid() and _written(
        request,
        lambda: services.renew_contrat(request.acting, contrat, **form.cleaned_data),
        "Le contrat est renouvelé.",
    ):
        return redirect("siae:salarie", contrat.salarie_id)
    return _page(request, contrat.salarie, form, "Renouveler le contrat", "Renouveler", contrat)


@require_http_methods(["GET", "POST"])
def contrat_sortie(request: HttpRequest, pk: int) -> HttpResponse:
    contrat = _editable(request, pk)
    recorded = {"date_sortie": contrat.date_sortie, "motif_sortie": contrat.motif_sortie}
    form = SortieForm(request.POST or None, initial=recorded)
    if form.is_valid() and perform(
        request,
        lambda: services.record_exit(request.acting, contrat, **form.cleaned_data),
        "La sortie est enregistrée.",
    ):
        return redirect("siae:salarie", contrat.salarie_id)
    titre = "Enregistrer la sortie du salarié"
    return _page(request, contrat.salarie, form, titre, "Enregistrer la sortie", contrat)


@require_http_methods(["GET", "POST"])
def contrat_annuler_sortie(request: HttpRequest, pk: int) -> HttpResponse:
    contrat = _editable(request, pk)
    form = AnnulationSortieForm(request.POST or None)
    if form.is_valid() and perform(
        request,
        lambda: services.cancel_exit(request.acting, contrat, **form.cleaned_data),
        "La sortie est annulée : le contrat court de nouveau jusqu’à sa fin prévue.",
    ):
        return redirect("siae:salarie", contrat.salarie_id)
    titre = "Annuler la sortie du salarié"
    return _page(request, contrat.salarie, form, titre, "Annuler la sortie", contrat)


def _editable(request: HttpRequest, pk: int) -> Contrat:
    contrat = find_contrat(request, pk)
    require(permissions.can_edit_salaries(request.acting, contrat.salarie.structure))
    return contrat


def _written(request: HttpRequest, act: Callable[[], Contrat], success: str) -> Contrat | None:
    """Write a contract, then say what its hours may come up against."""
    contrat: Contrat | None = perform(request, act, success)
    if contrat:
        _warn(request, contrat)
    return contrat


def _warn(request: HttpRequest, contrat: Contrat) -> None:
    for warning in warnings_of(contrat):
        messages.warning(request, warning)


def _proposed(contrat: Contrat) -> dict[str, Any]:
    """A renewal starts the day after, on the same terms."""
    return {
        "debut": contrat.fin + timedelta(days=1),
        "forme": contrat.forme,
        "heures_hebdo": contrat.heures_hebdo,
        "salaire_brut": contrat.salaire_brut,
        "code_rome": contrat.code_rome,
        "autre_aide_etat": contrat.autre_aide_etat,
    }


def _page(
    request: HttpRequest,
    salarie: Salarie,
    form: Any,
    titre: str,
    libelle: str,
    contrat: Contrat | None = None,
) -> HttpResponse:
    if contrat is not None:  # read again: the form has written on its copy
        contrat = find_contrat(request, contrat.pk)
    return form_page(
        request,
        form,
        titre=titre,
        libelle=libelle,
        about=salarie,
        template="siae/contrat_formulaire.html",
        contrat=contrat,
        salarie=salarie,
        annulable=contrat is not None and contrat.date_sortie and "date_sortie" in form.fields,
    )
