"""A password forgotten, chosen through the one-time link, changed from the profile."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.accounts.forms import ChangerMotDePasseForm, ChoisirMotDePasseForm, CourrielForm
from apps.accounts.links import links
from apps.accounts.services import ask_new_password, set_password
from apps.accounts.throttle import count_failure, throttled


@login_not_required
@throttled
@require_http_methods(["GET", "POST"])
def oublie(request: HttpRequest) -> HttpResponse:
    """The same answer whether the address is known or not; each request counts as a failure."""
    form = CourrielForm(request.POST or None)
    if form.is_valid():
        count_failure(request)
        ask_new_password(form.cleaned_data["courriel"])
        return render(request, "accounts/mot_de_passe_envoye.html")
    return render(request, "accounts/mot_de_passe_oublie.html", {"form": form})


class Choisir(PasswordResetConfirmView):
    """The link is good once; Django moves its token to the session, out of the address."""

    template_name = "accounts/mot_de_passe_choisir.html"
    form_class = ChoisirMotDePasseForm
    token_generator = links

    def form_valid(self, form: Any) -> HttpResponse:
        set_password(self.user, form.cleaned_data["new_password1"])
        del self.request.session[INTERNAL_RESET_SESSION_TOKEN]
        messages.success(self.request, "Votre mot de passe est enregistré. Connectez-vous.")
        return redirect("accounts:connexion")


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def changer(request: HttpRequest) -> HttpResponse:
    """Change one’s own password; the other sessions of the person end."""
    form = ChangerMotDePasseForm(request.user, request.POST or None)
    if form.is_valid():
        set_password(request.user, form.cleaned_data["new_password1"], request.acting)
        update_session_auth_hash(request, request.user)
        messages.success(
            request, "Votre mot de passe est changé. Vos autres sessions sont fermées."
        )
        return redirect("accounts:profil")
    return render(request, "accounts/mot_de_passe_changer.html", {"form": form})


changer.acting_not_required = True
