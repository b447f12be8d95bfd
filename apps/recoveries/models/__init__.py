"""Tables of the recoveries: the orders, and what becomes of them."""

from apps.recoveries.models.abandon import (
    Apurement,
    Extinction,
    LigneNonValeur,
    ListeNonValeur,
)
from apps.recoveries.models.contestation import Contestation
from apps.recoveries.models.ordre import OrdreDeRecouvrer
from apps.recoveries.models.procedure import DeclarationCreance, ProcedureCollective
from apps.recoveries.models.remise import DemandeRemise

__all__ = [
    "Apurement",
    "Contestation",
    "DeclarationCreance",
    "DemandeRemise",
    "Extinction",
    "LigneNonValeur",
    "ListeNonValeur",
    "OrdreDeRecouvrer",
    "ProcedureCollective",
]
