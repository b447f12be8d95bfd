"""Tables of the payments: runs and their lines, transfers, the ledger, the notices."""

from apps.payments.models.campagne import AvisDePaiement, Campagne, Retenue, Versement
from apps.payments.models.ledger import Compte, Ecriture, Mouvement
from apps.payments.models.reglement import (
    BlocagePaiement,
    Deduction,
    FichierVirements,
    PartEnAttente,
    Virement,
)

__all__ = [
    "AvisDePaiement",
    "BlocagePaiement",
    "Campagne",
    "Compte",
    "Deduction",
    "Ecriture",
    "FichierVirements",
    "Mouvement",
    "PartEnAttente",
    "Retenue",
    "Versement",
    "Virement",
]
