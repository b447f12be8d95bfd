"""Tables of the payments: runs and their lines, the ledger, the notices."""

from apps.payments.models.campagne import AvisDePaiement, Campagne, Retenue, Versement
from apps.payments.models.ledger import Compte, Ecriture, Mouvement

__all__ = [
    "AvisDePaiement",
    "Campagne",
    "Compte",
    "Ecriture",
    "Mouvement",
    "Retenue",
    "Versement",
]
