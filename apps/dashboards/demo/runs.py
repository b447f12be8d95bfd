"""The payment runs of the demonstration, as people and the worker carry them out.

A gestionnaire asks for the preparation (Celery job), controls; the ordonnateur approves; the
agent comptable signs and asks for the execution (Celery job). Every step is skipped when the run
is already past it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from apps.core.models import Job
from apps.core.templatetags.extranet import euros
from apps.core.templatetags.francais import pluralize
from apps.dashboards.demo.frame import acting
from apps.dashboards.emission import BILANS
from apps.payments.models import Campagne
from apps.payments.services import (
    approve_campagne,
    control_campagne,
    visa_campagne,
)
from apps.payments.tasks import request_execution, request_preparation
from apps.rules.periods import Month

JOB_TIMEOUT = 300.0  # seconds


class JobFailed(Exception):
    """A job of the demonstration ended badly or no worker took it."""


@dataclass
class RunFigures:
    """Seconds of each job of a run, for the printed summary."""

    mois: Month
    secondes: dict[str, float] = field(default_factory=dict)


def play_run(month: Month, say: Callable[[str], None]) -> RunFigures:
    """The run of a month from preparation to execution; returns the time of its two jobs."""
    figures = RunFigures(month)
    campagne = _of(month)
    if campagne is None:
        job = request_preparation(acting("asp.gestionnaire"), month.first_day)
        figures.secondes["preparation"] = wait_for(job)
        campagne = _of(month)
    if campagne is None:
        raise JobFailed(f"La campagne {month.label_with_de} n’a pas été préparée.")
    if campagne.etat == Campagne.Etat.PREPAREE:
        control_campagne(acting("asp.gestionnaire"), campagne)
        campagne.refresh_from_db()
    if campagne.etat == Campagne.Etat.CONTROLEE:
        approve_campagne(acting("asp.ordonnateur"), campagne)
        campagne.refresh_from_db()
    if campagne.etat == Campagne.Etat.APPROUVEE:
        visa_campagne(acting("asp.comptable"), campagne)
        campagne.refresh_from_db()
    if campagne.etat == Campagne.Etat.VISEE:
        job = request_execution(acting("asp.comptable"), campagne, on=campagne.jour_paiement)
        figures.secondes["execution"] = wait_for(job)
        # Before the next month is typed: a bilan says what is known after its run.
        wait_for(Job.objects.filter(cle=f"{BILANS}:{campagne.pk}").latest("pk"))
    campagne.refresh_from_db()
    retenues = campagne.nombre_retenues
    say(
        f"  campagne : {campagne.nombre_versements} versements, {euros(campagne.montant)}, "
        f"{retenues} échéance{pluralize(retenues)} retenue{pluralize(retenues)}"
    )
    return figures


def wait_for(job: Job) -> float:
    """Wait until the worker has finished a job; returns its seconds. Raises `JobFailed`."""
    deadline = time.monotonic() + JOB_TIMEOUT
    while time.monotonic() < deadline:
        job.refresh_from_db()
        if job.etat == Job.Etat.ECHEC:
            raise JobFailed(f"{job.titre} : {job.message}")
        if job.etat == Job.Etat.TERMINE and job.commence_le and job.termine_le:
            return (job.termine_le - job.commence_le).total_seconds()
        time.sleep(0.1)
    raise JobFailed(f"{job.titre} : aucun travailleur Celery ne l’a terminée à temps.")


def _of(month: Month) -> Campagne | None:
    return (
        Campagne.objects.filter(mois=month.first_day).exclude(etat=Campagne.Etat.ABANDONNEE).first()
    )
