"""Background work of the plumbing: e-mails that wait are sent, produced files expire."""

from __future__ import annotations

from datetime import date

from celery import Task, shared_task

from apps.core import jobs, mail
from apps.core.clock import today
from apps.core.models import Fichier
from apps.core.pulse import note_pulse


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
