"""Changing or ending the membership of another person.

Nobody withdraws their own rights, and the rights of who acts are read again under the lock of
the organisation: two administrators who end each other at once leave one.
"""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import ROLES_BY_TYPE, Membership, Organisation, Role
from apps.accounts.permissions import can_change_membership
from apps.core.errors import Refus
from apps.journal.services import record


@transaction.atomic
def change_membership(acting: Membership, membership: Membership, *, role: Role | str) -> None:
    """Give another role in the same organisation, from now on."""
    found = _locked(acting, membership)
    if role not in ROLES_BY_TYPE[found.organisation_type]:
        raise Refus("Ce rôle n’existe pas dans cette organisation : choisissez-en un autre.")
    if role == found.role:
        raise Refus("C’est déjà le rôle de cette personne.")
    before, found.role = found.role, str(role)
    try:
        with transaction.atomic():
            found.save(update_fields=["role"])
    except IntegrityError:
        raise Refus("Cette personne a déjà ce rôle dans cette organisation.") from None
    record(acting, "habilitation.modifiee", found, avant={"role": before}, apres={"role": role})


@transaction.atomic
def end_membership(acting: Membership, membership: Membership, *, fin: date) -> None:
    """Close a membership at the end of a day; yesterday has effect at once."""
    found = _locked(acting, membership)
    if fin < found.debut:
        raise Refus(
            f"Cette habilitation commence le {found.debut:%d/%m/%Y} : le dernier jour ne peut "
            "pas la précéder."
        )
    before, found.fin = found.fin, fin
    found.save(update_fields=["fin"])
    record(acting, "habilitation.terminee", found, avant={"fin": before}, apres={"fin": fin})


def lock_rights(acting: Membership) -> None:
    """Wait for who may be withdrawing these very rights; raises Refus when they are gone."""
    Organisation.objects.select_for_update().get(pk=acting.organisation_id)
    if not Membership.objects.active(timezone.localdate()).filter(pk=acting.pk).exists():
        raise Refus("Votre habilitation vient d’être retirée.")


def _locked(acting: Membership, membership: Membership) -> Membership:
    lock_rights(acting)
    found = (
        Membership.objects.select_for_update(of=("self",))
        .select_related("user", "organisation")
        .get(pk=membership.pk)
    )
    can_change_membership(acting, found).enforce()
    if found.fin is not None and found.fin < timezone.localdate():
        raise Refus("Cette habilitation est déjà terminée : ouvrez-en une nouvelle.")
    return found
