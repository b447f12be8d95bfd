"""Which annexes a reader's restitution holds, each in one version: the same rule for every file
and screen that has one row per annex.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db.models import Case, F, Value, When

from apps.accounts.models import Membership
from apps.annexes.models import VersionAnnexe
from apps.dashboards.restitutions.restitution import Criteres
from apps.rules.periods import Month


def readable(acting: Membership, criteres: Criteres) -> Any:
    """Every version this person sees of the annexes asked for."""
    rows = VersionAnnexe.objects.visible_to(acting)
    if criteres.annexe:
        rows = rows.filter(annexe=criteres.annexe)
    if criteres.mesure:
        rows = rows.filter(siae__mesure=criteres.mesure)
    if criteres.departement:
        rows = rows.filter(siae__structure__departement=criteres.departement)
    return _within(rows, criteres)


def versions(acting: Membership, criteres: Criteres) -> Any:
    """One version per visible annex: the current one, or the last one this person may see.

    The period bears on that version: one that was replaced does not stand in for it.
    """
    current = Case(When(annexe__courante=F("pk"), then=Value(0)), default=Value(1))
    chosen = (
        readable(acting, replace(criteres, debut=None, fin=None))
        .alias(rang=current)
        .order_by("annexe_id", "rang", "-modification")
        .distinct("annexe_id")
    )
    if not (criteres.debut or criteres.fin):
        return chosen
    return _within(VersionAnnexe.objects.filter(pk__in=chosen.values("pk")), criteres)


def read_versions(acting: Membership, criteres: Criteres) -> list[VersionAnnexe]:
    """The same versions with all that a row shows of them, by annex number (two queries)."""
    return list(
        VersionAnnexe.objects.filter(pk__in=versions(acting, criteres).values("pk"))
        .select_related("annexe__siae__structure", "annexe__convention", "financeur_cd")
        .prefetch_related("montants_unitaires")
        .order_by("annexe__numero", "annexe__renouvellement")
    )


def _within(rows: Any, criteres: Criteres) -> Any:
    """Those whose period has a month of the one asked for."""
    if criteres.debut:
        rows = rows.filter(fin__gte=criteres.debut)
    if criteres.fin:
        rows = rows.filter(debut__lte=Month.of(criteres.fin).last_day)
    return rows
