"""A failed job started again, from the supervision page."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.jobs import dispatch_job
from apps.core.models import Job
from apps.journal.services import record
from apps.payments.permissions import can_restart


@transaction.atomic
def restart_job(acting: Membership, job: Job, task: Any, *, on: date | None = None) -> Job:
    """ECHEC → EN_ATTENTE, dispatched again once committed. Refus when it may not be.

    What was to be done on the day it was asked is done on the day `on` (today by default): a run
    executed three days late is not entered in the ledger three days earlier.
    """
    job = Job.objects.select_for_update(of=("self",)).get(pk=job.pk)
    can_restart(acting, job).enforce()
    if "on" in job.parametres:
        job.parametres["on"] = (on or today()).isoformat()
    try:
        with transaction.atomic():
            Job.objects.filter(pk=job.pk).update(
                etat=Job.Etat.EN_ATTENTE,
                message="",
                fait=0,
                total=0,
                termine_le=None,
                parametres=job.parametres,
            )
    except IntegrityError:
        raise Refus("Le même traitement est déjà en cours : attendez qu’il se termine.") from None
    record(acting, "tache.relancee", job)
    job.refresh_from_db()
    transaction.on_commit(lambda: dispatch_job(job, task))
    return job
