"""Sign-in and sign-out, the time a session has left, choice of the organisation, profile."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import proconnect, sessions
from apps.accounts.forms import ConnexionForm, MotDePasseForm, OrganisationForm, PreferencesForm
from apps.accounts.models import Membership, Nature
from apps.accounts.services import (
    choose_membership,
    close_other_sessions,
    forget_failures,
    record_sign_in,
    save_preferences,
)
from apps.accounts.throttle import count_failure, throttled
from apps.accounts.views.access import form_page
from apps.core.pages import perform


@method_decorator(throttled, name="dispatch")
class Connexion(LoginView):
    template_name = "accounts/connexion.html"
    authentication_form = ConnexionForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            comptes=settings.DEMO_ACCOUNTS,
            mot_de_passe=settings.DEMO_PASSWORD,
            assistance=settings.EDITEUR["assistance"],
            expiree="expiree" in self.request.GET,
            proconnect=proconnect.is_offered(),
            **kwargs,
        )

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        user = form.get_user()
        sessions.begin(self.request.session)
        forget_failures(user)
        memberships = list(Membership.objects.held_by(user, timezone.localdate()))
        if not sessions.awaited(self.request.session, user, memberships):
            record_sign_in(user)
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        if form.cleaned_data.get("password"):
            count_failure(self.request)
        return super().form_invalid(form)


@require_POST
def deconnexion(request: HttpRequest) -> HttpResponse:
    """End the session here, and at ProConnect when it was opened there."""
    leave = proconnect.sign_out_address(request)
    logout(request)
    if leave:
        answer = redirect(proconnect.leaving(request, leave))
    else:
        answer = redirect(settings.LOGOUT_REDIRECT_URL)
    # What the browser kept of the pages leaves with the person.
    answer["Clear-Site-Data"] = '"cache", "storage"'
    return answer


deconnexion.reached_while_awaited = (sessions.CODE, sessions.ENROLEMENT)
deconnexion.acting_not_required = True


@require_http_methods(["GET", "POST"])
def session(request: HttpRequest) -> HttpResponse:
    """Seconds before the session ends; a POST begins the idle time again."""
    if request.method == "POST":
        sessions.renew(request.session, request.user, at_once=True)
    return JsonResponse({"reste": max(sessions.remaining(request.session, request.user), 0)})


session.session_not_renewed = True
session.acting_not_required = True


@require_http_methods(["GET", "POST"])
def sessions_fermer(request: HttpRequest) -> HttpResponse:
    """End every other session of the person, the password given again."""
    form = MotDePasseForm(request.POST or None, user=request.user)
    if form.is_valid():
        close_other_sessions(request.user)
        update_session_auth_hash(request, request.user)
        messages.success(request, "Vos autres sessions sont fermées.")
        return redirect("accounts:profil")
    return form_page(
        request,
        form,
        titre="Fermer mes autres sessions",
        intro="Les sessions ouvertes sur d’autres postes ou d’autres navigateurs se terminent "
        "aussitôt ; celle-ci continue.",
        libelle="Fermer mes autres sessions",
        retour="/profil/",
        fil=[("/profil/", "Profil")],
    )


sessions_fermer.acting_not_required = True


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
    """Who one is, for whom one may act, how one signs in, what one receives by e-mail."""
    refused = request.user.sans_courriel
    form = PreferencesForm(
        request.POST if request.method == "POST" else None,
        initial={"natures": [nature for nature in Nature.values if nature not in refused]},
    )
    if form.is_valid():
        save_preferences(request.user, form.cleaned_data["natures"])
        messages.success(request, "Vos préférences sont enregistrées.")
        return redirect("accounts:profil")
    unused = request.user.codes_de_secours.filter(utilise_le__isnull=True)
    context = {
        "form": form,
        "impose": sessions.is_compulsory(request.memberships),
        "codes_restants": unused.count(),
    }
    return render(request, "accounts/profil.html", context)


profil.acting_not_required = True
