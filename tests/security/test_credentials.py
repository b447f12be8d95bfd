"""Passwords as they are typed, words that make none, and a password that is no second factor."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp

from apps.accounts.models import Role
from apps.accounts.services import second_factor, set_password
from config.settings import base
from tests.factories import make_membership

LONG = " Soixante-quatre caractères au moins, accentués, et une espace à la fin "


@pytest.mark.parametrize("typed", [LONG.strip(), LONG.lower(), LONG[:64], LONG.replace("è", "e")])
def test_a_password_is_verified_as_it_is_typed(db: None, client: Client, typed: str) -> None:
    """Neither cut, nor trimmed, nor put in small letters."""
    user = make_membership(Role.SAISIE).user
    validate_password(LONG, user)
    assert len(LONG) > 64
    set_password(user, LONG)
    name, url = user.username, reverse("accounts:connexion")
    assert client.post(url, {"username": name, "password": typed}).status_code == 200
    assert client.post(url, {"username": name, "password": LONG}).status_code == 302


@pytest.mark.parametrize("typed", ["ExtranetIAE2026", "ddets-annexe-62!", "insertion2024insertion"])
def test_words_of_the_service_make_no_password(db: None, typed: str) -> None:
    with pytest.raises(ValidationError, match="mots du service"):
        validate_password(typed, make_membership(Role.SAISIE).user)


def test_passwords_are_derived_slowly() -> None:
    """Production keeps Django's first hasher: PBKDF2-SHA-256."""
    assert not hasattr(base, "PASSWORD_HASHERS")
    assert PBKDF2PasswordHasher.iterations >= 600_000
    assert PBKDF2PasswordHasher.digest().name == "sha256"


def test_a_new_password_is_no_second_factor(db: None, client: Client, settings: Any) -> None:
    """A forgotten password chosen again opens the page of the code, and nothing else."""
    settings.SECOND_FACTOR_REQUIRED = True
    user = make_membership(Role.GESTIONNAIRE).user
    secret = second_factor.new_secret()
    second_factor.enrol(user, secret, f"{totp(second_factor.b32decode(secret)):06}")
    set_password(user, LONG)
    client.post(reverse("accounts:connexion"), {"username": user.username, "password": LONG})
    for name in ("dashboards:accueil", "accounts:profil", "annexes:liste"):
        answer = client.get(reverse(name))
        assert answer.status_code == 302, name
        assert answer["Location"].startswith(reverse("accounts:second_facteur")), name
