"""Long tasks: one at a time per key, followed by their author alone, never left for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from celery import current_app
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError

from apps.core import jobs
from apps.core.errors import Refus
from apps.core.jobs import job_task, progress, start_job
from apps.core.models import Fichier, Job
from apps.core.services import store_file
from apps.core.tasks import expire_files
from tests.factories import make_membership

Task = Callable[[Callable[[Job], Any]], Any]


@pytest.fixture
def task_of() -> Iterator[Task]:
    """Makes a task of a function for one test."""
    name = "tests.job"

    def make(work: Callable[[Job], Any]) -> Any:
        current_app.tasks.pop(name, None)
        return job_task(name)(work)

    yield make
    current_app.tasks.pop(name, None)


def started(task: Any, acting: Any = None, *, cle: str = "cle", **kwargs: Any) -> Job:
    return start_job(acting, "essai", "Essai", cle, task, **kwargs)


def test_a_job_is_dispatched_once_the_transaction_is_committed(
    db: None, task_of: Task, django_capture_on_commit_callbacks: Any
) -> None:
    seen: list[Any] = []
    task = task_of(lambda job: seen.append(job.parametres["annee"]))
    with django_capture_on_commit_callbacks(execute=True):
        job = started(task, make_membership(), parametres={"annee": 2023})
        assert seen == []
    job.refresh_from_db()
    assert seen == [2023]
    assert job.etat == Job.Etat.TERMINE
    assert job.termine_le is not None


def test_the_file_produced_is_kept_on_the_job(db: None, task_of: Task) -> None:
    def work(job: Job) -> Fichier:
        return store_file(b"abc", nom="a.txt", titre="A", type_mime="text/plain")

    task = task_of(work)
    job = started(task)
    task.run(str(job.uuid))
    job.refresh_from_db()
    assert job.fichier is not None
    assert job.fichier.sha256 == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


def test_a_refusal_ends_the_job_with_its_sentence(db: None, task_of: Task) -> None:
    def work(job: Job) -> None:
        raise Refus("La campagne de mars existe déjà.")

    task = task_of(work)
    job = started(task)
    task.run(str(job.uuid))
    job.refresh_from_db()
    assert (job.etat, job.message) == (Job.Etat.ECHEC, "La campagne de mars existe déjà.")


def test_a_crash_ends_the_job_and_tells_nothing_of_its_cause(db: None, task_of: Task) -> None:
    def work(job: Job) -> None:
        raise ValueError("secret detail")

    task = task_of(work)
    job = started(task)
    with pytest.raises(ValueError, match="secret detail"):
        task.run(str(job.uuid))
    job.refresh_from_db()
    assert job.etat == Job.Etat.ECHEC
    assert job.message == jobs.FAILURE
    assert job.termine_le is not None


def test_a_job_that_is_over_does_not_run_again(db: None, task_of: Task) -> None:
    """The same message delivered twice does the work once."""
    runs: list[Job] = []
    task = task_of(runs.append)
    job = started(task)
    task.run(str(job.uuid))
    task.run(str(job.uuid))
    assert len(runs) == 1


def test_the_same_person_asking_twice_gets_the_same_job(db: None, task_of: Task) -> None:
    task = task_of(lambda job: None)
    acting = make_membership()
    assert started(task, acting) == started(task, acting)
    assert Job.objects.count() == 1


def test_another_person_is_refused_while_it_runs(db: None, task_of: Task) -> None:
    task = task_of(lambda job: None)
    started(task, make_membership())
    with pytest.raises(Refus, match="déjà en cours"):
        started(task, make_membership())
    assert Job.objects.count() == 1


def test_a_job_whose_worker_has_vanished_does_not_block_its_key(db: None, task_of: Task) -> None:
    task = task_of(lambda job: None)
    lost = started(task)
    long_ago = timezone.now() - jobs.ABANDONED_AFTER - timedelta(minutes=1)
    Job.objects.filter(pk=lost.pk).update(cree_le=long_ago, commence_le=long_ago)
    again = started(task, make_membership())
    lost.refresh_from_db()
    assert again.pk != lost.pk
    assert lost.etat == Job.Etat.ECHEC


def test_progress_is_seen_while_the_work_s_transaction_is_open(
    committed_db: None, task_of: Task
) -> None:
    """Written through a second connection: a rollback of the work does not take it away."""
    task = task_of(lambda job: None)
    job = started(task)

    class Interrupted(Exception):
        pass

    @transaction.atomic
    def work() -> None:
        progress(job, 10, 10, "Dix annexes")
        raise Interrupted

    with pytest.raises(Interrupted):
        work()
    jobs._side_connections.pop(job.pk).close()
    job.refresh_from_db()
    assert (job.fait, job.total, job.message) == (10, 10, "Dix annexes")


def test_progress_does_not_wait_for_a_row_the_work_holds(committed_db: None, task_of: Task) -> None:
    task = task_of(lambda job: None)
    job = started(task)
    with transaction.atomic():
        Job.objects.select_for_update().get(pk=job.pk)
        progress(job, 1, 1)
    jobs._side_connections.pop(job.pk).close()
    job.refresh_from_db()
    assert job.fait == 0


def test_progress_is_written_at_most_twice_a_second(
    db: None, task_of: Task, django_assert_num_queries: Any
) -> None:
    job = started(task_of(lambda job: None))
    progress(job, 1, 1000)
    before = len(connection.queries_log)
    with django_assert_num_queries(0):
        for done in range(2, 1000):
            progress(job, done, 1000)
    assert len(connection.queries_log) == before


# --- Pages -------------------------------------------------------------------------------------
def test_the_author_follows_the_job(db: None, client: Client, task_of: Task) -> None:
    acting = make_membership()
    job = started(task_of(lambda job: None), acting, retour="/")
    client.force_login(acting.user)
    answer = client.get(f"/taches/{job.uuid}/")
    assert answer.status_code == 200
    assert 'hx-trigger="every 2s"' in answer.text
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in answer.text
    fragment = client.get(f"/taches/{job.uuid}/", headers={"HX-Request": "true"}).text
    assert "<html" not in fragment
    Job.objects.update(etat=Job.Etat.ECHEC, message="Refusé.")
    ended = client.get(f"/taches/{job.uuid}/").text
    assert "Refusé." in ended
    assert "hx-trigger" not in ended
    assert "http-equiv" not in ended


def test_nobody_else_sees_the_job_or_its_file(db: None, client: Client, task_of: Task) -> None:
    job = started(task_of(lambda job: None), make_membership())
    fichier = store_file(b"abc", nom="a.txt", titre="A", type_mime="text/plain")
    Job.objects.update(etat=Job.Etat.TERMINE, fichier=fichier)
    client.force_login(make_membership().user)
    assert client.get(f"/taches/{job.uuid}/").status_code == 404
    assert client.get(f"/taches/{job.uuid}/fichier/").status_code == 404


def test_a_file_is_read_with_the_membership_that_asked_for_it(
    db: None, client: Client, task_of: Task
) -> None:
    """A membership that has ended, or another one of the same person, opens nothing."""
    acting = make_membership()
    other = make_membership("LECTEUR", user=acting.user)
    job = started(task_of(lambda job: None), acting)
    fichier = store_file(b"abc", nom="a.txt", titre="A", type_mime="text/plain")
    Job.objects.update(etat=Job.Etat.TERMINE, fichier=fichier)
    client.force_login(acting.user)
    for membership, expected in ((acting, 200), (other, 404)):
        client.post("/organisation/", {"habilitation": membership.pk})
        answer = client.get(f"/taches/{job.uuid}/fichier/")
        assert (answer.status_code, answer.streaming) == (expected, expected == 200)
        assert client.get(f"/taches/{job.uuid}/").status_code == expected
        if answer.streaming:
            assert b"".join(answer.streaming_content) == b"abc"


def test_a_queue_that_does_not_answer_ends_the_job(
    db: None, django_capture_on_commit_callbacks: Any
) -> None:
    """Nothing is raised once the act is committed, and the key can be used again at once."""

    class Unreachable:
        def delay(self, *args: Any) -> None:
            raise OperationalError("no broker")

    with django_capture_on_commit_callbacks(execute=True):
        job = started(Unreachable(), make_membership())
    job.refresh_from_db()
    assert (job.etat, job.message) == (Job.Etat.ECHEC, jobs.FAILURE)
    assert started(Unreachable(), make_membership()).pk != job.pk


def test_the_author_downloads_the_file(db: None, client: Client, task_of: Task) -> None:
    acting = make_membership()
    job = started(task_of(lambda job: None), acting)
    client.force_login(acting.user)
    page = client.get(f"/taches/{job.uuid}/fichier/")
    assert page.url == f"/taches/{job.uuid}/"  # it says where the job stands
    fichier = store_file(b"abc", nom="été.txt", titre="A", type_mime="text/plain")
    Job.objects.update(etat=Job.Etat.TERMINE, fichier=fichier)
    answer = client.get(f"/taches/{job.uuid}/fichier/")
    assert b"".join(answer.streaming_content) == b"abc"
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''%C3%A9t%C3%A9.txt"


def test_files_are_kept_until_their_last_day_and_no_longer(db: None) -> None:
    def stored(last_day: date | None) -> Fichier:
        return store_file(b"x", nom="x.txt", titre="X", type_mime="text/plain", expire_le=last_day)

    stored(date(2023, 3, 1))
    kept = [stored(date(2023, 3, 2)), stored(None)]
    assert expire_files(on="2023-03-02") == 1
    assert list(Fichier.objects.order_by("pk")) == kept
    for fichier in kept:
        assert fichier.contenu.storage.exists(fichier.contenu.name)


def test_an_expired_file_is_deleted_from_the_disk(db: None) -> None:
    fichier = store_file(
        b"x", nom="x.txt", titre="X", type_mime="text/plain", expire_le=date(2023, 3, 1)
    )
    storage, name = fichier.contenu.storage, fichier.contenu.name
    assert storage.exists(name)
    expire_files(on="2023-03-02")
    assert not storage.exists(name)


def test_an_anonymous_visitor_signs_in_first(db: None, client: Client, task_of: Task) -> None:
    job = started(task_of(lambda job: None), make_membership())
    answer = client.get(f"/taches/{job.uuid}/")
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/connexion/?next=/taches/{job.uuid}/",
    )
