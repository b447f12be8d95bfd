"""Asking for a file, keeping track of its download, queueing the documents of a run.

`request_export` is called by the export page and by the demonstration; `queue_documents` runs
inside the execution of a run, `record_download` when a produced file is handed over,
`record_list_export` when a list is taken away. Tasks are named, not imported: they stand above
the services.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from celery import current_app
from django.urls import reverse

from apps.accounts.models import Membership, Nature
from apps.accounts.notifications import notify
from apps.core.jobs import start_job
from apps.core.models import Job
from apps.dashboards.permissions import can_export
from apps.dashboards.restitutions.registry import restitution_of
from apps.dashboards.restitutions.restitution import Criteres, Restitution
from apps.journal.services import record
from apps.payments.models import Campagne

EXPORT = "export"
DOCUMENTS = "documents"


def request_export(acting: Membership, key: str, parametres: Mapping[str, Any]) -> Job:
    """Queue a restitution for a person; returns the job to follow.

    Raises `Refus` when the restitution is not theirs, a filter is missing or names an annex they
    do not see.
    """
    restitution = restitution_of(key)
    can_export(acting, restitution).enforce()
    criteres = Criteres.read(acting, parametres)
    restitution.enforce_required(criteres)
    kept = {"restitution": key, **criteres.as_parameters()}
    job = start_job(
        acting,
        EXPORT,
        restitution.title,
        f"{EXPORT}:{acting.pk}:" + ":".join(str(value or "") for value in kept.values()),
        current_app.tasks["dashboards.produce_export"],
        {**kept, "donne_un_fichier": True},
        retour=_same_request(restitution, criteres),
    )
    record(acting, "export.demande", job, apres=kept)
    return job


def tell_file_ready(job: Job, acting: Membership, restitution: Restitution) -> None:
    """Notify whoever asked, and nobody else, that their file waits for them."""
    notify(
        acting.organisation,
        "Votre fichier est prêt",
        f"« {restitution.title} » : le fichier que vous avez demandé peut être téléchargé "
        "pendant 30 jours.",
        reverse("core:job", args=[job.uuid]),
        nature=Nature.TRAITEMENT,
        roles=[acting.role],
        personne=acting.user,
    )


def _same_request(restitution: Restitution, criteres: Criteres) -> str:
    """The page where to ask for the file again, with the same criteria."""
    filled = {name: value for name, value in criteres.as_form().items() if value}
    page = reverse("dashboards:export_demander", args=[restitution.key])
    return f"{page}?{urlencode(filled)}" if filled else page


def record_export(
    acting: Membership, restitution: Restitution, criteres: Criteres, facts: Mapping[str, Any]
) -> None:
    """Journal a file handed over without a job (command): `facts` are its name and its hash."""
    told = {"restitution": restitution.key, **criteres.as_parameters(), **facts}
    record(acting, "export.telecharge", acting, apres=told)


def record_download(job: Job, acting: Membership) -> None:
    """Journal that the file of an export was handed over."""
    if job.nature == EXPORT and job.fichier is not None:
        record(
            acting,
            "export.telecharge",
            job,
            apres={"fichier": job.fichier.nom, "sha256": job.fichier.sha256},
        )


def record_list_export(acting: Membership, facts: Mapping[str, Any]) -> None:
    """Journal that a list was taken away as a file: which one, its filters, how many lines."""
    record(acting, "liste.exportee", acting, apres=facts)


def queue_documents(campagne: Campagne, acting: Membership, on: date) -> None:
    """Step of the execution of a run: its notices and orders are drawn once it is committed."""
    start_job(
        acting,
        DOCUMENTS,
        f"Avis de paiement et ordres de recouvrer de la campagne n° {campagne.numero}",
        f"{DOCUMENTS}:{campagne.pk}",
        current_app.tasks["dashboards.produce_documents"],
        {"campagne": campagne.pk},
    )
