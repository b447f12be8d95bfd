"""Screens of the salariés: list, fiche, entry, and the fiche that is already known."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.pages import perform
from apps.core.views import ListPage
from apps.siae import permissions, services
from apps.siae.codes import Orienteur, TypeMesure
from apps.siae.fiche import differences, fiche_of
from apps.siae.filters import SalarieFilter
from apps.siae.forms import NirForm, SalarieForm
from apps.siae.models import Contrat, Salarie, Structure
from apps.siae.nir import masked_nir
from apps.siae.tables import ContratTable, SalarieTable
from apps.siae.views.access import find_salarie, form_page, perform_revised, require

FORMULAIRE = "siae/salarie_formulaire.html"


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
        "sections": fiche_of(found, acting, eiti=_self_employed(found.structure)),
        "table": ContratTable(contrats.select_related("siae"), modifiable=bool(editable)),
        "peut_modifier": editable and permissions.can_change_fiche(found),
        "peut_lire_historique": permissions.can_read_history(acting) and not found.anonymise_le,
    }
    if permissions.sees_nir(acting, found.structure):
        context |= {"voit_nir": True, "nir": masked_nir(found)}
    return render(request, "siae/salarie.html", context)


@require_http_methods(["GET", "POST"])
def salarie_creer(request: HttpRequest) -> HttpResponse:
    """A new fiche of one's own structure; somebody already known leads to the existing fiche."""
    own = Structure.objects.filter(organisation=request.acting.organisation_id).first()
    require(permissions.can_edit_salaries(request.acting, own or Structure()))
    assert own is not None  # noqa: S101 - refused just above
    form = SalarieForm(request.POST or None, eiti=_self_employed(own))
    if form.is_valid():
        known = _known(own, form)
        if known is not None:
            return _already_known(request, form, known)
        autre_personne = request.POST.get("choix") == "autre"
        created = _create(request, own, form, autre_personne=autre_personne)
        if created:
            return redirect("siae:contrat_creer", created.pk)
    return form_page(
        request,
        form,
        titre="Enregistrer un salarié",
        libelle="Enregistrer le salarié",
        retour=reverse("siae:salaries"),
        template=FORMULAIRE,
    )


@require_http_methods(["GET", "POST"])
def salarie_modifier(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_salarie(request, pk)
    require(permissions.can_edit_salaries(request.acting, found.structure))
    require(permissions.can_change_fiche(found))
    form = SalarieForm(request.POST or None, instance=found, eiti=_self_employed(found.structure))
    if form.is_valid() and perform_revised(
        request,
        form,
        lambda: services.update_salarie(request.acting, found, **form.cleaned_data),
        "La fiche est modifiée.",
    ):
        return redirect("siae:salarie", pk)
    titre, libelle = "Modifier la fiche", "Enregistrer"
    return form_page(request, form, titre=titre, libelle=libelle, about=found, template=FORMULAIRE)


@require_http_methods(["GET", "POST"])
def salarie_nir(request: HttpRequest, pk: int) -> HttpResponse:
    """The social security number, where the deployment keeps it; it does not exist elsewhere."""
    if not settings.NIR_ENABLED:
        raise Http404("No NIR is kept here.")
    found = find_salarie(request, pk)
    require(permissions.can_edit_salaries(request.acting, found.structure))
    require(permissions.can_change_fiche(found))
    form = NirForm(request.POST or None)
    if form.is_valid() and perform(
        request,
        lambda: services.record_nir(request.acting, found, form.cleaned_data["nir"]),
        lambda kept: (
            "Le numéro est enregistré, chiffré." if kept.nir_chiffre else "Le numéro est effacé."
        ),
    ):
        return redirect("siae:salarie", pk)
    titre, libelle = "Numéro de sécurité sociale", "Enregistrer le numéro"
    return form_page(request, form, titre=titre, libelle=libelle, about=found)


def _self_employed(structure: Structure) -> bool:
    return structure.siaes.filter(mesure=TypeMesure.EITI_DC).exists()


def _values(form: SalarieForm) -> dict[str, Any]:
    return {name: value for name, value in form.cleaned_data.items() if name != "revision"}


def _typed(form: SalarieForm) -> dict[str, Any]:
    """What was really filled in: an empty field says nothing against a fiche."""
    empty = (None, "", False)
    values = {name: value for name, value in _values(form).items() if value not in empty}
    if values.get("orienteur") == Orienteur.INCONNU:
        del values["orienteur"]
    return values


def _known(structure: Structure, form: SalarieForm) -> Salarie | None:
    """The fiche of the same PASS IAE; of the same identity, unless it is said to be another."""
    values = _values(form)
    same_pass = structure.salaries.filter(pass_iae=values["pass_iae"]).first()
    if same_pass is not None or form.data.get("choix") == "autre":
        return same_pass
    return Salarie.objects.homonyms_of(Salarie(structure=structure, **values)).first()


def _already_known(request: HttpRequest, form: SalarieForm, known: Salarie) -> HttpResponse:
    """Both fiches side by side: attach the contract, correct the fiche, or say it is another."""
    values = _typed(form)
    if request.POST.get("choix") == "corriger" and perform_revised(
        request,
        form,
        lambda: services.update_salarie(
            request.acting, known, revision=form.cleaned_data["revision"], **values
        ),
        f"La fiche n° {known.numero} est corrigée. Enregistrez le contrat.",
    ):
        return redirect("siae:contrat_creer", known.pk)
    known.refresh_from_db()
    context = {
        "form": form,
        "existante": known,
        "meme_pass": known.pass_iae == values["pass_iae"],
        "differences": differences(known, values),
        "saisie": [field for field in form.visible_fields() if field.value() not in (None, "")],
    }
    return render(request, "siae/salarie_connu.html", context)


def _create(
    request: HttpRequest, structure: Structure, form: SalarieForm, *, autre_personne: bool
) -> Salarie | None:
    created: Salarie | None = perform(
        request,
        lambda: services.create_salarie(
            request.acting, structure, autre_personne=autre_personne, **_values(form)
        ),
        lambda salarie: f"La fiche n° {salarie.numero} est créée. Enregistrez le contrat.",
    )
    return created
