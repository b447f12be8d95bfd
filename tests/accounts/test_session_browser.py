"""The end of a session in a browser: told before, put off, then said with a way back."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from apps.accounts.models import Role
from tests.factories import PASSWORD, make_membership

pytestmark = pytest.mark.browser
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}


def sign_in(page: Any) -> None:
    user = make_membership(Role.LECTEUR).user
    page.goto("/connexion/?next=/profil/")
    page.fill("[name=username]", user.username)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/profil/")


def test_it_is_told_and_put_off(settings: Any, page: Any) -> None:
    settings.SESSION_IDLE_SECONDS = 123
    sign_in(page)
    told = page.get_by_role("alertdialog")
    told.wait_for()
    assert "votre session se terminera à" in told.inner_text()
    assert page.evaluate("document.activeElement.textContent") == "Continuer ma session"
    assert Axe().run(page, options={**RULES}).response["violations"] == []
    settings.SESSION_IDLE_SECONDS = 1800
    page.keyboard.press("Enter")
    told.wait_for(state="hidden")


def test_it_is_said_once_over_with_a_way_back(settings: Any, page: Any) -> None:
    settings.SESSION_IDLE_SECONDS = 4
    sign_in(page)
    over = page.get_by_role("link", name="Se reconnecter")
    over.wait_for()
    assert "Votre session est terminée" in page.get_by_role("alertdialog").inner_text()
    over.click()
    page.get_by_role("heading", name="Connexion à l’extranet").wait_for()
    assert page.url.endswith("/connexion/?next=%2Fprofil%2F")
