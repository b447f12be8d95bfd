"""What an answer gives away or leads to: cookies, origins, hosts, redirections, files."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role
from tests.factories import PASSWORD, make_membership, make_user
from tests.security.matrix import ROWS
from tests.security.test_access_matrix import address, expected
from tests.security.world import make_world

ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "https:evil.example",
    "javascript:alert(1)",
    "\thttps://evil.example/",
)
PARAMETERS = ("next", "retour", "url", "suite", "redirect")


def test_the_session_cookie_is_kept_from_scripts(db: None, client: Client) -> None:
    member = make_membership(Role.SAISIE)
    answer = client.post("/connexion/", {"username": member.user.username, "password": PASSWORD})
    cookie = answer.cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_no_other_origin_is_allowed(db: None, client: Client) -> None:
    client.force_login(make_membership(Role.SAISIE).user)
    for url in (reverse("accounts:profil"), reverse("siae:structures_suggestions"), "/connexion/"):
        answer = client.get(url, headers={"origin": "https://evil.example"})
        assert not [name for name in answer.headers if name.startswith("Access-Control-")]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_sign_in_leads_nowhere_else(db: None, client: Client, target: str) -> None:
    member = make_membership(Role.SAISIE)
    typed = {"username": member.user.username, "password": PASSWORD, "next": target}
    answer = client.post("/connexion/", typed)
    assert (answer.status_code, answer["Location"]) == (302, reverse("dashboards:accueil"))


def test_no_parameter_leads_to_another_site(db: None) -> None:
    """The pages that send elsewhere, asked with every parameter that might say where."""
    world = make_world()
    sent = 0
    for page in ROWS:
        for actor in [actor for actor, status in expected(page).items() if status == 302][:1]:
            client = Client()
            client.force_login(world.actors[actor].user)
            query = dict.fromkeys(PARAMETERS, ELSEWHERE[1])
            url = address(page, world)
            for answer in (client.get(url, query), client.post(url, query)):
                if answer.streaming:
                    assert b"".join(answer.streaming_content)
                if answer.status_code == 302:
                    sent += 1
                    assert "evil.example" not in answer["Location"].partition("?")[0], page
                    assert answer["Location"].startswith("/"), page
    assert sent


def test_an_unknown_host_is_refused(db: None, client: Client) -> None:
    assert client.get("/connexion/", headers={"host": "evil.example"}).status_code == 400


def test_links_of_e_mails_do_not_follow_the_host_of_the_request(db: None, client: Client) -> None:
    """A reset asked with a forged host would otherwise send its token to whoever forged it."""
    make_membership(Role.SAISIE, user=make_user(email="zoe@exemple.fr"))
    url, typed = reverse("accounts:mot_de_passe_oublie"), {"courriel": "zoe@exemple.fr"}
    answer = client.post(url, typed, headers={"x-forwarded-host": "evil.example"})
    assert answer.status_code == 200
    assert "evil.example" not in "".join(str(m.body) + str(m.alternatives) for m in mail.outbox)


def test_stored_files_have_no_address(db: None, client: Client) -> None:
    """What is received is only given by the pages that check who asks; no folder is listed."""
    world = make_world()
    client.force_login(world.actors["gestionnaire"].user)
    stored = world.ordre.document.contenu.name
    for url in (
        f"/media/{stored}",
        f"/{stored}",
        f"/static/{stored}",
        f"/static/../var/media/{stored}",
        "/media/",
        "/static/",
        "/static/js/",
        "/.git/config",
    ):
        assert client.get(url).status_code == 404, url
