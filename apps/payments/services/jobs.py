"""A failed job started again, from the supervision page."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from apps.accounts.models import Membership
from apps.core.errors import Refus
from apps.core.models import Job
from apps.journal.services import record
from apps.payments.permissions import can_restart


@transaction.atomic
def restart_job(acting: Membership, job: Job, task: Any) -> Job:
    """ECHEC → EN_ATTENTE, dispatched again once committed. Refus when it may not be."""
    job = Job.objects.select_for_update(of=("self",)).get(pk=job.pk)
    can_restart(acting, job).enforce()
    try:
        with transaction.atomic():
            Job.objects.filter(pk=job.pk).update(
                etat=Job.Etat.EN_ATTENTE, message="", fait=0, total=0, termine_le=None
            )
    except IntegrityError:
        raise Refus("Le même traitement est déjà en cours : attendez qu’il se termine.") from None
    record(acting, "tache.relancee", job)
    uuid = str(job.uuid)
    transaction.on_commit(lambda: task.delay(uuid))
    job.refresh_from_db()
    return job
