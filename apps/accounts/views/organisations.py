"""Organisations and their people: the administrator for all, a responsable for the structure."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts import services
from apps.accounts.filters import HabilitationFilter, OrganisationFilter
from apps.accounts.forms import FinForm, InvitationForm, NouvelleOrganisationForm, RoleForm
from apps.accounts.models import Membership, Organisation
from apps.accounts.permissions import can_manage_accounts, can_read_memberships
from apps.accounts.tables import HabilitationTable, OrganisationTable
from apps.accounts.views.access import (
    find_membership,
    find_organisation,
    form_page,
    require,
    trail,
)
from apps.core.pages import perform
from apps.core.views import ListPage
from apps.journal.history import LIMIT, events, history_of_all


class Habilitations(ListPage):
    """All of them for the administrator, those of the structure for its responsable."""

    model = Membership
    table_class = HabilitationTable
    filterset_class = HabilitationFilter
    template_name = "accounts/habilitations.html"

    def get_queryset(self) -> QuerySet[Any]:
        require(can_read_memberships(self.request.acting))
        return super().get_queryset().select_related("user", "organisation")


class Organisations(ListPage):
    model = Organisation
    table_class = OrganisationTable
    filterset_class = OrganisationFilter
    template_name = "accounts/organisations.html"

    def get_queryset(self) -> QuerySet[Any]:
        require(can_manage_accounts(self.request.acting))
        return super().get_queryset().with_members(timezone.localdate())


@require_http_methods(["GET", "POST"])
def organisation_creer(request: HttpRequest) -> HttpResponse:
    require(can_manage_accounts(request.acting))
    form = NouvelleOrganisationForm(request.POST or None)
    if form.is_valid():
        created = perform(
            request,
            lambda: services.create_organisation(request.acting, **form.cleaned_data),
            "L’organisation est créée. Invitez maintenant les personnes qui y travaillent.",
        )
        if created:
            return redirect("accounts:organisation_fiche", created.pk)
    return form_page(
        request,
        form,
        titre="Créer une organisation",
        libelle="Créer l’organisation",
        retour=reverse("accounts:organisations"),
        fil=[(reverse("accounts:organisations"), "Organisations")],
    )


@require_safe
def organisation_fiche(request: HttpRequest, pk: int) -> HttpResponse:
    """The people of an organisation, those whose membership has ended last."""
    found = find_organisation(request, pk)
    members = found.memberships.select_related("user").order_by("user__nom", "user__prenom", "pk")
    today = timezone.localdate()
    context = {
        "organisation": found,
        "en_vigueur": members.open(today),
        "terminees": members.filter(fin__lt=today),
        "entrees": events(history_of_all([found, *members])[:LIMIT], request.acting),
    }
    return render(request, "accounts/organisation_fiche.html", context)


@require_http_methods(["GET", "POST"])
def inviter(request: HttpRequest, pk: int) -> HttpResponse:
    """Give somebody a role here; an e-mail tells how to sign in."""
    found = find_organisation(request, pk)
    form = InvitationForm(request.POST or None, organisation=found)
    if form.is_valid() and perform(
        request,
        lambda: services.invite(request.acting, found, **form.cleaned_data),
        lambda done: f"L’habilitation est ouverte. Un courriel part à {done.user.email}.",
    ):
        return redirect("accounts:organisation_fiche", pk)
    return form_page(
        request,
        form,
        titre="Inviter une personne",
        libelle="Envoyer l’invitation",
        intro=f"Elle agira pour {found}, avec le rôle choisi. Si elle n’a pas encore de compte, "
        "le courriel contient un lien, valable sept jours, pour choisir son mot de passe.",
        retour=reverse("accounts:organisation_fiche", args=[pk]),
        fil=trail(found, request.acting),
    )


@require_http_methods(["GET", "POST"])
def habilitation(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the role of a person in the organisation."""
    found = find_membership(request, pk)
    form = RoleForm(request.POST or None, membership=found)
    if form.is_valid() and perform(
        request,
        lambda: services.change_membership(request.acting, found, **form.cleaned_data),
        "Le rôle est changé : il vaut dès la page suivante.",
    ):
        return redirect("accounts:organisation_fiche", found.organisation_id)
    return form_page(
        request,
        form,
        titre="Modifier une habilitation",
        libelle="Changer le rôle",
        intro=f"{found.user} agit pour {found.organisation} avec le rôle "
        f"« {found.get_role_display()} », depuis le {found.debut:%d/%m/%Y}.",
        autre=(reverse("accounts:habilitation_terminer", args=[pk]), "Mettre fin à l’habilitation"),
        retour=reverse("accounts:organisation_fiche", args=[found.organisation_id]),
        fil=trail(found.organisation, request.acting),
    )


@require_http_methods(["GET", "POST"])
def habilitation_terminer(request: HttpRequest, pk: int) -> HttpResponse:
    """End a membership: what the person did stays under their name."""
    found = find_membership(request, pk)
    form = FinForm(request.POST or None, initial={"fin": timezone.localdate()})
    if form.is_valid() and perform(
        request,
        lambda: services.end_membership(request.acting, found, **form.cleaned_data),
        "La fin de l’habilitation est enregistrée.",
    ):
        return redirect("accounts:organisation_fiche", found.organisation_id)
    return form_page(
        request,
        form,
        titre="Mettre fin à une habilitation",
        libelle="Mettre fin à l’habilitation",
        intro=f"{found.user} n’agira plus pour {found.organisation} avec le rôle "
        f"« {found.get_role_display()} ». Ce que cette personne a enregistré reste à son nom ; "
        "ses autres habilitations ne changent pas.",
        retour=reverse("accounts:organisation_fiche", args=[found.organisation_id]),
        fil=trail(found.organisation, request.acting),
    )
