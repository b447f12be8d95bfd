"""The on-line help: one page per file, shown on its page and at its own address."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import get_resolver

from apps.core.help_pages import all_pages, help_of, help_page
from tests.factories import make_membership


def test_the_help_is_open_to_all(db: None, client: Client) -> None:
    index = client.get("/aide/").text
    for page in all_pages():
        assert f'href="/aide/{page.nom}/"' in index
        answer = client.get(f"/aide/{page.nom}/")
        assert answer.status_code == 200
        assert answer.text.count("<h1") == 1


@pytest.mark.parametrize("name", ["inconnue", "../fields", "ACCUEIL", "a.b.c"])
def test_there_is_no_other_page(db: None, client: Client, name: str) -> None:
    assert help_page(name) is None
    assert client.get(f"/aide/{name}/").status_code == 404


def test_the_page_s_own_help_is_in_a_panel(db: None, client: Client) -> None:
    client.force_login(make_membership().user)
    page = client.get("/").text
    aide = help_of("dashboards:accueil")
    assert aide is not None
    assert f"<summary>Aide : {aide.titre}</summary>" in page
    assert aide.contenu in page
    assert 'id="aide-de-la-page"' not in client.get("/profil/").text


def test_every_help_page_but_the_glossary_is_that_of_a_page() -> None:
    known = set()
    for namespace, (_, resolver) in get_resolver().namespace_dict.items():
        known |= {f"{namespace}.{name}" for name in resolver.reverse_dict if isinstance(name, str)}
    assert known
    assert {page.nom for page in all_pages()} - known == {"glossaire"}
