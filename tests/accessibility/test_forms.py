"""Every form of the site, sent empty: its faults are told at the top, by the field, in the title.

The pages are those of the access matrix, each sent by an actor who may read it (RGAA 11.10, 8.5).
A form that accepts to be empty is not judged here: what it did is rolled back.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from lxml import html

from tests.accessibility.test_pages import APPLICATIONS, NOT_PAGES, reader
from tests.security.matrix import ROWS
from tests.security.test_access_matrix import address
from tests.security.world import World, make_world

# A sheet of hours keeps what is blank as "still to enter": it has faults of its own.
OWN_RULES = {"presence:saisie"}


def has_fields(page: html.HtmlElement) -> bool:
    """A form of the page itself with something to fill in."""
    fields = page.xpath(
        "//main//form[@method='post']//*[self::input or self::select or self::textarea]"
        "[not(@type='hidden')]"
    )
    return bool(fields)


def faults(page: html.HtmlElement) -> list[str]:
    """What is missing from a page that refuses a form."""
    found = []
    (title,) = page.xpath("//title/text()")
    if not title.startswith("Erreur – "):
        found.append(f"title: {title}")
    summaries = page.xpath("//*[@id='erreurs']")
    if len(summaries) != 1:
        return [*found, f"{len(summaries)} summaries"]
    if not summaries[0].xpath(".//li"):
        found.append("empty summary")
    ids = {str(identifier) for identifier in page.xpath("//@id")}
    targets = [str(link)[1:] for link in summaries[0].xpath(".//a/@href")]
    found += [f"link to nothing: {target}" for target in targets if target not in ids]
    for field in page.xpath("//main//*[@aria-invalid='true']"):
        described = set(str(field.get("aria-describedby", "")).split())
        if not described or described - ids:
            found.append(f"not described: {field.get('name')} {sorted(described - ids)}")
    return found


def refused(world: World, page: str) -> html.HtmlElement | None:
    """The page as it answers an empty form; None when there is no form, or no refusal."""
    actor = reader(page)
    if actor is None or page in NOT_PAGES | OWN_RULES:
        return None
    client = Client()
    client.force_login(world.actors[actor].user)
    url = address(page, world)
    if not has_fields(html.fromstring(client.get(url).text)):
        return None
    # A browser always sends the token: a form is never wholly empty.
    answer: Any = client.post(url, {"csrfmiddlewaretoken": "x"})
    if answer.status_code != 200:
        return None
    tree = html.fromstring(answer.text)
    return tree if tree.xpath("//*[@aria-invalid='true' or @id='erreurs']") else None


@pytest.mark.parametrize("application", APPLICATIONS)
def test_refused_forms_of_each_application(db: None, application: str) -> None:
    world = make_world()
    pages = [page for page in ROWS if page.startswith(f"{application}:")]
    answers = {page: refused(world, page) for page in pages}
    wrong = {page: faults(tree) for page, tree in answers.items() if tree is not None}
    assert {page: found for page, found in wrong.items() if found} == {}


def test_enough_forms_are_judged(db: None) -> None:
    """The test above looks at real forms: those that everybody knows are among them."""
    world = make_world()
    for page in ("siae:salarie_creer", "annexes:creer", "conventions:caom_creer"):
        assert refused(world, page) is not None
