"""A session: its key, its beginning and end, and rights that end while it goes on."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Role
from tests.factories import PASSWORD, make_membership, make_user
from tests.security.traces import tables_written, written
from tests.security.world import make_world

SIGN_IN = "/connexion/"


def test_signing_in_changes_the_session(db: None, client: Client) -> None:
    """A key known before (planted, or read over a shoulder) opens nothing afterwards."""
    member = make_membership(Role.SAISIE)
    planted = SessionStore()
    planted["anything"] = 1
    planted.create()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(planted.session_key)
    answer = client.post(SIGN_IN, {"username": member.user.username, "password": PASSWORD})
    assert answer.status_code == 302
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != planted.session_key
    assert not Session.objects.filter(pk=planted.session_key).exists()


def test_a_session_key_is_long_enough(db: None) -> None:
    """32 characters among 36: 165 bits."""
    keys = {SessionStore()._get_new_session_key() for _ in range(3)}
    assert {len(key) for key in keys} == {32}
    assert len(keys) == 3


def test_a_session_signed_out_opens_nothing(db: None, client: Client) -> None:
    client.force_login(make_membership(Role.SAISIE).user)
    kept = client.cookies[settings.SESSION_COOKIE_NAME].value
    page = reverse("accounts:profil")
    assert client.get(page).status_code == 200
    client.post(reverse("accounts:deconnexion"))
    stolen = Client()
    stolen.cookies[settings.SESSION_COOKIE_NAME] = kept
    assert stolen.get(page).status_code == 302


def test_a_membership_that_ends_during_a_session_neither_reads_nor_writes(db: None) -> None:
    world = make_world()
    acting = world.actors["gestionnaire"]
    client = Client()
    client.force_login(acting.user)
    url = reverse("annexes:suspendre", args=[world.annexe.pk])
    assert client.get(url).status_code == 200
    acting.fin = timezone.localdate() - timedelta(days=1)
    acting.save()
    before = written()
    for answer in (client.get(url), client.post(url, {"motif": "Motif"})):
        assert (answer.status_code, answer["Location"]) == (302, reverse("accounts:organisation"))
    assert tables_written(before, written()) == set()


def test_a_role_that_changes_during_a_session_is_the_new_one_at_once(db: None) -> None:
    world = make_world()
    acting = world.actors["gestionnaire"]
    client = Client()
    client.force_login(acting.user)
    url = reverse("annexes:suspendre", args=[world.annexe.pk])
    assert client.get(url).status_code == 200
    acting.role = Role.COMPTABLE
    acting.save()
    before = written()
    assert [client.get(url).status_code, client.post(url).status_code] == [403, 403]
    assert tables_written(before, written()) == set()


def test_the_membership_of_somebody_else_in_a_session_is_ignored(db: None, client: Client) -> None:
    """Even a session that names it: the membership must be one's own."""
    other = make_membership(Role.GESTIONNAIRE)
    user = make_user()
    for _ in range(2):
        make_membership(Role.SAISIE, user=user)
    client.force_login(user)
    session = client.session
    session["membership"] = other.pk
    session.save()
    answer = client.get(reverse("annexes:liste"))
    assert (answer.status_code, answer["Location"]) == (302, reverse("accounts:organisation"))
