"""Pages of refusals and errors: in French, what happened, where to go; nothing technical."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

from django.db import InterfaceError, OperationalError
from django.template.loader import render_to_string
from django.test import Client
from lxml import html

from apps.accounts.models import Role
from tests.factories import make_membership, make_user

TECHNICAL = ("Traceback", "Exception", "django", "Error", "None")


def read(answer: Any) -> html.HtmlElement:
    page = html.fromstring(answer.text)
    assert len(page.xpath("//h1")) == 1
    text = page.xpath("string(//main)")
    assert [word for word in TECHNICAL if word in text] == []
    assert page.xpath("//main//a[@href='/']/text()") == ["Revenir à l’accueil"]
    return page


def test_an_unknown_address(db: None, client: Client) -> None:
    membership = make_membership(Role.LECTEUR)
    client.force_login(membership.user)
    answer = client.get("/adresse-inconnue/")
    assert answer.status_code == 404
    page = read(answer)
    assert page.xpath("//h1/text()") == ["Page introuvable"]
    assert membership.organisation.nom in page.xpath("string(//main)")
    assert page.xpath("//main//a[@href='/aide/']")


def test_a_page_of_another_role(db: None, client: Client) -> None:
    membership = make_membership(Role.LECTEUR)
    client.force_login(membership.user)
    answer = client.get("/habilitations/")
    assert answer.status_code == 403
    text = read(answer).xpath("string(//main)")
    assert f"Vous agissez pour {membership.organisation} avec le rôle « Lecteur »." in text
    assert "choisissez-la en haut de la page" not in text


def test_somebody_of_two_organisations_is_told_to_look_at_the_other(
    db: None, client: Client
) -> None:
    user = make_user()
    first = make_membership(Role.LECTEUR, user=user)
    make_membership(Role.GESTIONNAIRE, user=user)
    client.force_login(user)
    client.post("/organisation/", {"habilitation": first.pk})
    assert "choisissez-la en haut de la page" in client.get("/habilitations/").text
    assert "choisissez-la en haut de la page" in client.get("/adresse-inconnue/").text


def test_a_page_older_than_the_sign_in(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_membership().user)
    answer = client.post("/organisation/", {"habilitation": 1})
    assert answer.status_code == 403
    assert read(answer).xpath("//h1/text()") == ["Page périmée"]


def test_a_database_that_does_not_answer_is_said_to_come_back(
    db: None, client: Client, monkeypatch: Any
) -> None:
    """503, and what to do; another fault keeps its own page."""
    client.raise_request_exception = False
    for error, status, heading in (
        (OperationalError("gone"), 503, "Le service est momentanément indisponible"),
        (InterfaceError("closed"), 503, "Le service est momentanément indisponible"),
        (ValueError("a fault"), 500, "Une erreur technique s’est produite"),
    ):
        monkeypatch.setattr("apps.core.views.pages_by_subject", Mock(side_effect=error))
        answer = client.get("/aide/")
        assert (answer.status_code, answer.has_header("Retry-After")) == (status, status == 503)
        assert read(answer).xpath("//h1/text()") == [heading]


def test_a_technical_error_stands_alone() -> None:
    page = html.fromstring(render_to_string("500.html"))
    assert page.xpath("//h1/text()") == ["Une erreur technique s’est produite"]
    assert page.xpath("//title/text()") == ["Erreur technique – Extranet IAE"]
    assert page.xpath("//a/@href") == ["/"]
