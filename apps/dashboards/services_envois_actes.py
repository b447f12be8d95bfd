"""What a person does to a schedule that runs: change it, have its file made today.

Called by their screens. The archive stays whole: both keep the same schedule.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from celery import current_app
from django.db import transaction
from django.urls import reverse

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.jobs import start_job
from apps.core.models import Job
from apps.dashboards.envois import next_date
from apps.dashboards.models import EnvoiProgramme
from apps.dashboards.permissions import can_schedule
from apps.dashboards.restitutions.registry import restitution_of
from apps.dashboards.services_envois import (
    DEJA_PROGRAMME,
    facts_of,
    lock_schedule,
    made_on,
    parameters_of,
)
from apps.journal.services import record

ENVOI = "envoi"
ARRETE = "Cet envoi est arrêté : reprenez-le d’abord."


@transaction.atomic
def modify_schedule(
    acting: Membership,
    programme: EnvoiProgramme,
    parametres: Mapping[str, Any],
    *,
    rythme: str,
    jour: int,
    courriel: bool,
    on: date | None = None,
) -> None:
    """Change the criteria, the rhythm, the day or the e-mail; the files made stay as they are.

    The next date is the first one after `on` when the rhythm or the day changes. Raises `Refus`
    when it is stopped, when the restitution or its criteria are not this person's, or when the
    same schedule runs already.
    """
    locked = lock_schedule(acting, programme)
    restitution = restitution_of(locked.restitution)
    can_schedule(acting, restitution).enforce()
    if locked.arrete_le:
        raise Refus(ARRETE)
    if rythme not in EnvoiProgramme.Rythme.values or not 1 <= jour <= 28:
        raise Refus("Choisissez un rythme et un jour du mois compris entre 1 et 28.")
    kept = parameters_of(acting, restitution, parametres)
    same = EnvoiProgramme.objects.in_force().filter(
        organisation=locked.organisation_id,
        restitution=locked.restitution,
        parametres=kept,
        rythme=rythme,
    )
    if same.exclude(pk=locked.pk).exists():
        raise Refus(DEJA_PROGRAMME)
    before = facts_of(locked)
    if (rythme, jour) != (locked.rythme, locked.jour):
        locked.prochain_le = next_date(rythme, jour, on or today())
    locked.parametres, locked.rythme, locked.jour, locked.courriel = kept, rythme, jour, courriel
    if facts_of(locked) == before:
        return
    locked.save()
    record(acting, "envoi.modifie", locked, avant=before, apres=facts_of(locked))


def request_now(acting: Membership, programme: EnvoiProgramme, *, on: date | None = None) -> Job:
    """Queue the file of today, once a day at most; returns the job to follow.

    Raises `Refus` when the schedule is stopped, when today has its file, or when it is being made.
    """
    can_schedule(acting, restitution_of(programme.restitution)).enforce()
    if programme.arrete_le:
        raise Refus(ARRETE)
    if made_on(programme, on or today()):
        raise Refus(
            "Le fichier de ce jour est déjà produit : il figure dans les fichiers archivés. Vous "
            "pourrez en produire un autre demain."
        )
    titre = f"Envoi programmé : {restitution_of(programme.restitution).title}"
    job = start_job(
        acting,
        ENVOI,
        titre,
        f"{ENVOI}:{programme.pk}",
        current_app.tasks["dashboards.produce_delivery"],
        {"programme": programme.pk, "maintenant": True},
        retour=reverse("dashboards:envoi", args=[programme.pk]),
    )
    record(acting, "envoi.demande", programme)
    return job
