"""Screens of the structures: list, page, creation, identity or contacts, change of SIRET."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.pages import perform
from apps.core.views import ListPage
from apps.siae import permissions, services
from apps.siae.filters import StructureFilter
from apps.siae.forms import (
    ContactForm,
    ContactsForm,
    MesureForm,
    NouvelleStructureForm,
    SiretForm,
    StructureForm,
)
from apps.siae.models import Contact, Siae, Structure
from apps.siae.tables import StructureTable
from apps.siae.views.access import find_structure, form_page, perform_revised, require

SUGGESTIONS = 10


class Structures(ListPage):
    """A structure has one: its own page."""

    model = Structure
    table_class = StructureTable
    filterset_class = StructureFilter
    template_name = "siae/structures.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.acting.is_siae:
            own = get_object_or_404(Structure, organisation=request.acting.organisation_id)
            return redirect("siae:structure", own.pk)
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().with_siaes_seen_by(self.request.acting)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        acting = self.request.acting
        return super().get_context_data(
            peut_creer=permissions.can_manage_structure(acting),
            peut_controler=permissions.can_control_bank_details(acting),
            **kwargs,
        )


@require_safe
def structure(request: HttpRequest, pk: int) -> HttpResponse:
    """Identity, contacts, SIRET history; bank details for those who may read them."""
    acting, found = request.acting, find_structure(request, pk)
    context = permissions.on_structure(acting, found) | {
        "structure": found,
        "siaes": Siae.objects.visible_to(acting).filter(structure=found).order_by("mesure"),
        "changements": found.changements_siret.all(),
        "contacts": found.contacts.all(),
    }
    if context["voit_banque"]:
        details = found.coordonnees_bancaires.select_related(
            "propose_par", "controle_par", "dispense_par"
        )
        context["coordonnees"] = details
        if context["voit_iban"] and details:
            services.note_bank_reading(acting, found)
    return render(request, "siae/structure.html", context)


@require_safe
def structures_suggestions(request: HttpRequest) -> HttpResponse:
    """The first structures that answer what is being typed: options of a list of suggestions."""
    # No field reads this one: what the database cannot hold is left out here.
    text = request.GET.get(request.GET.get("champ", "q"), "").replace("\0", "").strip()
    seen = Structure.objects.visible_to(request.acting)
    found = seen.search(text)[:SUGGESTIONS] if len(text) > 1 else seen.none()
    return render(request, "siae/structures_suggestions.html", {"structures": found})


@require_http_methods(["GET", "POST"])
def contact_ajouter(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_structure(request, pk)
    require(permissions.can_edit_contacts(request.acting, found))
    form = ContactForm(request.POST or None)
    if form.is_valid() and perform(
        request,
        lambda: services.add_contact(request.acting, found, **form.cleaned_data),
        "Le contact est ajouté.",
    ):
        return redirect("siae:structure", pk)
    return form_page(request, form, titre="Ajouter un contact", libelle="Ajouter", about=found)


@require_http_methods(["GET", "POST"])
def contact_retirer(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirmation page: who is no longer to be written to."""
    seen = Structure.objects.visible_to(request.acting)
    contact = get_object_or_404(Contact.objects.filter(structure__in=seen), pk=pk)
    require(permissions.can_edit_contacts(request.acting, contact.structure))
    if request.method == "POST" and perform(
        request,
        lambda: services.remove_contact(request.acting, contact),
        "Le contact est retiré.",
    ):
        return redirect("siae:structure", contact.structure_id)
    retour = reverse("siae:structure", args=[contact.structure_id])
    context = {
        "contact": contact,
        "libelle": "Retirer le contact",
        "retour": retour,
        "fil": [{"libelle": str(contact.structure), "url": retour}],
    }
    return render(request, "siae/contact_retirer.html", context)


@require_http_methods(["GET", "POST"])
def structure_creer(request: HttpRequest) -> HttpResponse:
    require(permissions.can_manage_structure(request.acting))
    form = NouvelleStructureForm(
        request.POST or None, initial={"departement": request.acting.organisation.departement}
    )
    if form.is_valid() and (created := _create(request, form)):
        return redirect("siae:structure", created.pk)
    return form_page(
        request,
        form,
        titre="Créer une structure",
        libelle="Créer la structure",
        retour=reverse("siae:structures"),
    )


@require_http_methods(["GET", "POST"])
def structure_modifier(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole identity for the administrations, the contacts for the structure itself."""
    found = find_structure(request, pk)
    require(permissions.can_edit_contacts(request.acting, found))
    manages = permissions.can_manage_structure(request.acting, found)
    form_class = StructureForm if manages else ContactsForm
    form = form_class(request.POST or None, instance=found)
    if form.is_valid() and perform_revised(
        request,
        form,
        lambda: services.update_structure(request.acting, found, **form.cleaned_data),
        "La structure est modifiée.",
    ):
        return redirect("siae:structure", pk)
    titre = "Modifier la structure" if manages else "Modifier les contacts"
    return form_page(request, form, titre=titre, libelle="Enregistrer", about=found)


@require_http_methods(["GET", "POST"])
def siret_changer(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_structure(request, pk)
    require(permissions.can_manage_structure(request.acting, found))
    form = SiretForm(request.POST or None)
    if form.is_valid() and perform(
        request,
        lambda: services.change_siret(request.acting, found, **form.cleaned_data),
        "Le SIRET est changé. Salariés, contrats et annexes restent attachés à la structure.",
    ):
        return redirect("siae:structure", pk)
    libelle = "Enregistrer le nouveau SIRET"
    return form_page(request, form, titre="Changer le SIRET", libelle=libelle, about=found)


@require_http_methods(["GET", "POST"])
def mesure_ajouter(request: HttpRequest, pk: int) -> HttpResponse:
    """The same ASP id for one measure more; nothing changes for the measures it has."""
    found = find_structure(request, pk)
    require(permissions.can_manage_structure(request.acting, found))
    form = MesureForm(found, request.POST or None)
    if form.is_valid() and perform(
        request,
        lambda: services.add_mesure(request.acting, found, form.cleaned_data["mesure"]),
        "La mesure est ajoutée : sa convention et son annexe peuvent être créées.",
    ):
        return redirect("siae:structure", pk)
    return form_page(
        request, form, titre="Ajouter une mesure", libelle="Ajouter la mesure", about=found
    )


def _create(request: HttpRequest, form: NouvelleStructureForm) -> Structure | None:
    created: Structure | None = perform(
        request,
        lambda: services.create_structure(request.acting, **form.cleaned_data),
        "La structure est créée.",
    )
    return created
