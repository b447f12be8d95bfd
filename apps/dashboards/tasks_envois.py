"""Jobs of the files made on a schedule: the clock finds what is due, one job makes each.

A job that dies starts again: a date is archived once (`services_envois`).
"""

from __future__ import annotations

from celery import shared_task

from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.jobs import job_task, start_job
from apps.core.models import Job
from apps.dashboards.models import EnvoiProgramme
from apps.dashboards.restitutions.registry import title_of
from apps.dashboards.services_envois import produce_files, produce_now

ENVOI = "envoi"


@shared_task(name="dashboards.produce_scheduled")  # type: ignore[untyped-decorator]
def produce_scheduled() -> int:
    """Queue a job for every schedule that is due; those already being made are left alone."""
    queued = 0
    for programme in EnvoiProgramme.objects.due(today()):
        title = title_of(programme.restitution)
        try:
            start_job(
                None,
                ENVOI,
                f"Envoi programmé : {title}",
                f"{ENVOI}:{programme.pk}",
                produce_delivery,
                {"programme": programme.pk},
            )
        except Refus:
            continue
        queued += 1
    return queued


@job_task("dashboards.produce_delivery")
def produce_delivery(job: Job) -> str:
    """Make the files of one schedule that are due."""
    produce = produce_now if job.parametres.get("maintenant") else produce_files
    made = produce(job.parametres["programme"], today())
    return f"Fichiers produits et archivés : {made}."
