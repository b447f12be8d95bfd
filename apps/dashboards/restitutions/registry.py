"""The restitutions of the product, by key: what the export page lists and the job can write."""

from __future__ import annotations

from apps.core.errors import Refus
from apps.dashboards.restitutions.alertes import ALERTES
from apps.dashboards.restitutions.beneficiaires_payes import BENEFICIAIRES_PAYES
from apps.dashboards.restitutions.donnees_annexes import DONNEES_ANNEXES
from apps.dashboards.restitutions.engagements import SUIVI_ENGAGEMENTS
from apps.dashboards.restitutions.postes import SUIVI_POSTES
from apps.dashboards.restitutions.realisations import REALISATIONS_ANNEXE, REALISATIONS_STRUCTURES
from apps.dashboards.restitutions.restitution import Restitution
from apps.dashboards.restitutions.suivi_annexes import SUIVI_ANNEXES

RESTITUTIONS: dict[str, Restitution] = {
    restitution.key: restitution
    for restitution in (
        SUIVI_ANNEXES,
        SUIVI_POSTES,
        DONNEES_ANNEXES,
        REALISATIONS_ANNEXE,
        REALISATIONS_STRUCTURES,
        SUIVI_ENGAGEMENTS,
        BENEFICIAIRES_PAYES,
        ALERTES,
    )
}


def restitution_of(key: str) -> Restitution:
    """The restitution of that key; `Refus` when there is none."""
    if key not in RESTITUTIONS:
        raise Refus("Cette restitution n’existe pas.")
    return RESTITUTIONS[key]
