"""The health page, read by the container supervisor."""

from django.test import RequestFactory, override_settings

from apps.core.health import sante


def test_all_is_well(db):
    """The database and the broker answer: 200, ok."""
    answer = sante(RequestFactory().get("/sante/"))
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_a_silent_broker_is_named(db):
    """Redis does not answer: 503, and what is missing."""
    with override_settings(REDIS_URL="unix:///nowhere/redis.sock"):
        answer = sante(RequestFactory().get("/sante/"))
    assert answer.status_code == 503
    assert answer.content.decode() == "indisponible : file des tâches"


def test_the_page_is_public(client, db):
    """The page answers without an account, and tells nothing else."""
    answer = client.get("/sante/")
    assert (answer.status_code, answer.content) == (200, b"ok")
