"""Failures counted by address: sign-in, codes, forgotten passwords; where the address is read."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory
from redis.exceptions import ConnectionError as NoRedis

from apps.accounts.throttle import client_address
from apps.core.models import CourrielEnvoye
from tests.factories import PASSWORD, make_membership, make_user


@pytest.fixture(autouse=True)
def three_failures(settings) -> None:
    settings.ADDRESS_FAILURES_MAX = 3


def fail(client: Client, times: int, **extra: str) -> None:
    for number in range(times):
        values = {"username": f"personne-{number}", "password": "faux"}
        client.post("/connexion/", values, **extra)


def test_an_address_that_fails_on_many_accounts_is_refused(db, client: Client) -> None:
    user = make_membership().user
    right = {"username": user.username, "password": PASSWORD}
    fail(client, 3)
    answer = client.post("/connexion/", right)
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert "refusées pendant 15 minutes" in answer.text
    assert client.get("/connexion/").status_code == 200
    assert client.post("/connexion/", right, REMOTE_ADDR="192.0.2.9").status_code == 302


def test_below_the_limit_and_empty_forms_refuse_nothing(db, client: Client) -> None:
    user = make_membership().user
    fail(client, 2)
    for _ in range(5):
        client.post("/connexion/", {"username": user.username, "password": ""})
    values = {"username": user.username, "password": PASSWORD}
    assert client.post("/connexion/", values).status_code == 302


def test_forgotten_passwords_count_too(db, client: Client) -> None:
    make_user(email="zoe@exemple.fr")
    for _ in range(3):
        client.post("/mot-de-passe/oublie/", {"courriel": "inconnue@exemple.fr"})
    answer = client.post("/mot-de-passe/oublie/", {"courriel": "zoe@exemple.fr"})
    assert answer.status_code == 429
    assert not CourrielEnvoye.objects.exists()


def test_the_locks_of_accounts_remain_without_the_cache(db, client, monkeypatch) -> None:
    def dead(*args: object, **kwargs: object) -> None:
        raise NoRedis("no Redis")

    user = make_membership().user
    for name in ("get", "add", "incr"):
        monkeypatch.setattr(cache, name, dead)
    for _ in range(5):
        client.post("/connexion/", {"username": user.username, "password": "faux"})
    user.refresh_from_db()
    assert user.bloque_jusqu_a is not None


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "expected"),
    [
        (0, "203.0.113.7", "192.0.2.1", "192.0.2.1"),
        (1, "203.0.113.7", "192.0.2.1", "203.0.113.7"),
        (1, "6.6.6.6, 203.0.113.7", "192.0.2.1", "203.0.113.7"),
        (2, "6.6.6.6, 203.0.113.7, 10.0.0.1", "192.0.2.1", "203.0.113.7"),
        (2, "203.0.113.7", "192.0.2.1", "192.0.2.1"),
        (1, "", "192.0.2.1", "192.0.2.1"),
        (1, "nonsense", "192.0.2.1", "unknown"),
        (0, "", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
    ],
)
def test_where_a_request_comes_from(settings, proxies, forwarded, remote, expected) -> None:
    """Only what our own proxies have added is believed."""
    settings.PROXY_COUNT = proxies
    extra = {"headers": {"X-Forwarded-For": forwarded}} if forwarded else {}
    request = RequestFactory().get("/", REMOTE_ADDR=remote, **extra)
    assert client_address(request) == expected
