"""Files an organisation has made ready every month or quarter: set up, produced, stopped.

Called by their screens, by the job `dashboards.produce_scheduled` and by the demonstration. A file
is written before the lock is taken, then archived with its date in one transaction: a worker that
dies leaves at most a file that expires, and starts again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Membership, Nature
from apps.accounts.notifications import notify
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.exports import XLSX
from apps.core.models import Fichier
from apps.core.services import store_file
from apps.dashboards.envois import next_date, period_of, subject_of
from apps.dashboards.models import Envoi, EnvoiProgramme
from apps.dashboards.permissions import can_schedule
from apps.dashboards.restitutions.fichier import excel_file, file_name
from apps.dashboards.restitutions.registry import restitution_of, title_of
from apps.dashboards.restitutions.restitution import Criteres, Restitution
from apps.journal.services import record
from apps.rules.periods import Month
from apps.siae.codes import TypeMesure

logger = logging.getLogger(__name__)

# A file that no archive has taken by then is that of a worker that died.
DAYS_UNCLAIMED = 2
# A file that names persons is kept twelve months, as its page and its « Critères » sheet say.
DAYS_NOMINATIVE = 365
DEJA_PROGRAMME = (
    "Cette restitution est déjà programmée avec les mêmes critères et le même rythme : "
    "consultez-la dans la liste des envois."
)
CONSERVATION = (
    (
        "Conservation",
        "Ce fichier nomme des personnes : l’extranet le supprime douze mois après sa date. "
        "Supprimez vos copies dès qu’elles ne vous servent plus.",
    ),
)
ECHEC = (
    "Le fichier n’a pas pu être produit à la suite d’une erreur technique. Une nouvelle tentative "
    "aura lieu demain."
)


@transaction.atomic
def create_schedule(
    acting: Membership,
    key: str,
    parametres: Mapping[str, Any],
    *,
    rythme: str,
    jour: int,
    courriel: bool = True,
    on: date | None = None,
) -> EnvoiProgramme:
    """Have a restitution made ready on a day of each month or quarter, the first one after `on`.

    The period of `parametres` is left out: each file takes its own. Raises `Refus` when the
    restitution is not theirs, is that of one annex, or is scheduled already.
    """
    restitution = restitution_of(key)
    can_schedule(acting, restitution).enforce()
    kept = parameters_of(acting, restitution, parametres)
    if rythme not in EnvoiProgramme.Rythme.values or not 1 <= jour <= 28:
        raise Refus("Choisissez un rythme et un jour du mois compris entre 1 et 28.")
    same = EnvoiProgramme.objects.in_force().filter(
        organisation=acting.organisation_id, restitution=key, parametres=kept, rythme=rythme
    )
    type(acting.organisation).objects.select_for_update().get(pk=acting.organisation_id)
    if same.exists():
        raise Refus(DEJA_PROGRAMME)
    programme = EnvoiProgramme.objects.create(
        organisation=acting.organisation,
        membership=acting,
        restitution=key,
        parametres=kept,
        rythme=rythme,
        jour=jour,
        courriel=courriel,
        prochain_le=next_date(rythme, jour, on or today()),
    )
    record(
        acting,
        "envoi.programme",
        programme,
        apres=facts_of(programme),
    )
    return programme


@transaction.atomic
def stop_schedule(acting: Membership, programme: EnvoiProgramme, *, on: date | None = None) -> None:
    """No more file of this schedule; those archived stay. `Refus` when it is stopped already."""
    locked = lock_schedule(acting, programme)
    if locked.arrete_le:
        raise Refus(f"Cet envoi est déjà arrêté depuis le {locked.arrete_le:%d/%m/%Y}.")
    _stop(locked, f"Arrêté par {acting.user.nom_complet}.", on or today())
    record(acting, "envoi.arrete", locked, apres={"arrete_le": locked.arrete_le})


@transaction.atomic
def resume_schedule(
    acting: Membership, programme: EnvoiProgramme, *, on: date | None = None
) -> None:
    """Take a schedule over, stopped or not: its next files hold what this person sees.

    The dates missed while it was stopped are not made. Raises `Refus` when the restitution or its
    criteria are not this person's, or the same schedule runs already.
    """
    locked = lock_schedule(acting, programme)
    restitution = restitution_of(locked.restitution)
    can_schedule(acting, restitution).enforce()
    Criteres.read(acting, locked.parametres)
    before = {"arrete_le": locked.arrete_le, "demandeur": str(locked.membership.user)}
    if locked.arrete_le:
        same = EnvoiProgramme.objects.in_force().filter(
            organisation=locked.organisation_id,
            restitution=locked.restitution,
            parametres=locked.parametres,
            rythme=locked.rythme,
        )
        if same.exists():
            raise Refus(DEJA_PROGRAMME)
        locked.prochain_le = next_date(locked.rythme, locked.jour, on or today())
    elif locked.membership_id == acting.pk:
        raise Refus("Cet envoi est déjà en cours à votre nom.")
    locked.membership, locked.arrete_le, locked.arrete_motif = acting, None, ""
    locked.save()
    after = {"arrete_le": None, "demandeur": str(acting.user)}
    record(acting, "envoi.repris", locked, avant=before, apres=after)


def produce_files(programme_id: int, on: date) -> int:
    """Make every file of a schedule due on a day or before, each missed date once, oldest first.

    Returns how many were made. A schedule whose author has left, or whose criteria are no longer
    theirs, is stopped and its organisation told. A technical failure is kept on the file's row
    and raised: the date stays due, so that the next day tries again.
    """
    made = 0
    while programme := EnvoiProgramme.objects.due(on).filter(pk=programme_id).first():
        prevu_le = programme.prochain_le
        try:
            acting = _author(programme)
            fichier, lines = _write(acting, programme, prevu_le)
        except Refus as refus:
            _stop_for(programme, str(refus), on)
            return made
        except Exception:
            _keep_failure(programme, prevu_le)
            raise
        made += _archive(programme, prevu_le, fichier, lines, on)
    return made


def produce_now(programme_id: int, on: date) -> int:
    """Make the file of a schedule on a day that is not one of its dates; the next one stays.

    As `produce_files` does on the day of a date. Returns how many were made: none when the day
    has its file. Raises `Refus` when its author may no longer have it made.
    """
    programme = EnvoiProgramme.objects.in_force().get(pk=programme_id)
    if programme.prochain_le <= on:
        return produce_files(programme_id, on)
    if made_on(programme, on):
        return 0
    fichier, lines = _write(_author(programme), programme, on)
    return _archive(programme, on, fichier, lines, on, due=False)


def made_on(programme: EnvoiProgramme, on: date) -> bool:
    """Whether that day has its file."""
    return programme.envois.filter(prevu_le=on).exclude(sha256="").exists()


def record_file_download(acting: Membership, envoi: Envoi) -> None:
    """Journal that an archived file was handed over, as for an export."""
    fichier = envoi.fichier
    if fichier is not None:
        facts = {"fichier": fichier.nom, "sha256": fichier.sha256}
        record(acting, "envoi.telecharge", envoi.programme, apres=facts)


def parameters_of(
    acting: Membership, restitution: Restitution, parametres: Mapping[str, Any]
) -> dict[str, Any]:
    """The criteria kept: those the restitution takes, neither an annex nor a period."""
    names = {"mesure", "departement"} & set(restitution.filters)
    asked = Criteres.read(acting, {name: parametres.get(name) for name in names})
    return {name: value for name, value in asked.as_parameters().items() if value}


def facts_of(programme: EnvoiProgramme) -> dict[str, Any]:
    """What may be changed of a schedule, as its history tells it."""
    mesure = programme.parametres.get("mesure")
    return {
        "rythme": programme.rythme,
        "jour": programme.jour,
        "courriel": programme.courriel,
        "mesure": str(TypeMesure(mesure).label) if mesure else "",
        "departement": programme.parametres.get("departement", ""),
    }


def _author(programme: EnvoiProgramme) -> Membership:
    """The membership the rows are read with; `Refus` when it has ended (real days for rights) or
    is no longer one of the organisation that keeps the files."""
    acting = (
        Membership.objects.active(timezone.localdate())
        .select_related("organisation", "user")
        .filter(pk=programme.membership_id, organisation=programme.organisation_id)
        .first()
    )
    if acting is None:
        raise Refus(
            f"L’habilitation de {programme.membership.user.nom_complet}, qui avait programmé cet "
            "envoi, a pris fin. Une autre personne de votre organisation peut le reprendre."
        )
    return acting


def _write(acting: Membership, programme: EnvoiProgramme, prevu_le: date) -> tuple[Fichier, int]:
    """The file of a date, which expires unless it is archived."""
    restitution = restitution_of(programme.restitution)
    can_schedule(acting, restitution).enforce()
    first, last = period_of(programme.rythme, prevu_le)
    asked = dict(programme.parametres)
    if restitution.flow:
        asked |= {"debut": first.first_day, "fin": last.first_day}
    # Delays are those of its date, even when it is made days after it.
    criteres = replace(Criteres.read(acting, asked), on=prevu_le)
    lines = restitution.count(acting, criteres)
    subject = subject_of(restitution, first, last, prevu_le)
    about = f"{programme.get_rythme_display()}, le {programme.jour} ; {subject}"
    empty = "aucune pour ces critères dans votre périmètre"
    noted = replace(
        restitution,
        notes=(
            *restitution.notes,
            ("Envoi programmé", about),
            ("Nombre de lignes", str(lines) if lines else empty),
            *(CONSERVATION if restitution.nominative else ()),
        ),
    )
    contents, totals = excel_file(acting, noted, criteres)
    fichier = store_file(
        contents,
        nom=file_name(acting, restitution, criteres),
        titre=f"{restitution.title} ({subject})",
        type_mime=XLSX,
        expire_le=today() + timedelta(days=DAYS_UNCLAIMED),
    )
    return fichier, totals.count


@transaction.atomic
def _archive(
    programme: EnvoiProgramme,
    prevu_le: date,
    fichier: Fichier,
    lines: int,
    on: date,
    *,
    due: bool = True,
) -> int:
    """Keep the file with its date and go to the next one; 0 when another worker already has.

    `due`: the date is one of the schedule's, not a day on which the file was asked for.
    """
    locked = EnvoiProgramme.objects.select_for_update().get(pk=programme.pk)
    if locked.arrete_le or (locked.prochain_le != prevu_le if due else made_on(locked, prevu_le)):
        return 0
    first, last = period_of(locked.rythme, prevu_le)
    envoi, _created = Envoi.objects.update_or_create(
        programme=locked,
        prevu_le=prevu_le,
        defaults={
            "debut": first.first_day,
            "fin": last.first_day,
            "fichier": fichier,
            "nom": fichier.nom,
            "sha256": fichier.sha256,
            "lignes": lines,
            "echec": "",
        },
    )
    nominative = restitution_of(locked.restitution).nominative
    last_day = prevu_le + timedelta(days=DAYS_NOMINATIVE) if nominative else None
    Fichier.objects.filter(pk=fichier.pk).update(expire_le=last_day)
    if due:
        locked.prochain_le = next_date(locked.rythme, locked.jour, prevu_le)
        locked.save(update_fields=["prochain_le"])
    facts = {"fichier": fichier.nom, "sha256": fichier.sha256, "lignes": lines}
    record(None, "envoi.produit", locked, apres=facts)
    _tell(locked, envoi, on)
    return 1


def _tell(programme: EnvoiProgramme, envoi: Envoi, on: date) -> None:
    restitution = restitution_of(programme.restitution)
    title = restitution.title
    period = subject_of(restitution, Month.of(envoi.debut), Month.of(envoi.fin), envoi.prevu_le)
    held = "Il contient une ligne." if envoi.lignes == 1 else f"Il contient {envoi.lignes} lignes."
    notify(
        programme.organisation,
        f"{title} : fichier programmé disponible",
        f"Le fichier « {title} » ({period}) est disponible dans vos envois programmés. "
        + (held if envoi.lignes else "Il ne contient aucune ligne."),
        reverse("dashboards:envoi", args=[programme.pk]),
        nature=Nature.TRAITEMENT,
        courriel=programme.courriel,
        on=on,
    )


@transaction.atomic
def _stop_for(programme: EnvoiProgramme, motif: str, on: date) -> None:
    """Stop a schedule that cannot go on, and tell its organisation why."""
    locked = EnvoiProgramme.objects.select_for_update().get(pk=programme.pk)
    if locked.arrete_le or locked.prochain_le != programme.prochain_le:
        return
    _stop(locked, motif, on)
    record(None, "envoi.arrete", locked, motif=motif, apres={"arrete_le": locked.arrete_le})
    title = title_of(locked.restitution)
    notify(
        locked.organisation,
        f"{title} : envoi programmé arrêté",
        f"L’envoi programmé de « {title} » est arrêté : un nouveau choix de votre organisation "
        "est nécessaire. Le motif est indiqué sur sa page, où chacun peut le reprendre.",
        reverse("dashboards:envoi", args=[locked.pk]),
        nature=Nature.TRAITEMENT,
        courriel=locked.courriel,
        on=on,
    )


def _keep_failure(programme: EnvoiProgramme, prevu_le: date) -> None:
    """The date stays due; its row says that it failed. A file already archived is left alone."""
    first, last = period_of(programme.rythme, prevu_le)
    Envoi.objects.get_or_create(
        programme=programme,
        prevu_le=prevu_le,
        defaults={"debut": first.first_day, "fin": last.first_day, "echec": ECHEC},
    )


def lock_schedule(acting: Membership, programme: EnvoiProgramme) -> EnvoiProgramme:
    """The schedule of one's organisation, its row locked; the organisation too, so that two
    identical schedules never start together."""
    type(acting.organisation).objects.select_for_update().get(pk=acting.organisation_id)
    return (
        EnvoiProgramme.objects.visible_to(acting)
        .select_for_update(of=("self",))
        .select_related("membership__user", "organisation")
        .get(pk=programme.pk)
    )


def _stop(programme: EnvoiProgramme, motif: str, on: date) -> None:
    programme.arrete_le, programme.arrete_motif = on, motif[:200]
    programme.save(update_fields=["arrete_le", "arrete_motif"])
