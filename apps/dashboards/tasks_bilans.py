"""Jobs of the bilans: issued after a run, then drawn ahead of the first reader."""

from __future__ import annotations

from datetime import date

from celery import shared_task

from apps.accounts.models import Membership
from apps.core.jobs import dispatch, job_task, progress
from apps.core.models import Job
from apps.core.pdf import archive_missing
from apps.dashboards.bilans.document import bilan_file
from apps.dashboards.emission import issue_bilans
from apps.dashboards.models import BilanEmis
from apps.payments.models import Campagne


@job_task("dashboards.issue_bilans")
def issue(job: Job) -> str:
    """Issue the bilans of an executed run, in the name of the membership that executed it."""
    campagne = Campagne.objects.executed().get(pk=job.parametres["campagne"])
    acting = Membership.objects.select_related("organisation", "user").get(pk=job.membership_id)
    on = date.fromisoformat(job.parametres["on"])
    count = issue_bilans(
        campagne, acting, on, lambda done, total: progress(job, done, total, "Bilans")
    )
    dispatch(draw_bilans, campagne.pk)
    return f"Bilans émis : {count}."


@shared_task(name="dashboards.draw_bilans")
def draw_bilans(campagne_id: int) -> None:
    """Archive the documents of the bilans of a run that nobody has opened yet."""
    archive_missing(
        BilanEmis.objects.filter(campagne=campagne_id, fichier__isnull=True), bilan_file
    )
