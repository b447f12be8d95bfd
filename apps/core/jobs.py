"""Long tasks: a row in PostgreSQL that the screen follows, a Celery task that fills it.

`start_job` writes the row and dispatches the task once the transaction is committed; `job_task`
makes the task: it sets the states, keeps the file produced and leaves a sentence on failure, so
that no page waits for ever. The work itself must be idempotent: a worker that dies makes the
task start again (`acks_late`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any, cast

from celery import Task, current_app, shared_task
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet
from django.utils import timezone
from kombu.exceptions import ChannelError, OperationalError

from apps.core import fence
from apps.core.errors import Refus
from apps.core.models import Fichier, Job

logger = logging.getLogger(__name__)

# An active job that nobody has touched for this long is dead and must not block its key.
ABANDONED_AFTER = timedelta(hours=6)
# A job that still waits after this long, when the queue is empty, has lost its message.
LOST_AFTER = timedelta(minutes=10)
# Progress is written at most this often, in seconds.
PROGRESS_EVERY = 0.5

# Called with (job, acting) when a produced file is handed over: the journal stands above this
# application and registers here what it keeps.
DOWNLOAD_STEPS: list[Callable[[Job, Any], None]] = []

FAILURE = (
    "Le traitement s’est interrompu à la suite d’une erreur technique. Rien n’est perdu : "
    "relancez-le ; si l’erreur se répète, prévenez l’assistance."
)

LOST = (
    "La file des tâches a été interrompue avant que ce traitement ne commence. Rien n’est perdu : "
    "relancez-le."
)

_side_connections: dict[int, BaseDatabaseWrapper] = {}
_last_progress: dict[int, float] = {}


def jobs_of(acting: Any) -> QuerySet[Job]:
    """Jobs a person may follow: those asked for by the membership they are acting with.

    A file holds what that membership saw: one that has ended, or another organisation of the
    same person, no longer opens it.
    """
    return Job.objects.filter(demande_par=acting.user_id, membership_id=acting.pk)


@fence.system("somebody else may be running the same job")
def start_job(
    acting: Any,
    nature: str,
    titre: str,
    cle: str,
    task: Any,
    parametres: dict[str, Any] | None = None,
    *,
    retour: str = "",
) -> Job:
    """Record a job and dispatch `task` with its uuid when the transaction commits.

    `acting` is the membership that asks (None for the schedule). `cle` says what the job works
    on: asked twice by the same person while it runs, it is the same job. `retour` is the address
    shown when it is over. Raises Refus when somebody else is already running it.
    """
    _release(cle)
    try:
        with transaction.atomic():
            job = Job.objects.create(
                nature=nature,
                titre=titre,
                cle=cle,
                parametres={**(parametres or {}), **({"retour": retour} if retour else {})},
                demande_par=acting.user if acting else None,
                membership_id=acting.pk if acting else None,
            )
    except IntegrityError:
        running = Job.objects.filter(cle=cle, etat__in=Job.ACTIFS).first()
        if running and acting and running.demande_par_id == acting.user_id:
            return running
        raise Refus(
            "Ce traitement est déjà en cours, à la demande d’une autre personne. "
            "Attendez qu’il se termine."
        ) from None
    transaction.on_commit(lambda: dispatch_job(job, task))
    return job


def dispatch_job(job: Job, task: Any) -> None:
    """Hand a committed job to the workers; when the queue does not answer, it is over and says so.

    The transaction is committed already: an exception here would lose the job for ever, its key
    held by a row that nobody will take.
    """
    try:
        task.delay(str(job.uuid))
    except OperationalError:
        logger.exception("Job %s (%s) could not be dispatched", job.uuid, job.nature)
        _end(job, Job.Etat.ECHEC, message=FAILURE)


def dispatch(task: Any, *args: Any) -> None:
    """Have a small task run once the transaction is committed, without a row to follow.

    For what is made ahead and would be made on demand otherwise: a queue that does not answer is
    logged and takes nothing back.
    """
    transaction.on_commit(lambda: task.delay(*args), robust=True)


def job_task(name: str, **options: Any) -> Callable[[Callable[[Job], Any]], Task]:
    """Make a Celery task of `work(job)`.

    `work` reads `job.parametres`, reports with `progress` and returns the `Fichier` produced, a
    sentence, or None. It runs outside any transaction: the services it calls open their own.
    """

    def decorate(work: Callable[[Job], Any]) -> Task:
        @shared_task(name=name, **options)  # type: ignore[untyped-decorator]
        def run(uuid: str) -> None:
            job = _begin(uuid)
            if job is not None:
                _perform(job, work)

        run.__doc__ = work.__doc__
        return cast(Task, run)

    return decorate


def progress(job: Job, done: int, total: int, message: str = "") -> None:
    """Report `done` out of `total`; seen at once, even from inside a transaction.

    Inside one, it is written through a second connection: the first would show it only at the
    end. Rows the second one cannot see (tests) are written through the first.
    """
    now = time.monotonic()
    if done < total and now - _last_progress.get(job.pk, 0.0) < PROGRESS_EVERY:
        return
    _last_progress[job.pk] = now
    job.fait, job.total, job.message = min(done, total), total, message[:500]
    if not (connection.in_atomic_block and _progress_aside(job)):
        Job.objects.filter(pk=job.pk).update(fait=job.fait, total=job.total, message=job.message)


def _progress_aside(job: Job) -> bool:
    side = _side_connections.get(job.pk)
    if side is None:
        side = _side_connections[job.pk] = connection.copy()
        with side.cursor() as cursor:
            # The work may itself hold the row: progress is then simply not shown.
            cursor.execute("SET lock_timeout = '200ms'")
    try:
        with side.cursor() as cursor:
            cursor.execute(
                "UPDATE core_job SET fait = %s, total = %s, message = %s WHERE id = %s",
                [job.fait, job.total, job.message, job.pk],
            )
            return bool(cursor.rowcount == 1)
    except DatabaseError:
        return True


def end_lost_jobs() -> int:
    """End the jobs that wait for a message that the queue no longer holds; returns how many.

    The queue is in Redis, which may be lost: who waits is told, and the key is free again. A
    message that came after all would find the job over, and do nothing.
    """
    limit = timezone.now() - LOST_AFTER
    # One that has been started once, and is asked again, waits since a moment nobody knows.
    waiting = Job.objects.filter(
        etat=Job.Etat.EN_ATTENTE, cree_le__lt=limit, commence_le__isnull=True
    )
    if not waiting.exists() or _messages() != 0:
        return 0
    return waiting.update(etat=Job.Etat.ECHEC, message=LOST, termine_le=timezone.now())


def _messages() -> int | None:
    """How many messages wait in the queue of the workers; None when it does not answer."""
    with current_app.connection_for_read() as broker:
        try:
            queue = current_app.conf.task_default_queue
            return int(broker.channel().queue_declare(queue, passive=True).message_count)
        except ChannelError:
            return 0  # Redis has no empty queue
        except (*broker.connection_errors, OSError):
            return None


def _begin(uuid: str) -> Job | None:
    """Take the job; None when it is over already (a message delivered twice)."""
    taken = Job.objects.filter(uuid=uuid, etat__in=Job.ACTIFS).update(
        etat=Job.Etat.EN_COURS, commence_le=timezone.now(), fait=0, total=0, message=""
    )
    return Job.objects.select_related("demande_par").get(uuid=uuid) if taken else None


def _perform(job: Job, work: Callable[[Job], Any]) -> None:
    try:
        with fence.acting_as(_asker(job)) if job.membership_id else nullcontext():
            result = work(job)
    except Refus as refus:
        _end(job, Job.Etat.ECHEC, message=str(refus))
    except Exception:
        logger.exception("Job %s (%s) failed", job.uuid, job.nature)
        _end(job, Job.Etat.ECHEC, message=FAILURE)
        raise
    else:
        fichier = result if isinstance(result, Fichier) else None
        _end(job, Job.Etat.TERMINE, message=result if isinstance(result, str) else "", file=fichier)
    finally:
        _last_progress.pop(job.pk, None)
        side = _side_connections.pop(job.pk, None)
        if side is not None:
            side.close()


def _asker(job: Job) -> Any:
    """The membership that asked: its file holds what it sees, not what the workers see."""
    memberships = apps.get_model("accounts", "Membership")._default_manager
    return memberships.select_related("organisation").get(pk=job.membership_id)


def _end(job: Job, etat: Job.Etat, *, message: str, file: Fichier | None = None) -> None:
    """Last state, committed at once (no transaction is open in a worker)."""
    Job.objects.filter(pk=job.pk).update(
        etat=etat, message=message[:500], fichier=file, termine_le=timezone.now()
    )


def _release(cle: str) -> None:
    """Close a job whose worker has vanished, so that its key can be used again."""
    limit = timezone.now() - ABANDONED_AFTER
    lost = Job.objects.filter(cle=cle, etat__in=Job.ACTIFS, cree_le__lt=limit)
    lost.exclude(commence_le__gte=limit).update(
        etat=Job.Etat.ECHEC, message=FAILURE, termine_le=timezone.now()
    )
