"""Locks of the annex services, always taken in the same order: SIAE, annex, version, CAOM.

The annex serialises everything done to it; the SIAE and the CAOM serialise what several annexes
share (no overlap, envelope). Called by every other module of this folder, inside a transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from apps.annexes.consumption import caom_of
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.conventions.models import Caom
from apps.siae.models import Siae


def lock_annexe(annexe: AnnexeFinanciere) -> AnnexeFinanciere:
    """The annex as it now stands, locked until the end of the transaction."""
    return (
        AnnexeFinanciere.objects.select_for_update(of=("self",))
        .select_related("siae__structure", "convention", "courante__financeur_cd")
        .get(pk=annexe.pk)
    )


def lock_version(version: VersionAnnexe) -> VersionAnnexe:
    """The version and its annex as they now stand, both locked."""
    annexe = lock_annexe(AnnexeFinanciere(pk=version.annexe_id))
    locked = (
        VersionAnnexe.objects.select_for_update(of=("self",))
        .select_related("siae__structure", "financeur_cd", "signataire__organisation")
        .get(pk=version.pk)
    )
    locked.annexe = annexe
    return locked


def lock_for_checks(version: VersionAnnexe) -> VersionAnnexe:
    """As `lock_version`, with the SIAE before and the CAOM after: two validations that would
    together overlap, or exceed the envelope, wait for each other."""
    Siae.objects.select_for_update(of=("self",)).get(pk=version.siae_id)
    locked = lock_version(version)
    caom = caom_of(locked)
    if caom is not None:
        Caom.objects.select_for_update(of=("self",)).get(pk=caom.pk)
    return locked


def lock_together(versions: Sequence[VersionAnnexe]) -> None:
    """All that `lock_for_checks` will lock for each of these versions, one kind after the other.

    One version after the other, the CAOM of the first would be held while waiting for the SIAE of
    the second, which somebody may hold while waiting for that CAOM.
    """
    caoms = {caom.pk for version in versions if (caom := caom_of(version))}
    for rows in (
        Siae.objects.filter(pk__in={version.siae_id for version in versions}),
        AnnexeFinanciere.objects.filter(pk__in={version.annexe_id for version in versions}),
        Caom.objects.filter(pk__in=caoms),
    ):
        list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
