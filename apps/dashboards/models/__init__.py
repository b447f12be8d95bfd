"""Tables of the restitutions: bilans, thresholds, scheduled files, accounts rendered, and of
personal data: rights requests, destructions, purges."""

from apps.dashboards.models.compte import CompteEmploi
from apps.dashboards.models.restitutions import (
    BilanEmis,
    Encadrement,
    Envoi,
    EnvoiProgramme,
    SeuilsAlertes,
)
from apps.dashboards.models.rgpd import ContactRgpd, DemandeDroit, Destruction, Purge

__all__ = [
    "BilanEmis",
    "CompteEmploi",
    "ContactRgpd",
    "DemandeDroit",
    "Destruction",
    "Encadrement",
    "Envoi",
    "EnvoiProgramme",
    "Purge",
    "SeuilsAlertes",
]
