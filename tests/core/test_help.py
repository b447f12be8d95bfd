"""The on-line help: one page per file, shown on its page and at its own address."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from lxml import html

from apps.core.help_pages import (
    FOLDER,
    GLOSSAIRE,
    SUJETS,
    all_pages,
    help_of,
    help_page,
    pages_by_subject,
    terms_with,
)
from tests.accessibility.test_pages import NOT_PAGES
from tests.factories import make_membership
from tests.security.test_access_matrix import every_page

# Addresses that show no page of their own, besides the files of NOT_PAGES: help and manuals are
# themselves the help; the others are acts, answered by another page, or parts of a page.
WITHOUT_HELP = {
    "accounts:deconnexion",
    "accounts:proconnect",
    "accounts:proconnect_fin",
    "accounts:notification_ouvrir",
    "accounts:notifications_tout_lire",
    "annexes:valeur_effet",
    "core:aide_page",
    "core:manuel",
    "presence:ligne",
    "presence:lignes",
}


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
    # A help page is not shown a second time in a panel.
    assert 'id="aide-de-la-page"' not in client.get("/aide/glossaire/").text


def test_every_page_has_its_help() -> None:
    pages = every_page() - NOT_PAGES - WITHOUT_HELP
    assert sorted(page for page in pages if help_of(page) is None) == []


def test_every_help_page_but_the_glossary_is_that_of_a_page() -> None:
    known = {name.replace(":", ".") for name in every_page()}
    assert {page.nom for page in all_pages()} - known == {GLOSSAIRE}


def test_titles_are_unique_and_the_texts_neither_empty_nor_endless() -> None:
    titles = [page.titre for page in all_pages()]
    assert sorted(title for title in titles if titles.count(title) > 1) == []
    lines = {page.nom: len(page.contenu.splitlines()) for page in all_pages()}
    assert {name for name, count in lines.items() if count == 0} == set()


def test_links_from_one_help_page_lead_to_another() -> None:
    broken = set()
    for page in all_pages():
        for name, anchor in re.findall(r'href="/aide/([^/"]+)/(?:#([^"]+))?"', page.contenu):
            target = help_page(name)
            found = target and (not anchor or f'id="{anchor}"' in target.contenu)
            if not found:
                broken.add((page.nom, name, anchor))
    assert broken == set()


def test_the_index_groups_every_page_by_subject(db: None, client: Client) -> None:
    grouped = {page.nom for _, pages in pages_by_subject() for page in pages}
    assert grouped == {page.nom for page in all_pages()} - {GLOSSAIRE}
    page = html.fromstring(client.get("/aide/").text)
    headings = page.xpath("//main//section/h2/text()")
    assert headings == [label for label, _ in pages_by_subject()]
    assert set(headings) <= set(SUJETS.values())


def test_a_word_finds_pages_and_definitions_without_its_accents(db: None, client: Client) -> None:
    page = client.get("/aide/", {"q": "CARENCE constatée"}).text
    assert 'href="/aide/presence.carence/"' not in client.get("/aide/", {"q": "zzz"}).text
    assert 'href="/aide/presence.carence/"' in client.get("/aide/", {"q": "carence"}).text
    assert "<strong>Carence</strong>" in client.get("/aide/", {"q": "carence"}).text
    assert "Aide : recherche de « CARENCE constatée »" in page
    assert terms_with("echeance")
    assert terms_with("") == []


def test_a_search_without_result_says_what_to_do(db: None, client: Client) -> None:
    page = client.get("/aide/", {"q": "<b>introuvable"}).text
    assert "Aucune page d’aide" in page
    assert "<b>introuvable" not in page


@pytest.mark.parametrize(
    "terme",
    ["etp", "brsa", "emp", "caom", "siae", "aci", "pass-iae", "carence", "asp", "ddets", "solde"],
)
def test_the_glossary_defines_the_words_of_the_trade(terme: str) -> None:
    glossaire = help_page(GLOSSAIRE)
    assert glossaire is not None
    assert f'id="{terme}"' in glossaire.contenu
    terms = re.findall(r"<strong>(.*?)</strong>", glossaire.contenu)
    assert len(terms) == len(set(terms))


def test_texts_use_the_french_apostrophe() -> None:
    straight = {
        path.name
        for path in FOLDER.glob("*.md")
        if "'" in re.sub(r"`[^`]*`", "", path.read_text(encoding="utf-8"))
    }
    assert straight == set()
