"""Sign-in, choice of the organisation, profile, list of memberships."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.filters import HabilitationFilter
from apps.accounts.forms import ConnexionForm, OrganisationForm
from apps.accounts.models import Membership
from apps.accounts.permissions import can_read_memberships
from apps.accounts.services import choose_membership, record_sign_in
from apps.accounts.tables import HabilitationTable
from apps.core.pages import perform
from apps.core.views import ListPage


class Connexion(LoginView):
    template_name = "accounts/connexion.html"
    authentication_form = ConnexionForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        record_sign_in(form.get_user())
        return response


class Deconnexion(LogoutView):
    http_method_names = ["post", "options"]


@require_http_methods(["GET", "POST"])
def organisation(request: HttpRequest) -> HttpResponse:
    """Choose for whom to act; the choice is journaled."""
    form = OrganisationForm(
        request.POST or None,
        memberships=request.memberships,
        initial={"habilitation": request.acting.pk if request.acting else None},
    )
    if form.is_valid() and perform(
        request,
        lambda: choose_membership(request.user, form.chosen, request.session),
        lambda chosen: f"Vous agissez désormais pour {chosen.organisation}.",
    ):
        return redirect("dashboards:accueil")
    return render(request, "accounts/organisation.html", {"form": form})


organisation.acting_not_required = True


@require_safe
def profil(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/profil.html")


profil.acting_not_required = True


class Habilitations(ListPage):
    """Read by the administrator alone (403 for the others)."""

    model = Membership
    table_class = HabilitationTable
    filterset_class = HabilitationFilter
    template_name = "accounts/habilitations.html"

    def get_queryset(self) -> QuerySet[Any]:
        if not can_read_memberships(self.request.acting):
            raise PermissionDenied
        return super().get_queryset().select_related("user", "organisation")
