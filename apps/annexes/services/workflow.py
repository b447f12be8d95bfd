"""Transmission by the DDETS, validation or rejection by the ASP (cahier des charges §2.1).

Validation puts the version in force: the one before becomes HISTORISE the same day, and
`a_partir_de` says from which instalment the payments use it (spec 02 §6).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from apps.accounts.models import Membership
from apps.accounts.services import open_access
from apps.annexes.checks import blocking, check_version
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.annexes.notices import tell_rejected, tell_transmitted, tell_validated
from apps.annexes.permissions import can_reject, can_transmit, can_validate
from apps.annexes.services.locking import lock_for_checks, lock_version
from apps.annexes.transitions import REJECT, REPLACE, SENTENCES, TABLE, TRANSMIT, VALIDATE
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.transitions import next_state
from apps.journal.services import Fact, record, record_many
from apps.rules.periods import Month

# States of a run from which its figures are frozen.
APPROVED = ("APPROUVEE", "VISEE")


@transaction.atomic
def transmit_annexe(
    acting: Membership, version: VersionAnnexe, *, on: date | None = None
) -> VersionAnnexe:
    """Send a version to the ASP; refused while a check blocks, with all the reasons."""
    on = on or today()
    version = lock_for_checks(version)
    can_transmit(acting, version).enforce()
    if reasons := blocking(check_version(version, on=on)):
        raise Refus(*reasons)
    before = version.etat
    move(version, TRANSMIT)
    version.transmise_le = on
    version.transmise_par = acting.user
    version.rejetee_le = None
    version.motif_rejet = ""
    version.save()
    _trace(acting, "annexe.transmise", version, before)
    tell_transmitted(version, on)
    return version


@transaction.atomic
def validate_annexe(
    acting: Membership, version: VersionAnnexe, *, on: date | None = None
) -> VersionAnnexe:
    """Put a transmitted version in force, in place of the one before."""
    on = on or today()
    version = lock_for_checks(version)
    can_validate(acting, version).enforce()
    if version.transmise_le and on < version.transmise_le:
        raise Refus("La validation ne peut pas précéder la transmission.")
    if reasons := blocking(check_version(version, on=on)):
        raise Refus(*reasons)
    before = version.etat
    previous = _replace_previous(version, on)
    move(version, VALIDATE)
    version.validee_le = on
    version.a_partir_de = first_instalment(
        version, previous, on, engaged=engaged([version.annexe_id], on)
    )
    version.save()
    version.annexe.courante = version
    version.annexe.save(update_fields=["courante"])
    facts = [Fact("annexe.validee", version, avant={"etat": before}, apres=_dates(version))]
    if previous is not None:
        facts.append(Fact("annexe.historisee", previous, apres={"remplacee_le": on}))
    record_many(acting, facts)
    _open_access(acting, version, on)
    tell_validated(version, on)
    return version


@transaction.atomic
def reject_annexe(
    acting: Membership, version: VersionAnnexe, *, motif: str, on: date | None = None
) -> VersionAnnexe:
    """Send a version back to the DDETS with the reason."""
    if not motif.strip():
        raise Refus("Indiquez le motif du rejet : la DDETS doit savoir quoi corriger.")
    version = lock_version(version)
    can_reject(acting, version).enforce()
    before = version.etat
    move(version, REJECT)
    version.rejetee_le = on or today()
    version.motif_rejet = motif.strip()
    version.save()
    _trace(acting, "annexe.rejetee", version, before, motif=version.motif_rejet)
    tell_rejected(version, version.rejetee_le)
    return version


def move(version: VersionAnnexe, event: str) -> None:
    """Change the state along the transition table (not saved)."""
    version.etat = next_state(TABLE, event, version.etat, sentence=SENTENCES[event])
    version.revision += 1


def first_instalment(
    version: VersionAnnexe,
    previous: VersionAnnexe | None,
    on: date,
    *,
    engaged: Collection[int] = (),
) -> date:
    """First instalment a version validated `on` applies to (spec 02 §6).

    The first version applies from its start. An amendment applies from the month of its
    validation when the payment day is still to come, else from the next one; never before the
    amendment it follows, nor beyond the month after the last of the version it replaces.
    `engaged`: annexes whose instalment of the month will not change any more; it applies from the
    next one, which brings the back-pay.
    """
    if previous is None or previous.a_partir_de is None:
        return version.debut
    month = Month.of(on)
    if on.day > settings.JOUR_PAIEMENT or version.annexe_id in engaged:
        month += 1
    last = Month.of(previous.fin) + 1
    return max(Month.of(previous.a_partir_de), min(month, last)).first_day


def engaged(annexe_ids: Iterable[int], on: date) -> set[int]:
    """Annexes whose instalment of the month of `on` is approved or paid before the payment day.

    One query; payments stand above this app and are read by the name of their relation.
    """
    instalment = Q(
        versements__mois=on.replace(day=1),
        versements__nature__in=("forfait", "regularisation"),
    )
    paid = Q(versements__statut="EXECUTE")
    approved = Q(versements__statut="PROPOSE", versements__campagne__etat__in=APPROVED)
    found = AnnexeFinanciere.objects.filter(instalment & (paid | approved), pk__in=annexe_ids)
    return set(found.values_list("pk", flat=True))


def _open_access(acting: Membership, version: VersionAnnexe, on: date) -> None:
    """The first annex of a structure brings it the access to the extranet (spec 01 §3)."""
    structure = version.siae.structure
    earlier = VersionAnnexe.objects.filter(
        siae__structure=structure, validee_le__isnull=False
    ).exclude(pk=version.pk)
    if not earlier.exists():
        open_access(
            acting,
            structure.organisation,
            correspondant=structure.correspondant,
            courriel=structure.courriel,
            url=reverse("annexes:detail", args=[version.annexe_id]),
            on=on,
        )


def _replace_previous(version: VersionAnnexe, on: date) -> VersionAnnexe | None:
    """The version in force becomes HISTORISE first: one only may be in force at a time."""
    if not version.modification:
        return None
    previous = version.annexe.courante
    assert previous is not None  # noqa: S101 - an amendment is opened on a version in force
    move(previous, REPLACE)
    previous.remplacee_le = on
    previous.save(update_fields=["etat", "revision", "remplacee_le"])
    return previous


def _trace(
    acting: Membership, action: str, version: VersionAnnexe, before: str, motif: str = ""
) -> None:
    record(
        acting, action, version, motif=motif, avant={"etat": before}, apres={"etat": version.etat}
    )


def _dates(version: VersionAnnexe) -> dict[str, object]:
    return {
        "etat": version.etat,
        "validee_le": version.validee_le,
        "a_partir_de": version.a_partir_de,
    }
