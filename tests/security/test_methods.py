"""Methods that no page answers to, and posts that another site would have made."""

from __future__ import annotations

from django.test import Client

from tests.security.matrix import PUBLIC, ROWS
from tests.security.test_access_matrix import address
from tests.security.traces import tables_written, written
from tests.security.world import make_world

UNKNOWN = ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "INVENTED")


def test_unknown_methods_are_refused_everywhere(db: None) -> None:
    """GET, HEAD and POST only: a PUT is no way round a page that asks for a POST."""
    world = make_world()
    client = Client()
    client.force_login(world.actors["gestionnaire"].user)
    urls = {page: address(page, world) for page in [*ROWS, *PUBLIC]}
    before = written()
    for page, url in urls.items():
        for method in UNKNOWN:
            answer = client.generic(method, url, b'{"motif": "Motif"}')
            assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, POST"), (page, method)
    assert tables_written(before, written()) == set()


def test_a_post_without_its_token_is_refused(db: None) -> None:
    """Whatever the page and the right: the form of another site has no token."""
    world = make_world()
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.actors["gestionnaire"].user)
    urls = {page: address(page, world) for page in ROWS}
    before = written()
    for page, url in urls.items():
        answer = client.post(url, {"motif": "Motif", "confirmation": "on"})
        assert answer.status_code == 403, page
    assert tables_written(before, written()) == set()
