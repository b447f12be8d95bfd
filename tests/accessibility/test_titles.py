"""A title names its page alone (RGAA 8.6), and a page has one first heading (9.1)."""

from __future__ import annotations

from collections import defaultdict

import pytest
from django.test import Client
from lxml import html

from tests.accessibility.test_pages import NOT_PAGES
from tests.security.matrix import ROWS
from tests.security.test_access_matrix import address
from tests.security.world import ACTORS, make_world


@pytest.mark.parametrize("actor", ["responsable", "instructeur", "gestionnaire", "decideur"])
def test_no_two_pages_of_a_role_share_a_title(db: None, actor: str) -> None:
    world = make_world()
    client = Client()
    client.force_login(world.actors[actor].user)
    titles, headings = defaultdict(set), {}
    for name, row in ROWS.items():
        if name in NOT_PAGES or row[ACTORS.index(actor)] != 200:
            continue
        url = address(name, world)
        page = html.fromstring(client.get(url).text)
        titles[page.findtext(".//title").strip()].add(url)
        if len(page.xpath("//h1")) != 1:
            headings[name] = len(page.xpath("//h1"))
    assert headings == {}
    assert {title: urls for title, urls in titles.items() if len(urls) > 1} == {}
