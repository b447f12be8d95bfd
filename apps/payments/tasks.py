"""Scheduled and long work of the payments (spec 05 §1); every task may run twice without harm.

`prepare_monthly` and `alert_unpaid_due` are called by the clock (config/celery.py), `prepare` and
`execute` by the screens through a job. People control, approve and sign.
"""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

from celery import shared_task

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.jobs import job_task, progress, start_job
from apps.core.models import Job
from apps.payments.announcements import announce_forgotten
from apps.payments.models import Campagne
from apps.payments.services.execution import execute_campagne
from apps.payments.services.preparation import prepare_campagne
from apps.payments.watch import watch
from apps.rules.periods import Month

logger = logging.getLogger(__name__)


@shared_task(name="payments.prepare_monthly")
def prepare_monthly(on: str | None = None) -> str | None:
    """Ask for the run of the month of `on` (ISO date, today by default), for nobody's account.

    Returns the uuid of the job, None when this month's run exists already.
    """
    day = date.fromisoformat(on) if on else today()
    month = day.replace(day=1)
    existing = Campagne.objects.filter(mois=month).exclude(etat=Campagne.Etat.ABANDONNEE)
    if existing.exists():
        return None
    try:
        job = request_preparation(None, month)
    except Refus as refus:
        logger.warning("Campagne de %s non préparée : %s", month, refus)
        return None
    return str(job.uuid)


def request_preparation(acting: Membership | None, mois: date, *, retour: str = "") -> Job:
    """Record the job that prepares a run and dispatch it."""
    return start_job(
        acting,
        "payments.prepare",
        f"Préparation de la campagne {Month.of(mois).label_with_de}",
        f"payments.prepare:{mois:%Y-%m}",
        prepare,
        {"mois": mois.isoformat()},
        retour=retour,
    )


def request_execution(
    acting: Membership, campagne: Campagne, *, on: date | None = None, retour: str = ""
) -> Job:
    """Record the job that executes a run and dispatch it."""
    return start_job(
        acting,
        "payments.execute",
        f"Exécution de la campagne n° {campagne.numero}",
        f"payments.execute:{campagne.pk}",
        execute,
        {"campagne": campagne.pk, "on": (on or today()).isoformat()},
        retour=retour,
    )


@job_task("payments.prepare", acks_late=True)
def prepare(job: Job) -> str:
    """Prepare a run. Started again after a crash, it finds the run its first life committed."""
    mois = date.fromisoformat(job.parametres["mois"])
    done = Campagne.objects.filter(job=job).first()
    if done is None:
        done = prepare_campagne(
            _acting(job), mois, job=job, progress=lambda d, t, message: progress(job, d, t, message)
        )
    return (
        f"{done} préparée. Versements proposés : {done.nombre_versements}. "
        f"Échéances retenues : {done.nombre_retenues}."
    )


@job_task("payments.execute", acks_late=True)
def execute(job: Job) -> str:
    """Execute a run; executed already, it only says so."""
    campagne = Campagne.objects.get(pk=job.parametres["campagne"])
    on = date.fromisoformat(job.parametres["on"])
    acting = _acting(job)
    if acting is None:
        raise Refus("Une campagne est exécutée par une personne, jamais automatiquement.")
    campagne = execute_campagne(acting, campagne, on=on)
    return f"{campagne} exécutée. Versements : {campagne.nombre_versements}."


@shared_task(name="payments.alert_unpaid_due")
def alert_unpaid_due(on: str | None = None) -> dict[str, Any]:
    """Log what should have been paid and was not; tell the ASP what nobody would find otherwise:
    due and in no run, validated and nothing released. What is held has been told with its reason.
    """
    day = date.fromisoformat(on) if on else today()
    found = watch(day)
    for alerte in (*found.oubliees, *found.sans_suite):
        logger.error("Annexe %s, %s : %s", alerte.annexe_id, alerte.mois, alerte.motif)
    for alerte in (*found.retenues, *found.non_renvoyes):
        logger.warning(
            "Annexe %s, %s, depuis le %s : %s",
            alerte.annexe_id,
            alerte.mois,
            alerte.depuis,
            alerte.motif,
        )
    if found.oubliees or found.sans_suite:
        announce_forgotten(len(found.oubliees), len(found.sans_suite), day)
    return {
        "oubliees": len(found.oubliees),
        "sans_suite": len(found.sans_suite),
        "retenues": len(found.retenues),
        "non_renvoyes": len(found.non_renvoyes),
    }


def _acting(job: Job) -> Membership | None:
    """The membership that asked, still in force; None for the schedule."""
    if job.membership_id is None:
        return None
    active = Membership.objects.active(today()).select_related("user", "organisation")
    acting = active.filter(pk=job.membership_id).first()
    if acting is None:
        raise Refus("L’habilitation au nom de laquelle ce traitement a été demandé a pris fin.")
    return acting
