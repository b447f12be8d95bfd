"""Delegations of signature communicated by the départements (convention de mandat, art. 6).

The ASP records the list of the agents who may sign, with its dates; a décideur decides only
under one that is valid that day. Nothing is erased: a delegation is ended.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction

from apps.accounts.models import Delegation, Membership, Role
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.models import Fichier
from apps.core.verdicts import ALLOWED, Verdict, refused
from apps.journal.services import record


def can_keep_delegations(acting: Membership) -> Verdict:
    if acting.has_role(Role.GESTIONNAIRE, Role.COMPTABLE):
        return ALLOWED
    return refused(
        "Les délégations des départements sont tenues par les gestionnaires et l’agent comptable "
        "de l’ASP."
    )


@transaction.atomic
def record_delegation(
    acting: Membership,
    decideur: Membership,
    *,
    fonction: str,
    debut: date,
    fin: date | None = None,
    specimen: Fichier | None = None,
) -> Delegation:
    """Record that a décideur may sign for his département, from `debut` to `fin` included.

    `specimen` is the signature as the département gave it, already kept.
    """
    can_keep_delegations(acting).enforce()
    if not decideur.has_role(Role.DECIDEUR):
        raise Refus("Seul un décideur d’un département reçoit une délégation de signature.")
    if fin and fin < debut:
        raise Refus("La fin de la délégation précède son début.")
    Membership.objects.select_for_update(of=("self",)).get(pk=decideur.pk)
    held = Delegation.objects.filter(organisation=decideur.organisation, user=decideur.user)
    if any(d.covers(debut) or (debut <= d.debut and (not fin or d.debut <= fin)) for d in held):
        raise Refus("Cette personne a déjà une délégation pendant cette période : terminez-la.")
    delegation = Delegation.objects.create(
        organisation=decideur.organisation,
        user=decideur.user,
        nom=decideur.user.nom_complet,
        fonction=fonction.strip(),
        debut=debut,
        fin=fin,
        specimen=specimen,
    )
    record(
        acting,
        "delegation.enregistree",
        delegation,
        apres={"fonction": delegation.fonction, "debut": debut, "fin": fin}
        | ({"sha256": specimen.sha256} if specimen else {}),
    )
    return delegation


@transaction.atomic
def attach_specimen(acting: Membership, delegation: Delegation, specimen: Fichier) -> Delegation:
    """Give a delegation the signature to compare with; the one before stays in the journal."""
    can_keep_delegations(acting).enforce()
    delegation = Delegation.objects.select_for_update(of=("self",)).get(pk=delegation.pk)
    if delegation.fin and delegation.fin < today():
        raise Refus(f"Cette délégation s’est achevée le {delegation.fin:%d/%m/%Y}.")
    before, delegation.specimen = delegation.specimen, specimen
    delegation.save(update_fields=["specimen"])
    record(
        acting,
        "delegation.specimen",
        delegation,
        avant={"sha256": before.sha256 if before else ""},
        apres={"sha256": specimen.sha256},
    )
    return delegation


@transaction.atomic
def end_delegation(
    acting: Membership, delegation: Delegation, *, fin: date, on: date | None = None
) -> Delegation:
    """Last day of a delegation; what was decided under it before stays decided."""
    can_keep_delegations(acting).enforce()
    delegation = Delegation.objects.select_for_update(of=("self",)).get(pk=delegation.pk)
    day = on or today()
    if delegation.fin and delegation.fin < day:
        raise Refus(f"Cette délégation s’est achevée le {delegation.fin:%d/%m/%Y}.")
    if fin < delegation.debut:
        raise Refus("La fin de la délégation précède son début.")
    before, delegation.fin = delegation.fin, fin
    delegation.save(update_fields=["fin"])
    record(acting, "delegation.terminee", delegation, avant={"fin": before}, apres={"fin": fin})
    return delegation
