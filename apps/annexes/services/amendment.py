"""Amendments (avenants de modification): M+1 of an annex in force (spec 02 §6).

May change posts, unit amounts, hours per ETP, the département's amount and the end of the period;
never its start. Called by the DDETS screens; the bulk revaluation has its own module.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from apps.accounts.models import Membership
from apps.annexes.conditions import Unitaires
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.annexes.permissions import can_open_avenant
from apps.annexes.services.drafting import CHAMPS, save_figures, traced
from apps.annexes.services.locking import lock_annexe
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record

DERNIERE_MODIFICATION = 9
# What an amendment signs anew; its other figures start from those of the version in force.
# Signed anew, or read again from the referential.
RENOUVELES = ("signataire", "signee_le", "motif_avenant", "heures_annuelles_etp")


@transaction.atomic
def open_avenant(
    acting: Membership,
    annexe: AnnexeFinanciere,
    *,
    motif: str,
    on: date | None = None,
    unitaires: Unitaires | None = None,
    **figures: Any,
) -> VersionAnnexe:
    """Open M+1 as BROUILLON with the figures in force, those given replacing them.

    Unit amounts and hours per ETP come from the referential as known `on` unless given.
    """
    annexe = lock_annexe(annexe)
    can_open_avenant(acting, annexe).enforce()
    if not motif.strip():
        raise Refus("Indiquez l’objet de l’avenant.")
    current = VersionAnnexe.objects.select_related("financeur_cd").get(pk=annexe.courante_id)
    if figures.get("debut", current.debut) != current.debut:
        raise Refus("Un avenant ne change pas le premier mois de l’annexe.")
    version = VersionAnnexe(annexe=annexe, siae=annexe.siae, modification=next_modification(annexe))
    kept = {c: getattr(current, c) for c in CHAMPS if c not in RENOUVELES}
    values = kept | figures | {"motif_avenant": motif.strip()}
    save_figures(version, values, unitaires, on or today())
    record(
        acting,
        "annexe.avenant",
        version,
        motif=version.motif_avenant,
        avant=traced(current),
        apres=traced(version),
    )
    return version


def next_modification(annexe: AnnexeFinanciere) -> int:
    """Number of the next amendment; refused when one is in preparation or after M9."""
    states = dict(annexe.versions.values_list("modification", "etat"))
    for modification, etat in states.items():
        if etat in VersionAnnexe.ETATS_EN_PREPARATION:
            raise Refus(
                f"L’avenant M{modification} est déjà en préparation : modifiez-le ou "
                "transmettez-le avant d’en ouvrir un autre."
            )
    following = max(states) + 1
    if following > DERNIERE_MODIFICATION:
        raise Refus("Une annexe compte au plus neuf avenants : elle ne peut plus être modifiée.")
    return following
