"""ProConnect, the OpenID Connect provider of public agents and professionals.

Code flow with PKCE, state and nonce (mozilla-django-oidc); this module reads the provider's own
description, checks what the library leaves out (issuer, audience, dates, same subject) and signs
out at the provider. Off unless the three settings PROCONNECT_* are given.
"""

from __future__ import annotations

import hmac
import json
from typing import Any
from urllib.parse import urlencode

import jwt
import requests
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import get_random_string
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.utils import absolutify
from mozilla_django_oidc.views import OIDCAuthenticationRequestView

CALLBACK = "accounts:proconnect_retour"
# The token of the session at ProConnect, needed to sign out there.
ID_TOKEN, LEAVING = "proconnect_id_token", "proconnect_fin"
TIMEOUT = 10
DESCRIPTION_KEPT = 3600
LEEWAY = 60
# What a token, and a signed userinfo, must hold.
TOKEN, USERINFO = ["iss", "aud", "exp", "iat", "sub", "nonce"], ["iss", "aud"]
# Asked so that `amr` is in the token: the ways in which the person was recognised.
CLAIMS = {"id_token": {"amr": {"essential": True}, "acr": None}}


class Unavailable(Exception):
    """The provider does not answer, or not as it should."""


def is_offered() -> bool:
    return bool(
        settings.PROCONNECT_ISSUER
        and settings.PROCONNECT_CLIENT_ID
        and settings.PROCONNECT_CLIENT_SECRET
    )


def description() -> dict[str, Any]:
    """The provider's addresses, read at its well-known address and kept an hour."""
    issuer = settings.PROCONNECT_ISSUER.rstrip("/")
    key = f"proconnect:{issuer}"
    known: dict[str, Any] | None = cache.get(key)
    if known is None:
        try:
            answer = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=TIMEOUT)
            answer.raise_for_status()
            known = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise Unavailable from error
        if known.get("issuer", "").rstrip("/") != issuer:
            raise Unavailable("The provider describes another issuer.")
        cache.set(key, known, DESCRIPTION_KEPT)
    return known


def option(name: str, *default: Any) -> Any:
    """The settings of mozilla-django-oidc, from ours and from the provider's description."""
    own = {
        "OIDC_RP_CLIENT_ID": settings.PROCONNECT_CLIENT_ID,
        "OIDC_RP_CLIENT_SECRET": settings.PROCONNECT_CLIENT_SECRET,
        "OIDC_RP_SCOPES": "openid email given_name usual_name",
        "OIDC_RP_SIGN_ALGO": "RS256",
        "OIDC_AUTHENTICATION_CALLBACK_URL": CALLBACK,
        "OIDC_USE_PKCE": True,
        "OIDC_TIMEOUT": TIMEOUT,
    }
    described = {
        "OIDC_OP_AUTHORIZATION_ENDPOINT": "authorization_endpoint",
        "OIDC_OP_TOKEN_ENDPOINT": "token_endpoint",
        "OIDC_OP_USER_ENDPOINT": "userinfo_endpoint",
        "OIDC_OP_JWKS_ENDPOINT": "jwks_uri",
    }
    if name in own:
        return own[name]
    if name in described:
        try:
            return description()[described[name]]
        except KeyError as error:
            raise Unavailable(f"No {described[name]}.") from error
    return default[0] if default else None


class Demande(OIDCAuthenticationRequestView):
    """Sends the person to the provider."""

    get_settings = staticmethod(option)

    def get_extra_params(self, request: HttpRequest) -> dict[str, str]:
        return {"claims": json.dumps(CLAIMS)}


class Identity(OIDCAuthenticationBackend):
    """Exchanges the code for what the provider says of the person.

    Raises SuspiciousOperation when anything does not hold, `Unavailable` when it does not answer.
    """

    get_settings = staticmethod(option)
    # What the answer being read must say: the token everything, a signed userinfo less.
    required = TOKEN

    def claims(
        self, request: HttpRequest, code: str, nonce: str, verifier: str
    ) -> tuple[dict[str, Any], str]:
        """The claims, those of the token above those of userinfo, and the token itself."""
        payload = {
            "client_id": self.OIDC_RP_CLIENT_ID,
            "client_secret": self.OIDC_RP_CLIENT_SECRET,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": absolutify(request, reverse(CALLBACK)),
            "code_verifier": verifier,
        }
        try:
            tokens = self.get_token(payload)
            id_token, access_token = tokens["id_token"], tokens["access_token"]
            token = self.verify_token(id_token, nonce=nonce)
            about = self.get_userinfo(access_token, id_token, token)
        except requests.RequestException as error:
            raise Unavailable from error
        except (KeyError, TypeError, ValueError, jwt.InvalidTokenError) as error:
            raise SuspiciousOperation("The provider's answer does not hold.") from error
        if not token.get("sub") or about.get("sub") != token["sub"]:
            raise SuspiciousOperation("The two answers are about two people.")
        return about | token, id_token

    def _verify_jws(self, payload: Any, key: Any) -> Any:
        """Signature, issuer, audience, dates: the library checks neither issuer nor audience."""
        return jwt.decode(
            payload,
            key,
            algorithms=[self.OIDC_RP_SIGN_ALGO],
            audience=settings.PROCONNECT_CLIENT_ID,
            issuer=description()["issuer"],
            leeway=LEEWAY,
            options={"require": self.required},
        )

    def get_userinfo(self, access_token: str, id_token: str, payload: Any) -> Any:
        self.required = USERINFO
        return super().get_userinfo(access_token, id_token, payload)


def taken_state(request: HttpRequest) -> tuple[str, str]:
    """Nonce and PKCE verifier of the state that comes back, which serves once."""
    known = request.session.get("oidc_states", {})
    found = known.pop(request.GET.get("state", ""), None)
    if found is None:
        raise SuspiciousOperation("This state was not given to this browser.")
    request.session["oidc_states"] = known
    return found["nonce"], found["code_verifier"]


def has_two_factors(claims: dict[str, Any]) -> bool:
    return (
        "mfa" in (claims.get("amr") or ())
        or claims.get("acr") in settings.PROCONNECT_ACR_TWO_FACTORS
    )


def sign_out_address(request: HttpRequest) -> dict[str, str] | None:
    """What the provider needs to end its own session; None when it did not open this one."""
    id_token = request.session.get(ID_TOKEN)
    if not id_token or not is_offered():
        return None
    try:
        address = description().get("end_session_endpoint", "")
    except Unavailable:
        return None
    return {"address": address, "id_token_hint": id_token} if address else None


def leaving(request: HttpRequest, leave: dict[str, str]) -> str:
    """The address that ends the provider's session and comes back with a state of ours."""
    state = get_random_string(32)
    request.session[LEAVING] = state
    query = {
        "id_token_hint": leave["id_token_hint"],
        "state": state,
        "post_logout_redirect_uri": absolutify(request, reverse("accounts:proconnect_fin")),
    }
    return f"{leave['address']}?{urlencode(query)}"


def has_left(request: HttpRequest) -> bool:
    """Whether the provider brings back the state it was given, once."""
    given = request.session.pop(LEAVING, "")
    return bool(given) and hmac.compare_digest(given, request.GET.get("state", ""))
