"""The menu at the keyboard: it opens, folds and gives the focus back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Role
from tests.factories import make_membership

pytestmark = pytest.mark.browser


def test_escape_folds_a_menu_and_gives_the_focus_back(page: Any, site: str) -> None:
    client = Client()
    client.force_login(make_membership(Role.GESTIONNAIRE).user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}
    page.context.add_cookies([cookie])
    page.goto("/", wait_until="networkidle")
    page.focus(".fr-nav__btn >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_selector(".fr-nav__btn[aria-expanded=true]")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert page.locator(".fr-nav__btn[aria-expanded=true]").count() == 0
    assert page.evaluate("document.activeElement.className") == "fr-nav__btn"
