"""No input makes a page fail: bad values in every address and in every field of every form.

A page may refuse, say that nothing was found or show its form again; it never ends in an error.
The walk over every page is long (`--full`); what it has found is tested apart, value by value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.db import transaction
from django.test import Client

from tests.security.matrix import ROWS
from tests.security.test_access_matrix import address, signed_in
from tests.security.world import World, make_world

VALUES = (
    "²",
    "\x00",
    "9" * 20,
    "-1",
    "1e999",
    "NaN",
    "é'\"<",
    "0000-00",
    "0001-01-01",
    "9999-12-31",
    "13/2023",
    "9999999,99",
    "x" * 5000,
)
PARAMETERS = ("q", "page", "per_page", "sort", "mois", "annee", "annexe", "etat", "version", "tous")
WRITERS = ("responsable", "instructeur", "gestionnaire", "ordonnateur", "comptable")


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def quiet(world: World, actor: str) -> Client:
    """The actor's client: an error is an answer 500, not an exception of the test."""
    client = signed_in(world)[actor]
    client.raise_request_exception = False
    return client


def status(answer: Any) -> int:
    if answer.streaming:
        b"".join(answer.streaming_content)
    return int(answer.status_code)


@pytest.mark.parametrize("name", ["page", "per_page", "sort"])
@pytest.mark.parametrize("value", ["-1", "0", "²", "9" * 20])
def test_a_list_survives_its_address(world: World, name: str, value: str) -> None:
    client = quiet(world, "gestionnaire")
    for page in ("annexes:liste", "payments:liste", "siae:banques", "presence:a_valider"):
        assert client.get(address(page, world), {name: value}).status_code == 200


def test_a_page_holds_a_hundred_rows_at_most(world: World) -> None:
    answer = quiet(world, "gestionnaire").get(address("annexes:liste", world), {"per_page": 10**6})
    assert answer.context["table"].paginator.per_page == 100


@pytest.mark.parametrize(
    ("page", "name"), [("presence:saisie", "version"), ("presence:liste", "annee")]
)
def test_figures_that_are_not_digits_are_no_number(world: World, page: str, name: str) -> None:
    """« ² » is a figure for Unicode, and no number."""
    client = quiet(world, "responsable")
    assert client.get(address(page, world), {name: "²"}).status_code == 200


@pytest.mark.full
def test_every_page_survives_every_address(world: World) -> None:
    failed = []
    for actor in WRITERS[:3]:
        client = quiet(world, actor)
        for page in ROWS:
            for value in VALUES:
                query = dict.fromkeys(PARAMETERS, value)
                with undone():
                    if status(client.get(address(page, world), query)) >= 500:
                        failed.append((page, value))
    assert failed == []


@pytest.mark.full
def test_every_form_survives_every_value(world: World) -> None:
    failed = []
    for actor in WRITERS:
        client = quiet(world, actor)
        for page in ROWS:
            url = address(page, world)
            for typed in spoilt(client.get(url)):
                with undone():
                    if status(client.post(url, typed)) >= 500:
                        failed.append((page, typed))
    assert failed == []


class undone:
    """What is written inside is rolled back."""

    def __enter__(self) -> None:
        self.point = transaction.savepoint()

    def __exit__(self, *_exception: object) -> None:
        transaction.savepoint_rollback(self.point)


def spoilt(answer: Any) -> Iterator[dict[str, Any]]:
    """The form of a page, filled, with one bad value in turn in each of its fields."""
    form = None if answer.streaming or not answer.context else answer.context.get("form")
    if answer.streaming:
        b"".join(answer.streaming_content)
    if answer.status_code != 200 or not isinstance(form, forms.BaseForm):
        return
    filled = {form.add_prefix(name): plausible(form[name]) for name in form.fields}
    for name in filled:
        for value in VALUES:
            yield {**filled, name: value}


def plausible(bound: Any) -> Any:
    value = bound.value()
    if value not in (None, ""):
        return value
    choices = [key for key, _label in getattr(bound.field, "choices", ()) if key]
    if choices:
        return getattr(choices[0], "value", choices[0])
    kinds = {"DateField": "2023-03-01", "MonthField": "03/2023"}
    return kinds.get(type(bound.field).__name__, "1")
