"""A département sets the thresholds of its alerts. Called by the screen and the demonstration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from apps.accounts.models import Membership, Organisation
from apps.core.clock import today
from apps.core.errors import Refus
from apps.dashboards.alertes.alerte import Nature
from apps.dashboards.alertes.seuils import CHAMPS, IGNORABLES, USUELS
from apps.dashboards.models import SeuilsAlertes
from apps.dashboards.permissions import can_set_thresholds
from apps.journal.services import record
from apps.siae.services.changes import ModifieEntreTemps, apply_values


@transaction.atomic
def set_thresholds(
    acting: Membership,
    values: Mapping[str, Any],
    *,
    revision: int | None = None,
    on: date | None = None,
) -> SeuilsAlertes:
    """Write the thresholds of one's département; returns them.

    `revision` is the one the page had read, None when there were no thresholds yet; `on` the day
    of the act, today unless a demonstration is being played. Raises
    ModifieEntreTemps when somebody has saved since, `Refus` when they contradict one another,
    when nothing changes or when this person may not.
    """
    can_set_thresholds(acting).enforce()
    Organisation.objects.select_for_update().get(pk=acting.organisation_id)
    kept = SeuilsAlertes.objects.filter(organisation=acting.organisation_id).first()
    if kept is not None and kept.revision != revision:
        raise ModifieEntreTemps(kept)
    kept = kept or SeuilsAlertes(organisation=acting.organisation, revision=0)
    wanted = {**values, "ignorees": sorted(values.get("ignorees", kept.ignorees))}
    before, after = apply_values(kept, wanted, CHAMPS)
    if not after:
        raise Refus("Aucun seuil n’est modifié : changez une valeur, puis enregistrez.")
    faults = faults_of(kept)
    if faults:
        raise Refus(*dict.fromkeys(faults.values()))
    kept.modifie_par, kept.modifie_le = acting.user, on or today()
    kept.revision += 1
    kept.save()
    record(acting, "seuils.modifies", kept, avant=_told(before), apres=_told(after))
    return kept


def usual_thresholds(acting: Membership, *, revision: int | None = None) -> SeuilsAlertes:
    """Back to the usual values; what they were stays in the history. Refusals as above."""
    usual = {name: getattr(USUELS, name) for name in CHAMPS}
    return set_thresholds(acting, usual, revision=revision)


def faults_of(kept: SeuilsAlertes) -> dict[str, str]:
    """What is wrong between the thresholds, by field; the form shows it beside each."""
    faults: dict[str, str] = {}
    if kept.realisation_tres_basse > kept.realisation_basse:
        words = (
            "La sous-réalisation prioritaire ne peut pas dépasser la sous-réalisation : diminuez "
            "l’une ou augmentez l’autre."
        )
        faults |= dict.fromkeys(("realisation_tres_basse", "realisation_basse"), words)
    if kept.realisation_basse >= kept.realisation_haute:
        words = (
            "La sur-réalisation doit dépasser la sous-réalisation : augmentez l’une ou diminuez "
            "l’autre."
        )
        faults |= dict.fromkeys(("realisation_basse", "realisation_haute"), words)
    unknown = set(kept.ignorees) - set(IGNORABLES)
    if unknown:
        names = ", ".join(f"« {Nature(code).label} »" for code in sorted(unknown))
        faults["ignorees"] = f"{names} : cette alerte est toujours suivie."
    return faults


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values for the journal: kinds of alerts by their label."""
    told = dict(values)
    if "ignorees" in told:
        told["ignorees"] = [str(Nature(code).label) for code in told["ignorees"]]
    return told
