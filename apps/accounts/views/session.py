"""Sign-in, choice of the organisation, profile."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.accounts.forms import ConnexionForm, OrganisationForm, PreferencesForm
from apps.accounts.models import Nature
from apps.accounts.services import choose_membership, record_sign_in, save_preferences
from apps.core.pages import perform


class Connexion(LoginView):
    template_name = "accounts/connexion.html"
    authentication_form = ConnexionForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            comptes=settings.DEMO_ACCOUNTS,
            mot_de_passe=settings.DEMO_PASSWORD,
            assistance=settings.EDITEUR["assistance"],
            **kwargs,
        )

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


@require_http_methods(["GET", "POST"])
def profil(request: HttpRequest) -> HttpResponse:
    """Who one is, for whom one may act, and what one receives by e-mail."""
    refused = request.user.sans_courriel
    form = PreferencesForm(
        request.POST if request.method == "POST" else None,
        initial={"natures": [nature for nature in Nature.values if nature not in refused]},
    )
    if form.is_valid():
        save_preferences(request.user, form.cleaned_data["natures"])
        messages.success(request, "Vos préférences sont enregistrées.")
        return redirect("accounts:profil")
    return render(request, "accounts/profil.html", {"form": form})


profil.acting_not_required = True
