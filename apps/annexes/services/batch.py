"""Validation of several annexes at once: those in which the checks find nothing, and no other.

Each one is validated by `validate_annexe`, under the same locks, the same checks and the same four
eyes; one that has changed meanwhile is left in the queue, with the reason. Called by the ASP.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from apps.accounts.models import Membership
from apps.annexes.checks import check_version, check_versions
from apps.annexes.models import VersionAnnexe
from apps.annexes.permissions import can_control, can_validate
from apps.annexes.services.locking import lock_for_checks, lock_together
from apps.annexes.services.workflow import validate_annexe
from apps.core.errors import Refus
from apps.rules.parameter import one_reading

# What one person can look at before she validates.
MAXIMUM = 50


@dataclass(frozen=True, slots=True)
class Validation:
    """A version and, when it was left in the queue, why."""

    version: VersionAnnexe
    refus: tuple[str, ...] = ()


def without_finding(acting: Membership, on: date) -> list[VersionAnnexe]:
    """The oldest of the queue that this person may validate and in which nothing is found."""
    waiting = VersionAnnexe.objects.visible_to(acting).to_validate().to_check()
    mine = [version for version in waiting if can_validate(acting, version)]
    found = check_versions(mine, on=on)
    return [version for version in mine if not found[version.pk]][:MAXIMUM]


@transaction.atomic
@one_reading()
def validate_annexes(
    acting: Membership, versions: Sequence[VersionAnnexe], *, on: date
) -> list[Validation]:
    """Validate each version, all being locked first; those refused do not stop the others."""
    can_control(acting).enforce()
    if not versions:
        raise Refus("Cochez au moins une annexe à valider.")
    if len(versions) > MAXIMUM:
        raise Refus(f"Validez {MAXIMUM} annexes au plus à la fois.")
    lock_together(versions)
    ordered = sorted(versions, key=lambda version: (version.siae_id, version.pk))
    return [_validate(acting, version, on) for version in ordered]


def _validate(acting: Membership, version: VersionAnnexe, on: date) -> Validation:
    try:
        with transaction.atomic():
            locked = lock_for_checks(version)
            if findings := check_version(locked, on=on):
                raise Refus(*(finding.message for finding in findings))
            return Validation(validate_annexe(acting, locked, on=on))
    except Refus as refus:
        return Validation(version, refus.motifs)
