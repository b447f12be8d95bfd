"""The list page: counted, filtered, sorted, paginated, and what it says when it is empty.

Shown on the list of memberships, the simplest of the product.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from lxml import html

from apps.accounts.models import Membership, Role
from tests.factories import make_membership, make_organisation, make_user

URL = "/habilitations/"


@pytest.fixture
def admin(db: None, client: Client) -> Client:
    client.force_login(make_membership(Role.ADMINISTRATEUR).user)
    return client


def get(client: Client, **query: Any) -> html.HtmlElement:
    answer = client.get(URL, query)
    assert answer.status_code == 200
    return html.fromstring(answer.text)


def rows(page: html.HtmlElement) -> list[str]:
    return [cell.text_content().strip() for cell in page.xpath("//tbody/tr/th")]


def names(count: int) -> None:
    organisation = make_organisation("ASP", nom="ASP Arras")
    for number in range(count):
        user = make_user(prenom="Zoé", nom=f"N{number:02}")
        make_membership(Role.GESTIONNAIRE, organisation, user)


def test_results_are_counted_and_paginated(admin: Client) -> None:
    names(29)
    page = get(admin)
    assert page.xpath("//p[@role='status']/text()") == ["30 résultats"]
    assert len(rows(page)) == 25
    assert len(rows(get(admin, page=2))) == 5
    assert page.xpath("//nav[starts-with(@aria-label, 'Pagination')]//a[@aria-current]/text()") == [
        "1"
    ]


def test_the_table_has_a_caption_row_headers_and_its_sort_announced(admin: Client) -> None:
    names(2)
    page = get(admin, sort="-user", page=1)
    (table,) = page.xpath("//table")
    assert table.xpath("caption/text()") == ["Habilitations"]
    assert {th.get("scope") for th in table.xpath("tbody/tr/th")} == {"row"}
    assert {th.get("scope") for th in table.xpath("thead//th")} == {"col"}
    (header,) = table.xpath("thead//th[@aria-sort]")
    assert header.get("aria-sort") == "descending"
    # Another sort starts again from the first page.
    assert header.xpath("a/@href") == ["?sort=user"]
    assert rows(page)[-2:] == ["Zoé N01", "Zoé N00"]
    assert table.xpath("ancestor::div[@tabindex='0' and @role='region']/@aria-label")


def test_filters_are_shown_in_words_and_can_be_removed_one_by_one(admin: Client) -> None:
    names(3)
    page = get(admin, role="GESTIONNAIRE", personne="N01", page=1)
    assert rows(page) == ["Zoé N01"]
    assert page.xpath("//p[@role='status']/text()") == ["1 résultat"]
    tags = [(tag.text, tag.get("href")) for tag in page.xpath("//a[contains(@class, 'fr-tag')]")]
    assert tags == [
        ("Nom de la personne : N01", "?role=GESTIONNAIRE"),
        ("Rôle : Gestionnaire", "?personne=N01"),
    ]
    assert page.xpath("//details[@open]")


def test_no_result_says_so_and_offers_to_clear_the_filters(admin: Client) -> None:
    page = get(admin, personne="personne de ce nom")
    assert rows(page) == []
    assert page.xpath("//p[@class='fr-callout__title']/text()") == ["Aucun résultat"]
    assert page.xpath("//a[text()='Effacer les filtres' and @href=$u]", u=URL)


def test_a_filter_that_makes_no_sense_is_refused_in_words(admin: Client) -> None:
    page = get(admin, role="PAPE")
    assert rows(page) == []
    assert page.xpath("//*[@id='erreurs']//a/@href") == ["#id_role"]


def test_sorting_keeps_the_filters_in_the_address(admin: Client) -> None:
    names(2)
    page = get(admin, role="GESTIONNAIRE")
    assert "role=GESTIONNAIRE" in page.xpath("//thead//a/@href")[0]


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(
    admin: Client, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    names(2)
    with CaptureQueriesContext(connection) as few:
        get(admin)
    names(20)
    with django_assert_num_queries(len(few)):
        get(admin)
    assert Membership.objects.count() == 23
