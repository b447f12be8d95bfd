"""Redis killed and back: acts stay committed, jobs end or say why, pages answer without a cache.

A Redis of the test's own, without persistence: the queue it held is lost with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.core import jobs
from apps.core.jobs import start_job
from apps.core.models import Job
from apps.core.tasks import lost_jobs
from apps.journal.models import Entree
from apps.payments.models import Campagne
from apps.payments.services import prepare_campagne
from tests.factories import make_membership
from tests.faults.servers import OwnRedis, own_redis, wait_for
from tests.payments.dossiers import make_asp, run, signed_run
from tests.payments.test_worker_killed import make_year, money, queue, worker


@pytest.fixture
def redis() -> Iterator[OwnRedis]:
    with own_redis() as running:
        yield running


class Sent:
    """A task of the product, sent to the queue of this test in this Redis."""

    def __init__(self, redis: OwnRedis, name: str) -> None:
        broker = redis.url.replace("unix://", "redis+socket://")
        self.app = Celery("essai", broker=broker, set_as_current=False)
        self.name = name

    def delay(self, uuid: str) -> None:
        self.app.send_task(self.name, args=[uuid], queue=queue())


def asked(acting: Any, task: Sent, parametres: dict[str, Any]) -> Job:
    with transaction.atomic():
        return start_job(acting, task.name, task.name, f"{task.name}:essai", task, parametres)


@contextmanager
def held(table: str) -> Iterator[None]:
    """The rows of a table locked by another connection."""
    side = connection.copy()
    side.set_autocommit(False)
    try:
        with side.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {table} FOR UPDATE")
        yield
    finally:
        side.rollback()
        side.close()


def state_of(job: Job) -> str:
    job.refresh_from_db()
    return str(job.etat)


# --- The queue ------------------------------------------------------------------------------------
def test_an_act_is_committed_though_its_job_cannot_be_sent(
    committed_db: None, redis: OwnRedis
) -> None:
    """The job says what to do; asked again once Redis is back, it is sent."""
    asp = make_year()
    task = Sent(redis, "payments.prepare")
    redis.kill()
    with transaction.atomic():
        campagne = prepare_campagne(asp.gestionnaire, date(2018, 1, 1))
        job = asked(asp.gestionnaire, task, {"mois": "2018-01-01"})
    assert Campagne.objects.get() == campagne
    assert Entree.objects.filter(action="campagne.preparee").exists()
    assert (state_of(job), job.message) == (Job.Etat.ECHEC, jobs.FAILURE)
    redis.start()
    again = asked(asp.gestionnaire, task, {"mois": "2018-01-01"})
    assert (again.pk != job.pk, state_of(again)) == (True, Job.Etat.EN_ATTENTE)


def test_a_task_outlives_the_redis_that_brought_it(
    committed_db: None, redis: OwnRedis, tmp_path: Path, monkeypatch: Any
) -> None:
    """Killed while a run is being executed: it ends, once; the worker then takes other jobs."""
    monkeypatch.setenv("REDIS_URL", redis.url)
    with transaction.atomic():
        run(make_year(), "2018-01")
        expected = money()
        transaction.set_rollback(True)
    asp = make_year()
    campagne = signed_run(asp, "2018-01")
    execute = Sent(redis, "payments.execute")
    with worker(tmp_path):
        with held("payments_campagne"):  # the worker waits for the run
            job = asked(asp.comptable, execute, {"campagne": campagne.pk, "on": "2018-01-20"})
            wait_for(lambda: state_of(job) == Job.Etat.EN_COURS, "the worker")
            redis.kill()
        redis.start()
        wait_for(lambda: state_of(job) == Job.Etat.TERMINE, "the end of the task")
        assert money() == expected
        other = asked(asp.gestionnaire, Sent(redis, "payments.prepare"), {"mois": "2018-02-01"})
        wait_for(lambda: state_of(other) == Job.Etat.TERMINE, "the worker, with the new Redis")
    assert Campagne.objects.filter(mois="2018-02-01").exists()


def test_a_job_whose_message_is_lost_says_so(
    committed_db: None, redis: OwnRedis, monkeypatch: Any
) -> None:
    """The clock ends it, but not while its message waits in the queue, nor at once."""
    asp = make_asp()
    task = Sent(redis, "payments.prepare")
    monkeypatch.setattr(jobs, "current_app", task.app)
    task.app.conf.task_default_queue = queue()
    job = asked(asp.gestionnaire, task, {"mois": "2018-01-01"})
    assert (lost_jobs(), state_of(job)) == (0, Job.Etat.EN_ATTENTE)
    Job.objects.update(cree_le=timezone.now() - timedelta(hours=1))
    assert (lost_jobs(), state_of(job)) == (0, Job.Etat.EN_ATTENTE)
    redis.kill()
    assert (lost_jobs(), state_of(job)) == (0, Job.Etat.EN_ATTENTE)
    redis.start()
    assert (lost_jobs(), state_of(job)) == (1, Job.Etat.ECHEC)
    assert job.message == jobs.LOST


# --- The cache ------------------------------------------------------------------------------------
def test_pages_do_without_a_cache(db: None, redis: OwnRedis, settings: Any) -> None:
    """Found while Redis is there; absent, without a fault, while it is not; then there again."""
    settings.CACHES = {
        "default": {
            "BACKEND": "apps.core.cache.ForgetfulRedisCache",
            "LOCATION": redis.url,
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        }
    }
    client = Client()
    client.force_login(make_membership("GESTIONNAIRE").user)
    pages = [reverse("payments:supervision"), reverse("payments:apercu", args=["2018-01"])]
    cache.set("a", 1)
    assert (cache.get("a"), cache.add("a", 2), cache.incr("a")) == (1, False, 2)
    assert [client.get(page).status_code for page in pages] == [200, 200]
    redis.kill()
    assert [client.get(page).status_code for page in pages] == [200, 200]
    cache.set("a", 1)
    assert (cache.get("a"), cache.get("a", 7), cache.add("a", 2)) == (None, 7, False)
    assert cache.delete("a") is False
    with pytest.raises(ValueError, match="does not answer"):
        cache.incr("a")
    redis.start()
    assert cache.add("a", 5) is True
    assert cache.get("a") == 5
