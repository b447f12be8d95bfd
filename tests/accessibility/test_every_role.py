"""Every page × every role × (as it is, refused): axe, one h1, nothing wider than 320 px.

The long check of accessibility (`bin/test --full`); the ordinary run sees each page once
(`test_pages.py`). The roles of the other structure, territory and département are there for the
empty states: their lists hold nothing of the case.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from lxml import html

from tests.accessibility.test_pages import APPLICATIONS, NOT_PAGES, faults, show, sign_in
from tests.security.matrix import ROWS
from tests.security.test_access_matrix import address
from tests.security.world import ACTORS, make_world

pytestmark = [pytest.mark.browser, pytest.mark.full]


def pages_read_by(actor: str, application: str) -> list[str]:
    """Pages of an application that this actor is shown."""
    column = ACTORS.index(actor)
    return [
        name
        for name, row in ROWS.items()
        if name.startswith(f"{application}:") and name not in NOT_PAGES and row[column] == 200
    ]


def refused(client: Client, url: str) -> str | None:
    """The page that answers an empty form, when it has faults to show; nothing is changed."""
    with transaction.atomic():
        answer = client.post(url, {})
        transaction.set_rollback(True)
    if answer.status_code not in (200, 409, 422) or answer.streaming:
        return None
    text = answer.text
    return text if html.fromstring(text).xpath("//*[@id='erreurs']") else None


@pytest.mark.parametrize("application", APPLICATIONS)
@pytest.mark.parametrize("actor", ACTORS)
def test_pages_of_each_role(page: Any, site: str, actor: str, application: str) -> None:
    world = make_world()
    client = Client()
    client.force_login(world.actors[actor].user)
    sign_in(page, world, actor, site)
    found, untold = {}, []
    for name in pages_read_by(actor, application):
        url = address(name, world)
        show(page, url)
        found[name] = faults(page)
        if (answer := refused(client, url)) is not None:
            page.route(
                f"{site}{url}", lambda route, _request, body=answer: route.fulfill(body=body)
            )
            show(page, url)
            found[f"{name} (refused)"] = faults(page)
            if not page.title().startswith("Erreur – "):
                untold.append(name)
            page.unroute(f"{site}{url}")
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert untold == [], "an answer that refuses says so in its title"
