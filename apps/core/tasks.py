"""Background work of the plumbing: e-mails that wait are sent, produced files expire."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta

from celery import Task, shared_task
from django.core.files.storage import default_storage
from django.utils import timezone

from apps.core import jobs, mail
from apps.core.clock import today
from apps.core.models import Fichier
from apps.core.pulse import note_pulse

# A file that no row names after this long will never be named.
STRAY_AFTER = timedelta(days=1)
FOLDER = str(Fichier._meta.get_field("contenu").upload_to)  # of the month when it is written


@shared_task(name="core.expire_files")  # type: ignore[untyped-decorator]
def expire_files(on: str | None = None) -> int:
    """Delete the files whose last day is past; returns how many.

    The row goes first: a crash between the two leaves a stray file, never a dead link.
    """
    day = date.fromisoformat(on) if on else today()
    expired = list(Fichier.objects.filter(expire_le__lt=day))
    for fichier in expired:
        fichier.delete()
        fichier.contenu.delete(save=False)
    return len(expired)


@shared_task(name="core.sweep_files")  # type: ignore[untyped-decorator]
def sweep_files() -> int:
    """Delete the recent files that no row names: what an act taken back had written; how many.

    A day is left to the acts that are still being made, and to this task to have run since.
    """
    limit = timezone.now() - STRAY_AFTER
    removed = 0
    for folder in sorted({f"{limit - timedelta(days=30):{FOLDER}}", f"{limit:{FOLDER}}"}):
        with suppress(FileNotFoundError):
            removed += _sweep(folder, limit)
    return removed


def _sweep(folder: str, limit: datetime) -> int:
    _folders, names = default_storage.listdir(folder)
    old = {f"{folder}{name}" for name in names}
    old = {path for path in old if default_storage.get_modified_time(path) < limit}
    strays = old - set(
        Fichier.objects.filter(contenu__startswith=folder).values_list("contenu", flat=True)
    )
    for path in strays:
        default_storage.delete(path)
    return len(strays)


@shared_task(name="core.send_mail")  # type: ignore[untyped-decorator]
def send_mail() -> int:
    """Send the e-mails that wait; after each act that writes some, and every five minutes."""
    return mail.send_waiting()


@shared_task(name="core.lost_jobs")  # type: ignore[untyped-decorator]
def lost_jobs() -> int:
    """Every ten minutes: the jobs whose message was lost with the queue say so."""
    return jobs.end_lost_jobs()


@shared_task(name="core.pulse", bind=True, ignore_result=True)  # type: ignore[untyped-decorator]
def pulse(self: Task) -> None:
    """Run every minute: the clock and this worker are alive."""
    note_pulse(str(self.request.hostname or "travailleur"))
