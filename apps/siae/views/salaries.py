"""Screens of the salariés: list, fiche, entry, history of an object."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.pages import perform
from apps.core.views import ListPage
from apps.journal.history import history_of
from apps.siae import permissions, services
from apps.siae.filters import SalarieFilter
from apps.siae.forms import SalarieForm
from apps.siae.models import Contrat, Salarie, Structure
from apps.siae.tables import ContratTable, SalarieTable
from apps.siae.views.access import (
    find_contrat,
    find_salarie,
    find_structure,
    form_page,
    require,
)


class Salaries(ListPage):
    model = Salarie
    table_class = SalarieTable
    filterset_class = SalarieFilter
    template_name = "siae/salaries.html"

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset().select_related("structure")
        return rows.with_contrats_seen_by(self.request.acting)


@require_safe
def salarie(request: HttpRequest, pk: int) -> HttpResponse:
    """The fiche; a département sees the contracts of the periods it co-finances."""
    acting, found = request.acting, find_salarie(request, pk)
    services.note_reading(acting, found)
    editable = permissions.can_edit_salaries(acting, found.structure)
    contrats = Contrat.objects.visible_to(acting).filter(salarie=found).with_renewed()
    context = {
        "salarie": found,
        "table": ContratTable(contrats.select_related("siae"), modifiable=bool(editable)),
        "peut_modifier": editable,
        "peut_lire_historique": permissions.can_read_history(acting),
    }
    return render(request, "siae/salarie.html", context)


@require_http_methods(["GET", "POST"])
def salarie_creer(request: HttpRequest) -> HttpResponse:
    """A new fiche of one's own structure; a known PASS IAE leads to the fiche that bears it."""
    own = Structure.objects.filter(organisation=request.acting.organisation_id).first()
    require(permissions.can_edit_salaries(request.acting, own or Structure()))
    form = SalarieForm(request.POST or None)
    if form.is_valid() and (created := _create(request, own, form)):
        return redirect("siae:contrat_creer", created.pk)
    pass_iae = form.cleaned_data.get("pass_iae") if form.is_bound else None
    return form_page(
        request,
        form,
        titre="Enregistrer un salarié",
        libelle="Enregistrer le salarié",
        retour=reverse("siae:salaries"),
        template="siae/salarie_formulaire.html",
        existante=own.salaries.filter(pass_iae=pass_iae).first() if pass_iae else None,
    )


def _create(request: HttpRequest, structure: Structure, form: SalarieForm) -> Salarie | None:
    created: Salarie | None = perform(
        request,
        lambda: services.create_salarie(request.acting, structure, **form.cleaned_data),
        lambda salarie: f"La fiche n° {salarie.numero} est créée. Enregistrez le contrat.",
    )
    if created:
        for other in Salarie.objects.homonyms_of(created):
            messages.warning(
                request,
                f"Une autre fiche porte les mêmes nom et date de naissance : n° {other.numero}. "
                "Vérifiez qu’il ne s’agit pas de la même personne.",
            )
    return created


@require_http_methods(["GET", "POST"])
def salarie_modifier(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_salarie(request, pk)
    require(permissions.can_edit_salaries(request.acting, found.structure))
    form = SalarieForm(request.POST or None, instance=found)
    if form.is_valid() and perform(
        request,
        lambda: services.update_salarie(request.acting, found, **form.cleaned_data),
        "La fiche est modifiée.",
    ):
        return redirect("siae:salarie", pk)
    template = "siae/salarie_formulaire.html"
    titre, libelle = "Modifier la fiche", "Enregistrer"
    return form_page(request, form, titre=titre, libelle=libelle, about=found, template=template)


@require_safe
def historique(request: HttpRequest, objet: str, pk: int) -> HttpResponse:
    """Who did what to a structure, a salarié or a contract. Closed to the départements."""
    find = {"structure": find_structure, "salarie": find_salarie, "contrat": find_contrat}
    found = find[objet](request, pk)
    require(permissions.can_read_history(request.acting))
    context = {"objet": found, "entrees": history_of(found)[:200]}
    return render(request, "siae/historique.html", context)
