"""Tables of the recoveries: the orders, and what becomes of them."""

from apps.recoveries.models.abandon import (
    Apurement,
    Extinction,
    LigneNonValeur,
    ListeNonValeur,
)
from apps.recoveries.models.acte import ActeDeRecouvrement
from apps.recoveries.models.compensation import Compensation
from apps.recoveries.models.contestation import Contestation
from apps.recoveries.models.encaissement import Encaissement, Excedent, Remboursement
from apps.recoveries.models.ordre import OrdreDeRecouvrer
from apps.recoveries.models.plan import EcheancePlan, PlanDePaiement
from apps.recoveries.models.procedure import DeclarationCreance, ProcedureCollective
from apps.recoveries.models.remise import DemandeRemise

__all__ = [
    "ActeDeRecouvrement",
    "Apurement",
    "Compensation",
    "Contestation",
    "DeclarationCreance",
    "DemandeRemise",
    "EcheancePlan",
    "Encaissement",
    "Excedent",
    "Extinction",
    "LigneNonValeur",
    "ListeNonValeur",
    "OrdreDeRecouvrer",
    "PlanDePaiement",
    "ProcedureCollective",
    "Remboursement",
]
