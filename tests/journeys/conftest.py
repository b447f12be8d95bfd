"""People at their browsers: each signs in by typing, reads the page, fills it in, clicks.

A `Personne` has a browser context of her own, so that several can work on the same file at once.
`go_to_day` moves the site to another day of the year it plays.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from apps.accounts.models import Membership
from tests.factories import PASSWORD


def plain(text: str) -> str:
    """The text with every kind of space as one space."""
    return re.sub(r"\s+", " ", text).strip()


class Personne:
    """One person at one browser."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def sign_in(self, username: str) -> None:
        self.page.goto("/connexion/")
        self.fill(username=username, password=PASSWORD)
        self.press("Se connecter")

    def open(self, label: str, *, exact: bool = True) -> None:
        """Follow, with the keyboard, the link of the page (not of its menu) that has this text."""
        self.page.locator("main").get_by_role("link", name=label, exact=exact).first.press("Enter")

    def menu(self, label: str) -> None:
        """Choose an entry of the menu, opening the group it is in."""
        entries = self.page.locator("#menu-principal")
        entry = entries.get_by_role("link", name=label, exact=True, include_hidden=True)
        group = entry.locator("xpath=ancestor::li[contains(@class, 'fr-nav__item')]/button")
        # On a busy machine the first click may come before the menu's script: it opens nothing.
        for _ in range(20 if group.count() else 0):
            if group.get_attribute("aria-expanded") == "true":
                break
            group.click()
            self.page.wait_for_timeout(100)
        entry.click()

    def press(self, label: str) -> None:
        self.page.locator("main").get_by_role("button", name=label, exact=True).click()

    def fill(self, **fields: str) -> None:
        """Type in the fields of these names; a choice is given by its label."""
        for name, value in fields.items():
            field = self.page.locator(f"main [name={name}]").first
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(label=value)
            else:
                field.fill(value)

    def tick(self, label: str) -> None:
        self.page.get_by_label(label, exact=True).check(force=True)

    def value(self, name: str) -> str:
        """What a field of the page holds."""
        return str(self.page.locator(f"main [name={name}]").input_value())

    def reads(self) -> str:
        """What the page says, with plain spaces."""
        return plain(self.page.locator("main").inner_text())

    def waits_for(self, text: str) -> None:
        """Wait for a sentence of the page, then go on."""
        self.page.locator("main").get_by_text(text).first.wait_for()

    def downloads(self, label: str, *, exact: bool = True) -> bytes:
        """The file behind a link of the page, asked for as this person."""
        link = self.page.locator("main").get_by_role("link", name=label, exact=exact).first
        answer = self.page.request.get(link.get_attribute("href"))
        assert answer.status == 200
        return bytes(answer.body())


@pytest.fixture
def at_work(browser: Any, site: str) -> Iterator[Callable[[Membership], Personne]]:
    """`at_work(membership)`: this person, signed in, at a browser of her own."""
    contexts = []

    def arrive(membership: Membership) -> Personne:
        context = browser.new_context(base_url=site, locale="fr-FR", timezone_id="Europe/Paris")
        context.set_default_timeout(float(os.environ.get("BROWSER_TIMEOUT_MS", "20000")))
        contexts.append(context)
        person = Personne(context.new_page())
        person.sign_in(membership.user.username)
        return person

    yield arrive
    for context in contexts:
        context.close()


@pytest.fixture
def go_to_day(settings: Any) -> Callable[[int, int, int], None]:
    """Move the site to a day (see apps.core.clock)."""

    def go(year: int, month: int, day: int) -> None:
        settings.TODAY = date(year, month, day)

    return go
