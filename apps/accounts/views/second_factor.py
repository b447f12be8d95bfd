"""The second factor: asked after the password, made, its backup codes, taken away."""

from __future__ import annotations

from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.accounts import sessions
from apps.accounts.forms import CodeForm, EnrolementForm, MotDePasseForm, SecoursForm
from apps.accounts.services import record_sign_in
from apps.accounts.services import second_factor as services
from apps.accounts.throttle import count_failure, throttled
from apps.core.encryption import decrypt, encrypt
from apps.core.errors import Refus
from apps.core.pages import perform

# The secret shown by the page of enrolment, encrypted, until a code of it is given.
OFFERED = "second_facteur_propose"


@throttled
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def verifier(request: HttpRequest) -> HttpResponse:
    """The code of the application, or (`?secours=1`) a backup code; then where one was going."""
    if request.awaited != sessions.CODE:
        return redirect(_next(request))
    backup = "secours" in request.GET
    form = (SecoursForm if backup else CodeForm)(request.POST or None)
    form.fields["code"].widget.attrs["autofocus"] = True
    if form.is_valid():
        check = services.verify_backup if backup else services.verify
        if check(request.user, form.cleaned_data["code"]):
            return _complete(request)
        count_failure(request)
        form.add_error("code", _why(request, backup))
    context = {"form": form, "secours": backup, "next": request.GET.get("next", "")}
    return render(request, "accounts/second_facteur.html", context)


@sensitive_post_parameters("code", "mot_de_passe")
@require_http_methods(["GET", "POST"])
def enroler(request: HttpRequest) -> HttpResponse:
    """Scan or type the secret, give a first code, keep the backup codes shown once.

    Whoever replaces a second factor, or adds one to an open session, gives the password again.
    """
    signing_in = request.awaited == sessions.ENROLEMENT
    posted = request.POST or None
    form = CodeForm(posted) if signing_in else EnrolementForm(posted, user=request.user)
    secret = _offered(request)
    if form.is_valid():
        try:
            codes = services.enrol(request.user, secret, form.cleaned_data["code"])
        except Refus as refus:
            form.add_error("code", str(refus))
        else:
            del request.session[OFFERED]
            request.user.refresh_from_db()
            _verified(request)
            if signing_in:
                record_sign_in(request.user)
            return _show(request, codes, _next(request) if signing_in else _profile())
    context = {
        "form": form,
        "qr": segno.make(services.address_of(request.user, secret)).svg_data_uri(scale=6),
        "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        "impose": signing_in,
        "remplace": request.user.second_facteur_le is not None,
        "retour": "" if signing_in else _profile(),
    }
    return render(request, "accounts/second_facteur_enroler.html", context)


@sensitive_post_parameters("mot_de_passe")
@require_http_methods(["GET", "POST"])
def codes(request: HttpRequest) -> HttpResponse:
    """Ten new backup codes, once the password is given again."""
    if request.user.second_facteur_le is None:
        return redirect("accounts:profil")
    form = MotDePasseForm(request.POST or None, user=request.user)
    if form.is_valid():
        return _show(request, services.renew_backup_codes(request.user), _profile())
    return _form(
        request,
        form,
        "Obtenir de nouveaux codes de secours",
        "Les codes de secours que vous avez déjà ne vaudront plus rien.",
        "Obtenir de nouveaux codes",
    )


@sensitive_post_parameters("mot_de_passe")
@require_http_methods(["GET", "POST"])
def retirer(request: HttpRequest) -> HttpResponse:
    """Only for whoever may do without it."""
    user = request.user
    if user.second_facteur_le is None or sessions.is_compulsory(request.memberships):
        return redirect("accounts:profil")
    form = MotDePasseForm(request.POST or None, user=user)
    if form.is_valid() and perform(
        request,
        lambda: services.remove_second_factor(user),
        "Votre second facteur est retiré : votre mot de passe suffit pour vous connecter.",
    ):
        return redirect("accounts:profil")
    return _form(
        request,
        form,
        "Retirer le second facteur",
        "Votre mot de passe suffira pour vous connecter, et à quiconque le connaîtrait.",
        "Retirer le second facteur",
    )


verifier.reached_while_awaited = (sessions.CODE,)  # type: ignore[attr-defined]
enroler.reached_while_awaited = (sessions.ENROLEMENT,)  # type: ignore[attr-defined]
for _view in (verifier, enroler, codes, retirer):
    _view.acting_not_required = True  # type: ignore[attr-defined]


def _complete(request: HttpRequest) -> HttpResponse:
    _verified(request)
    record_sign_in(request.user)
    left = request.user.codes_de_secours.filter(utilise_le__isnull=True).count()
    if "secours" in request.GET:
        messages.warning(
            request,
            f"Il vous reste {left} code{'s' if left > 1 else ''} de secours. Vous en obtenez de "
            "nouveaux depuis votre profil.",
        )
    return redirect(_next(request))


def _verified(request: HttpRequest) -> None:
    """The session goes on under another key: the one before knew less."""
    request.session.cycle_key()
    sessions.mark_verified(request.session, request.user)


def _why(request: HttpRequest, backup: bool) -> str:
    if services.is_resting(request.user):
        return (
            "Trop de codes erronés : votre compte refuse tout code pendant quinze minutes. Si "
            "vous n’êtes pas à l’origine de ces essais, changez ensuite de mot de passe."
        )
    if backup:
        return "Ce code de secours n’est pas le bon, ou il a déjà servi."
    return services.WRONG_CODE


def _offered(request: HttpRequest) -> str:
    """The same secret until it is accepted: a page shown again must not make a scan worthless."""
    if OFFERED not in request.session:
        request.session[OFFERED] = encrypt(services.new_secret())
    return decrypt(request.session[OFFERED])


def _show(request: HttpRequest, codes: list[str], suite: str) -> HttpResponse:
    """Answered to the POST itself: the codes are written nowhere."""
    context = {"codes": codes, "suite": suite}
    return render(request, "accounts/codes_de_secours.html", context)


def _form(request: HttpRequest, form: Any, titre: str, intro: str, libelle: str) -> HttpResponse:
    context = {
        "form": form,
        "titre": titre,
        "intro": intro,
        "libelle": libelle,
        "retour": _profile(),
        "fil": [(_profile(), "Profil")],
    }
    return render(request, "accounts/formulaire.html", context)


def _next(request: HttpRequest) -> str:
    """Where the person was going, on this site."""
    asked = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(asked, {request.get_host()}, request.is_secure())
    return asked if safe else reverse(settings.LOGIN_REDIRECT_URL)


def _profile() -> str:
    return reverse("accounts:profil")
