"""Every page × every role: who reads it, who is refused, who is told it does not exist.

One row per address, one column per actor of `world.ACTORS`. 200: shown. 302: sent elsewhere
(its own page, or refused with a sentence). 403: within the scope, but not this role's. 404:
outside the scope, as if it did not exist. A page that is in no row makes a test fail.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from apps.annexes.models import VersionAnnexe
from apps.core.models import Job
from apps.journal.models import Entree
from apps.payments.models import Campagne, Versement
from apps.presence.models import EtatMensuel
from apps.siae.models import CoordonneesBancaires
from tests.security.matrix import ARGUMENTS, PUBLIC, ROWS, SPECIAL, WRITERS
from tests.security.world import ACTORS, World, make_world

APPLICATIONS = sorted({page.split(":")[0] for page in ROWS})


def every_page() -> set[str]:
    """Names of all the addresses of the site, with their namespace."""
    names: set[str] = set()
    resolver = get_resolver()
    names |= {name for name in resolver.reverse_dict if isinstance(name, str)}
    for namespace, (_, inner) in resolver.namespace_dict.items():
        names |= {f"{namespace}:{name}" for name in inner.reverse_dict if isinstance(name, str)}
    return names


def address(page: str, world: World) -> str:
    arguments = ARGUMENTS.get(page, lambda world: {})(world)
    return reverse(page.split("#")[0], kwargs=arguments)


def pages_of(application: str) -> list[str]:
    return [page for page in ROWS if page.startswith(f"{application}:")]


def expected(page: str) -> dict[str, int]:
    return dict(zip(ACTORS, ROWS[page], strict=True))


def signed_in(world: World) -> dict[str, Client]:
    clients = {actor: Client() for actor in ACTORS}
    for actor, client in clients.items():
        client.force_login(world.actors[actor].user)
    return clients


def status_of(answer: Any) -> int:
    """The status; a file is read to its end, and is not empty."""
    if answer.streaming:
        assert b"".join(answer.streaming_content)
    return int(answer.status_code)


def test_every_page_is_in_the_matrix() -> None:
    """A new page is refused until its row says who may see it."""
    listed = {page.split("#")[0] for page in ROWS} | set(PUBLIC) | SPECIAL
    assert every_page() - listed == set()
    assert listed - every_page() == set()


def test_every_row_has_a_column_for_every_actor() -> None:
    assert {page: len(row) for page, row in ROWS.items() if len(row) != len(ACTORS)} == {}


@pytest.mark.parametrize("application", APPLICATIONS)
def test_who_reads_each_page(db: None, application: str) -> None:
    world = make_world()
    clients = signed_in(world)
    seen = {}
    for page in pages_of(application):
        url = address(page, world)
        seen[page] = {actor: status_of(client.get(url)) for actor, client in clients.items()}
    assert seen == {page: expected(page) for page in pages_of(application)}


@pytest.mark.parametrize("application", APPLICATIONS)
def test_who_is_refused_a_page_changes_nothing_by_posting_to_it(db: None, application: str) -> None:
    world = make_world()
    clients = signed_in(world)
    before = _traces()
    for page in pages_of(application):
        url = address(page, world)
        readers = {actor for actor, status in expected(page).items() if status == 200}
        for actor in set(ACTORS) - WRITERS.get(page, readers):
            # Plausible values: what refuses must be the right, not the form.
            answer = clients[actor].post(url, {"motif": "Motif", "confirmation": "on"})
            assert answer.status_code in (expected(page)[actor], 403, 405, 409), (page, actor)
            assert _traces() == before, (page, actor)


def test_a_visitor_signs_in_first(db: None, client: Client) -> None:
    world = make_world()
    for page in ROWS:
        url = address(page, world)
        for answer in (client.get(url), client.post(url)):
            assert answer.status_code == 302, page
            assert answer["Location"].split("?")[0] == "/connexion/", page


@pytest.mark.parametrize("page", sorted(PUBLIC))
def test_public_pages(db: None, client: Client, page: str) -> None:
    assert client.get(address(page, make_world())).status_code == PUBLIC[page]


def _traces() -> tuple[Any, ...]:
    """What any act would change: the journal, the jobs, the states."""
    states = (
        list(model.objects.order_by("pk").values_list("pk", name))
        for model, name in (
            (VersionAnnexe, "etat"),
            (EtatMensuel, "etat"),
            (Campagne, "etat"),
            (Versement, "statut"),
            (CoordonneesBancaires, "etat"),
        )
    )
    # Reading a fiche is itself journaled: acts only are counted.
    acts = Entree.objects.exclude(action="fiche.consultee").count()
    return (acts, Job.objects.count(), *states)
