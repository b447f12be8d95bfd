"""A session ends when it is left idle or too old, and says so to who reads it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Role
from apps.journal.models import Entree
from tests.factories import PASSWORD, make_membership

NOON = datetime(2023, 3, 1, 12, 0, tzinfo=UTC)
MINUTE, HOUR = 60, 3600


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def signed_in(db, client: Client, clock) -> Client:
    user = make_membership(Role.LECTEUR).user
    client.post("/connexion/", {"username": user.username, "password": PASSWORD})
    return client


def test_it_ends_after_thirty_idle_minutes(signed_in: Client, clock) -> None:
    clock.shift(30 * MINUTE - 1)
    assert signed_in.get("/profil/").status_code == 200
    clock.shift(30 * MINUTE)
    answer = signed_in.get("/profil/?a=1")
    assert answer["Location"] == "/connexion/?next=/profil/%3Fa%3D1&expiree=1"
    assert "Votre session est terminée" in signed_in.get(answer["Location"]).text
    assert "_auth_user_id" not in signed_in.session


def test_what_is_done_keeps_it_open_twelve_hours_at_most(signed_in: Client, clock) -> None:
    for _ in range(12 * 3 - 1):
        clock.shift(20 * MINUTE)
        assert signed_in.get("/profil/").status_code == 200
    clock.shift(20 * MINUTE)
    assert signed_in.get("/profil/").status_code == 302


def test_asking_how_long_is_left_keeps_nothing_open(signed_in: Client, clock) -> None:
    clock.shift(29 * MINUTE)
    assert signed_in.get("/session/").json() == {"reste": MINUTE}
    clock.shift(30)
    assert signed_in.get("/session/").json() == {"reste": 30}
    assert signed_in.post("/session/").json() == {"reste": 30 * MINUTE}
    clock.shift(29 * MINUTE)
    assert signed_in.get("/profil/").status_code == 200


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {"Accept": "application/json"}])
def test_a_script_gets_a_sentence_not_a_page(signed_in: Client, clock, headers) -> None:
    clock.shift(HOUR)
    answer = signed_in.post("/notifications/tout-lire/", headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (401, "text/plain; charset=utf-8")
    assert answer.text.startswith("Votre session est terminée.")


def test_a_visitor_without_a_session_is_not_told_that_it_has_ended(db, client: Client) -> None:
    assert client.get("/profil/")["Location"] == "/connexion/?next=/profil/"


def test_a_request_within_the_minute_does_not_write_the_session(signed_in, clock) -> None:
    def written() -> int:
        with CaptureQueriesContext(connection) as seen:
            signed_in.get("/profil/")
        return sum("UPDATE" in query["sql"] and "session" in query["sql"] for query in seen)

    clock.shift(30)
    assert written() == 0
    clock.shift(31)
    assert written() == 1
    assert written() == 0


def test_no_cache_keeps_what_a_signed_in_person_sees(signed_in: Client) -> None:
    for page in ("/", "/profil/", "/aide/", "/nulle-part/"):
        assert "no-store" in signed_in.get(page)["Cache-Control"], page
    assert "Cache-Control" not in Client().get("/aide/")


def test_signing_out_empties_what_the_browser_kept(signed_in: Client) -> None:
    assert signed_in.post("/deconnexion/")["Clear-Site-Data"] == '"cache", "storage"'


def test_the_other_sessions_are_closed_once_the_password_is_given(signed_in: Client) -> None:
    user = Entree.objects.get().utilisateur
    elsewhere = Client()
    elsewhere.post("/connexion/", {"username": user.username, "password": PASSWORD})
    refused = signed_in.post("/profil/sessions/", {"mot_de_passe": "faux"})
    assert "Ce n’est pas votre mot de passe." in refused.text
    assert elsewhere.get("/profil/").status_code == 200
    signed_in.post("/profil/sessions/", {"mot_de_passe": PASSWORD})
    assert elsewhere.get("/profil/").status_code == 302
    assert signed_in.get("/profil/").status_code == 200
    assert Entree.objects.order_by("pk").last().action == "compte.sessions_fermees"


def test_wrong_passwords_there_lock_the_account_as_at_the_sign_in(signed_in: Client) -> None:
    for _ in range(5):
        signed_in.post("/profil/sessions/", {"mot_de_passe": "faux"})
    answer = signed_in.post("/profil/sessions/", {"mot_de_passe": PASSWORD})
    assert "Trop de mots de passe erronés" in answer.text
    assert "compte.bloque" in set(Entree.objects.values_list("action", flat=True))
