"""A list in a real browser: filters applied at once, the address, the focus, what is announced."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Role
from tests.factories import make_membership, make_organisation, make_user

pytestmark = pytest.mark.browser


@pytest.fixture
def habilitations(page: Any, site: str) -> Any:
    """The list of memberships, three of them of the ASP, read by the administrator."""
    client = Client()
    client.force_login(make_membership(Role.ADMINISTRATEUR).user)
    asp = make_organisation("ASP", nom="ASP Arras")
    for nom in ("Martin", "Petit", "Moreau"):
        make_membership(Role.GESTIONNAIRE, asp, make_user(prenom="Zoé", nom=nom))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}
    page.context.add_cookies([cookie])
    page.goto("/habilitations/", wait_until="networkidle")
    return page


def count_becomes(page: Any, text: str) -> None:
    page.wait_for_function(
        "text => document.querySelector('#nombre-de-resultats').textContent === text", arg=text
    )


def test_a_filter_applies_at_once_and_keeps_the_focus(habilitations: Any) -> None:
    page = habilitations
    page.click("summary:has-text('Filtrer la liste')")
    # The very same live region stays in the page: screen readers announce its new text.
    page.evaluate("document.querySelector('#nombre-de-resultats').dataset.temoin = 'oui'")
    page.focus("select[name=role]")
    page.select_option("select[name=role]", "GESTIONNAIRE")
    count_becomes(page, "3 résultats")
    assert page.get_attribute("#nombre-de-resultats", "data-temoin") == "oui"
    assert page.evaluate("document.activeElement.name") == "role"
    assert page.url.endswith("/habilitations/?role=GESTIONNAIRE")
    assert page.is_visible("a[title='Retirer le filtre Rôle : Gestionnaire']")
    page.go_back()
    count_becomes(page, "4 résultats")
    assert page.evaluate("Object.keys(localStorage).filter(key => key.includes('htmx'))") == []


def test_columns_are_chosen_in_the_address(habilitations: Any) -> None:
    page = habilitations
    page.click("summary:has-text('Colonnes et lignes affichées')")
    page.click("label[for=colonne-username]")
    page.wait_for_url("**/habilitations/?colonnes=*")
    headings = page.locator("#resultats thead th")
    assert "Identifiant" not in " ".join(headings.all_inner_texts())
    page.reload()
    assert not page.is_checked("#colonne-username")
    # The file holds the columns on screen.
    assert "colonnes=" in str(page.get_attribute("a:has-text('Exporter cette liste')", "href"))


def test_the_list_works_without_script(browser: Any, habilitations: Any, site: str) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    context.add_cookies(habilitations.context.cookies())
    page = context.new_page()
    page.goto("/habilitations/")
    page.click("summary:has-text('Filtrer la liste')")
    page.select_option("select[name=role]", "GESTIONNAIRE")
    page.click("button:has-text('Filtrer')")
    assert page.inner_text("#nombre-de-resultats") == "3 résultats"
    assert page.is_hidden("button:has-text('Imprimer')")
    context.close()


def test_paper_has_the_contents_alone(habilitations: Any) -> None:
    page = habilitations
    assert page.is_visible("button:has-text('Imprimer')")
    assert page.is_hidden(".ex-impression")
    page.emulate_media(media="print")
    for gone in ("#reglages", "#menu-principal", ".fr-breadcrumb", ".fr-footer", ".ex-aide"):
        assert page.is_hidden(gone), gone
    assert page.is_visible("#resultats table")
    printed = page.inner_text(".ex-impression")
    assert "/habilitations/" in printed
    assert "Imprimé le" in printed
