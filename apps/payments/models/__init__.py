"""Tables of the payments: runs and their lines, transfers, the ledger, the notices."""

from apps.payments.models.banque import LigneRetour, RetourBancaire
from apps.payments.models.campagne import AvisDePaiement, Campagne, Retenue, Versement
from apps.payments.models.fonds import (
    AppelDeFonds,
    ClotureMandat,
    NotificationDeFonds,
    RecetteDeFonds,
    ReversementDeFonds,
)
from apps.payments.models.frais import (
    AvisTarif,
    EncaissementFrais,
    FactureFrais,
    LigneFrais,
)
from apps.payments.models.ledger import Compte, Ecriture, Mouvement
from apps.payments.models.modulation import PartModulee
from apps.payments.models.periode import Cloture, Reouverture
from apps.payments.models.reglement import (
    BlocagePaiement,
    Deduction,
    FichierVirements,
    PartEnAttente,
    Virement,
)
from apps.payments.models.succession import Succession

__all__ = [
    "AppelDeFonds",
    "AvisDePaiement",
    "AvisTarif",
    "BlocagePaiement",
    "Campagne",
    "Cloture",
    "ClotureMandat",
    "Compte",
    "Deduction",
    "Ecriture",
    "EncaissementFrais",
    "FactureFrais",
    "FichierVirements",
    "LigneFrais",
    "LigneRetour",
    "Mouvement",
    "NotificationDeFonds",
    "PartEnAttente",
    "PartModulee",
    "RecetteDeFonds",
    "Reouverture",
    "Retenue",
    "RetourBancaire",
    "ReversementDeFonds",
    "Succession",
    "Versement",
    "Virement",
]
