"""The restitutions of the product, by key: what the export page lists and the job can write."""

from __future__ import annotations

from apps.core.errors import Refus
from apps.dashboards.restitutions.alertes import ALERTES
from apps.dashboards.restitutions.beneficiaires_payes import BENEFICIAIRES_PAYES
from apps.dashboards.restitutions.compte_emploi import COMPTE_EMPLOI
from apps.dashboards.restitutions.creances_impayees import CREANCES_IMPAYEES
from apps.dashboards.restitutions.donnees_annexes import DONNEES_ANNEXES
from apps.dashboards.restitutions.engagements import SUIVI_ENGAGEMENTS
from apps.dashboards.restitutions.postes import SUIVI_POSTES
from apps.dashboards.restitutions.realisations import REALISATIONS_ANNEXE, REALISATIONS_STRUCTURES
from apps.dashboards.restitutions.restitution import Restitution
from apps.dashboards.restitutions.suivi_annexes import SUIVI_ANNEXES

# In the order in which a département uses them, under the title that the export page gives.
GROUPES: tuple[tuple[str, tuple[Restitution, ...]], ...] = (
    ("Suivre les annexes chaque mois", (SUIVI_ANNEXES, ALERTES, SUIVI_POSTES)),
    ("Suivre les salariés, mois par mois", (REALISATIONS_STRUCTURES, REALISATIONS_ANNEXE)),
    (
        "Suivre les crédits et les paiements",
        (SUIVI_ENGAGEMENTS, BENEFICIAIRES_PAYES, COMPTE_EMPLOI, CREANCES_IMPAYEES),
    ),
    ("Reprendre les données dans un autre logiciel", (DONNEES_ANNEXES,)),
)
RESTITUTIONS: dict[str, Restitution] = {
    restitution.key: restitution for _titre, group in GROUPES for restitution in group
}


def restitution_of(key: str) -> Restitution:
    """The restitution of that key; `Refus` when there is none."""
    if key not in RESTITUTIONS:
        raise Refus("Cette restitution n’existe pas.")
    return RESTITUTIONS[key]


def title_of(key: str) -> str:
    """Its title; its key for one that is offered no more: a schedule of it may remain."""
    return RESTITUTIONS[key].title if key in RESTITUTIONS else key
