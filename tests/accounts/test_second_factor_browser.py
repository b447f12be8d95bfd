"""The first sign-in of an agent of the ASP in a browser, and the next one: each page is sound."""

from __future__ import annotations

from base64 import b32decode
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django_otp.oath import TOTP

from apps.accounts.models import Role, SecondFacteur
from tests.factories import PASSWORD, make_membership

pytestmark = pytest.mark.browser
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}


def sign_in(page: Any, username: str) -> None:
    page.goto("/connexion/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def sound(page: Any) -> None:
    """axe finds nothing, one h1, nothing wider than 320 px."""
    assert Axe().run(page, options={**RULES}).response["violations"] == []
    assert page.locator("h1").count() == 1
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": 1280, "height": 800})


def test_the_first_sign_in_then_the_next_with_a_backup_code(settings: Any, page: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    user = make_membership(Role.GESTIONNAIRE).user
    sign_in(page, user.username)
    page.get_by_role("heading", name="Activer un second facteur").wait_for()
    assert page.locator("img.ex-qr").evaluate("image => image.naturalWidth") > 0
    sound(page)
    secret = page.locator(".ex-cle").inner_text().replace(" ", "")
    page.fill("[name=code]", f"{TOTP(b32decode(secret)).token():06d}")
    page.get_by_role("button", name="Activer le second facteur").click()
    page.get_by_role("heading", name="Vos codes de secours").wait_for()
    sound(page)
    code = page.locator(".ex-codes code").first.inner_text()
    page.get_by_role("link", name="J’ai gardé mes codes : continuer").click()
    page.get_by_role("button", name="Se déconnecter").first.click()
    assert SecondFacteur.objects.get().user == user

    sign_in(page, user.username)
    page.get_by_role("heading", name="Second facteur").wait_for()
    assert page.evaluate("document.activeElement.name") == "code"
    sound(page)
    page.fill("[name=code]", "000000")
    page.get_by_role("button", name="Vérifier le code").click()
    page.locator("#erreurs").wait_for()
    sound(page)
    page.get_by_role("link", name="utiliser un code de secours").click()
    page.fill("[name=code]", code)
    page.get_by_role("button", name="Vérifier le code").click()
    page.get_by_text("Il vous reste 9 codes de secours.").wait_for()
