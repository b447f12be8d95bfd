"""Supervision of the long jobs: what is under way, over, failed (spec 03, ASP).

Reads of `views/supervision.py`. An administrator sees the kinds and states of the jobs, never
their titles nor messages: those may name a case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils import timezone

from apps.accounts.models import Membership
from apps.core.models import CourrielEnvoye, Job
from apps.core.verdicts import Verdict
from apps.payments.permissions import can_restart
from apps.rules.explanation import NBSP

NATURES = {
    "payments.prepare": "Préparation d’une campagne",
    "payments.execute": "Exécution d’une campagne",
    "dashboards.produce_export": "Export Excel",
    "dashboards.produce_documents": "Lot de documents PDF",
}
ETATS = {
    Job.Etat.EN_ATTENTE: "en attente",
    Job.Etat.EN_COURS: "en cours",
    Job.Etat.TERMINE: "terminés",
    Job.Etat.ECHEC: "en échec",
}
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Traitement:
    """A job as one role may see it."""

    job: Job
    libelle: str
    message: str
    duree: str
    relance: Verdict


def jobs_seen_by(acting: Membership) -> list[Traitement]:
    """The latest jobs, those under way first."""
    rows = Job.objects.select_related("demande_par").defer("parametres")
    active = list(rows.filter(etat__in=Job.ACTIFS)[:SHOWN])
    over = list(rows.exclude(etat__in=Job.ACTIFS)[: SHOWN - len(active)])
    return [_seen(acting, job) for job in (*active, *over)]


def counts() -> dict[str, int]:
    """Number of jobs of the last thirty days, by state."""
    since = timezone.now() - timedelta(days=30)
    rows = Job.objects.filter(cree_le__gte=since).order_by().values_list("etat")
    found = dict(rows.annotate(nombre=Count("pk")))
    return {words: found.get(etat, 0) for etat, words in ETATS.items()}


def mail_counts() -> dict[str, int]:
    """E-mails that wait and that failed."""
    rows = CourrielEnvoye.objects.order_by().values_list("etat").annotate(nombre=Count("pk"))
    found = dict(rows)
    states = (CourrielEnvoye.Etat.EN_ATTENTE, CourrielEnvoye.Etat.ECHEC)
    return {str(etat.label): found.get(etat.value, 0) for etat in states}


def _seen(acting: Membership, job: Job) -> Traitement:
    kind = NATURES.get(job.nature, job.nature)
    told = acting.is_asp
    return Traitement(
        job=job,
        libelle=job.titre if told else kind,
        message=job.message if told else "",
        duree=_duration(job.commence_le, job.termine_le),
        relance=can_restart(acting, job),
    )


def _duration(start: datetime | None, end: datetime | None) -> str:
    """« 4 s », « 2 min 05 s »; nothing for a job that has not begun."""
    if start is None:
        return ""
    minutes, seconds = divmod(int(((end or timezone.now()) - start).total_seconds()), 60)
    if minutes:
        return f"{minutes}{NBSP}min {seconds:02d}{NBSP}s"
    return f"{seconds}{NBSP}s" if seconds else f"moins de 1{NBSP}s"
