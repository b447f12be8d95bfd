"""The health page, read by the container supervisor, and its details."""

from datetime import timedelta

import pytest
from django.test import RequestFactory, override_settings
from django.utils import timezone

from apps.accounts.models import Role
from apps.core import health
from apps.core.health import sante
from apps.core.models import Job
from apps.core.pulse import note_pulse
from tests.factories import make_membership

TOKEN = "jeton-de-supervision-assez-long-0123"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


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


@pytest.mark.parametrize(
    ("configured", "given"),
    [
        ("", ""),
        ("", "Bearer "),
        (TOKEN, ""),
        (TOKEN, "Bearer "),
        (TOKEN, f"Bearer {TOKEN}x"),
        (TOKEN, TOKEN),
        (TOKEN, "Bearer é"),
    ],
)
def test_details_are_refused_without_the_token(client, db, configured, given):
    """No token is right while none is configured."""
    with override_settings(SUPERVISION_TOKEN=configured):
        answer = client.get("/sante/details/", headers={"Authorization": given})
    assert answer.status_code == 403
    assert b"migrations" not in answer.content


@pytest.mark.parametrize("role", list(Role))
def test_details_are_for_the_administrator(client, db, role):
    client.force_login(make_membership(role).user)
    expected = 200 if role == Role.ADMINISTRATEUR else 403
    assert client.get("/sante/details/").status_code == expected


@override_settings(SUPERVISION_TOKEN=TOKEN)
def test_details_say_what_a_supervision_follows(client, db):
    """Database, role, migrations, tasks, mails, workers, disk; nothing to look at."""
    note_pulse("celery@un")
    details = client.get("/sante/details/", headers=BEARER).json()
    assert (details["etat"], details["ne_repond_pas"], details["role"]) == ("ok", [], [])
    assert details["migrations_en_attente"] == 0
    assert details["taches"] == {"en_attente": 0, "en_cours": 0, "plus_ancienne_s": None}
    (worker,) = details["travailleurs"]
    assert (worker["nom"], worker["vivant"]) == ("celery@un", True)
    assert 0 <= worker["vu_il_y_a_s"] < 60
    assert 0 < details["disque"]["libre_octets"] < details["disque"]["total_octets"]
    assert details["a_verifier"] == []


@override_settings(SUPERVISION_TOKEN=TOKEN)
def test_details_say_what_is_late(client, db, monkeypatch):
    """An old task, a silent worker, a full disk, a migration: each has its sentence."""
    hour = timezone.now() - timedelta(hours=1)
    note_pulse("celery@un", hour)
    job = Job.objects.create(nature="essai", titre="Essai", cle="essai")
    Job.objects.filter(pk=job.pk).update(cree_le=hour)
    monkeypatch.setattr(health, "DISK_FREE_MIN", 1)
    monkeypatch.setattr(health, "_pending_migrations", lambda: 2)
    monkeypatch.setattr(health, "dangers", lambda: ["is a superuser"])
    details = client.get("/sante/details/", headers=BEARER).json()
    assert details["taches"]["plus_ancienne_s"] >= 3600
    assert [sentence.split()[0] for sentence in details["a_verifier"]] == [
        "moins",
        "aucun",
        "une",
        "des",
        "le",
    ]


@override_settings(SUPERVISION_TOKEN=TOKEN, REDIS_URL="unix:///nowhere/redis.sock")
def test_details_survive_a_silent_broker(client, db):
    answer = client.get("/sante/details/", headers=BEARER)
    assert answer.status_code == 503
    assert answer.json()["ne_repond_pas"] == ["file des tâches"]
    assert "travailleurs" not in answer.json()
    assert "unix://" not in answer.text
