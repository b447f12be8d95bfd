"""Sign-in by ProConnect: going there, coming back, the way out."""

from __future__ import annotations

import logging

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import proconnect, sessions
from apps.accounts.models import Membership
from apps.accounts.services import record_sign_in
from apps.accounts.services.proconnect import account_of
from apps.accounts.throttle import count_failure, is_refused, too_many
from apps.core.errors import Refus

logger = logging.getLogger(__name__)

BACKEND = "django.contrib.auth.backends.ModelBackend"
SILENT = (
    "ProConnect ne répond pas. Recommencez dans quelques minutes, ou connectez-vous avec votre "
    "identifiant et votre mot de passe."
)
GIVEN_UP = "La connexion avec ProConnect n’a pas abouti : elle a été abandonnée ou refusée."
DOUBTFUL = (
    "La réponse de ProConnect n’a pas pu être vérifiée : la page a peut-être été ouverte trop "
    "longtemps, ou dans un autre navigateur. Recommencez depuis la page de connexion."
)


@login_not_required
@require_POST
def demander(request: HttpRequest) -> HttpResponse:
    """To the provider, with a state, a nonce and a PKCE challenge of this browser's session.

    A button of ours, never a link: another site must not open a session in somebody's place.
    """
    _offered()
    try:
        answer: HttpResponse = proconnect.Demande().get(request)
    except proconnect.Unavailable:
        return _refused(request, SILENT, status=503)
    return answer


@login_not_required
@require_safe
def retour(request: HttpRequest) -> HttpResponse:
    """Back from the provider: a session opens for the account of that identity, if there is one."""
    _offered()
    if is_refused(request):
        return too_many(request)
    try:
        nonce, verifier = proconnect.taken_state(request)
        if "code" not in request.GET:
            return _refused(request, GIVEN_UP)
        claims, id_token = proconnect.Identity().claims(
            request, request.GET["code"], nonce, verifier
        )
        user = account_of(claims)
    except proconnect.Unavailable:
        return _refused(request, SILENT, status=503)
    except SuspiciousOperation as doubt:
        logger.warning("ProConnect: %s (%s)", doubt, type(doubt.__cause__).__name__)
        return _refused(request, DOUBTFUL)
    except Refus as refus:
        return _refused(request, str(refus))
    suite = request.session.pop("oidc_login_next", None)
    login(request, user, backend=BACKEND)
    sessions.begin(request.session)
    request.session[proconnect.ID_TOKEN] = id_token
    if proconnect.has_two_factors(claims):
        sessions.mark_verified(request.session, user, sessions.PROCONNECT)
    memberships = list(Membership.objects.held_by(user, timezone.localdate()))
    if not sessions.awaited(request.session, user, memberships):
        record_sign_in(user)
    return redirect(suite or reverse(settings.LOGIN_REDIRECT_URL))


@login_not_required
@require_safe
def fin(request: HttpRequest) -> HttpResponse:
    """Back from the sign-out at the provider."""
    _offered()
    if proconnect.has_left(request):
        messages.success(request, "Vous êtes déconnecté de l’extranet et de ProConnect.")
    return redirect("accounts:connexion")


def _offered() -> None:
    if not proconnect.is_offered():
        raise Http404("ProConnect is not configured.")


def _refused(request: HttpRequest, reason: str, *, status: int = 403) -> HttpResponse:
    if status == 403:
        count_failure(request)
    return render(request, "accounts/proconnect_refus.html", {"motif": reason}, status=status)
