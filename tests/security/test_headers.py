"""Headers of every kind of answer: pages, refusals, errors, files, redirections."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import FileResponse, HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from config.urls import urlpatterns as real_pages
from tests.security.matrix import PUBLIC, ROWS
from tests.security.test_access_matrix import address, signed_in
from tests.security.world import World, make_world

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Sources that would let a page run what it was sent.
LOOSE = ("unsafe-inline", "unsafe-eval", "http:", "https:", "*", "blob:", "report-uri", "report-to")


def fails(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("essai")


def file(request: HttpRequest) -> FileResponse:
    return FileResponse(io.BytesIO(b"x"), as_attachment=True, filename='é\r\n";.pdf')


urlpatterns = [path("essai/erreur/", fails), path("essai/fichier/", file), *real_pages]


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def check(answer: Any) -> None:
    if answer.streaming:
        assert b"".join(answer.streaming_content)  # read to its end, it is closed
    assert {name: answer[name] for name in ALWAYS} == ALWAYS
    assert "camera=()" in answer["Permissions-Policy"]
    policy = dict(part.split(None, 1) for part in answer["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == "'none'"
    assert policy["frame-ancestors"] in ("'none'", "'self'")
    # Older browsers; not there when the host itself is refused.
    assert answer.get("X-Frame-Options", "DENY") in ("DENY", "SAMEORIGIN")
    assert [word for word in LOOSE for value in policy.values() if word in value.split()] == []
    assert "Server" not in answer
    assert "X-Powered-By" not in answer


def kinds_of_answers(world: World) -> Iterator[tuple[str, Any, bool]]:
    """(name, answer, whether it must stay out of the caches)."""
    people = signed_in(world)
    gestionnaire = people["gestionnaire"]
    anonymous = Client(raise_request_exception=False)
    gestionnaire.raise_request_exception = False
    yield "public page", anonymous.get("/aide/"), False
    yield "sign-in", anonymous.get("/connexion/"), True
    yield "health", anonymous.get("/sante/"), True
    yield "redirection to the sign-in", anonymous.get("/annexes/"), False
    yield "home", gestionnaire.get("/"), True
    yield "list", gestionnaire.get("/annexes/"), True
    yield "page of an object", gestionnaire.get(address("annexes:detail", world)), True
    yield "help, signed in", gestionnaire.get("/aide/"), True
    yield "file of Excel", gestionnaire.get("/annexes/?_export=xlsx"), True
    yield "signed annex", gestionnaire.get(address("annexes:piece_voir", world)), True
    yield "other document", gestionnaire.get("/essai/fichier/"), True
    yield "document, no account", anonymous.get("/essai/fichier/"), False
    yield "unknown page", gestionnaire.get("/inconnue/"), True
    yield "unknown page, no account", anonymous.get("/inconnue/"), False
    yield "refusal", gestionnaire.get("/habilitations/"), True
    yield "error", gestionnaire.get("/essai/erreur/"), True
    yield "bad host", anonymous.get("/", headers={"host": "autre.invalid"}), False
    strict = Client(enforce_csrf_checks=True)
    yield "no token", strict.post("/connexion/", {}), False
    yield "other method", gestionnaire.put("/annexes/"), True


@override_settings(ROOT_URLCONF=__name__)
def test_every_kind_of_answer(world: World) -> None:
    statuses = set()
    for name, answer, private in kinds_of_answers(world):
        try:
            check(answer)
            if private:
                assert "no-store" in answer["Cache-Control"]
        except (AssertionError, KeyError) as error:
            raise AssertionError(f"{name} ({answer.status_code}): {error!r}") from error
        statuses.add(answer.status_code)
    assert statuses == {200, 302, 400, 403, 404, 405, 500}


def test_every_page_of_the_matrix(world: World) -> None:
    """Pages and files alike: strict policy; nothing signed in stays in a cache; files are named."""
    people = signed_in(world)
    served = 0
    for page in ROWS:
        for actor in ("gestionnaire", "responsable", "administrateur"):
            answer = people[actor].get(address(page, world))
            check(answer)
            assert "no-store" in answer["Cache-Control"], page
            if answer.status_code == 200:
                served += 1
                check_name(page, answer)
                break
    assert served > 0.6 * len(ROWS)


def check_name(page: str, answer: Any) -> None:
    """What is not a page of HTML is named with plain characters, or as RFC 6266 says."""
    if answer["Content-Type"].startswith(("text/html", "text/plain", "application/json")):
        return
    disposition = answer.get("Content-Disposition", "")
    assert re.fullmatch(
        r"(attachment|inline); (filename=\"[\w.() -]+\"|filename\*=utf-8''[\w.%()!'~*-]+)",
        disposition,
        re.ASCII,
    ), (page, disposition)


@override_settings(ROOT_URLCONF=__name__)
def test_a_name_cannot_write_another_header(world: World) -> None:
    answer = signed_in(world)["gestionnaire"].get("/essai/fichier/")
    check(answer)
    assert answer["Content-Disposition"] == ("attachment; filename*=utf-8''%C3%A9%0D%0A%22%3B.pdf")


def test_public_pages(world: World) -> None:
    client = Client()
    for page, status in PUBLIC.items():
        answer = client.get(address(page, world))
        assert answer.status_code == status, page
        check(answer)
