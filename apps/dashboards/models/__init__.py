"""Tables of the restitutions: bilans, thresholds, scheduled files, accounts rendered."""

from apps.dashboards.models.compte import CompteEmploi
from apps.dashboards.models.restitutions import (
    BilanEmis,
    Encadrement,
    Envoi,
    EnvoiProgramme,
    SeuilsAlertes,
)

__all__ = [
    "BilanEmis",
    "CompteEmploi",
    "Encadrement",
    "Envoi",
    "EnvoiProgramme",
    "SeuilsAlertes",
]
