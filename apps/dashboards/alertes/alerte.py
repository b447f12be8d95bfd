"""What an alert says: its kind, since when, the figure, what to do, and the page of its cause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import models

from apps.annexes.models import AnnexeFinanciere
from apps.core.sorting import without_accents


class Nature(models.TextChoices):
    ETAT_EN_RETARD = "ETAT_EN_RETARD", "État mensuel en retard"
    SUSPENSION = "SUSPENSION", "Paiements suspendus"
    RETENUE = "RETENUE", "Échéance retenue"
    SOUS_REALISATION = "SOUS_REALISATION", "Sous-réalisation"
    SUR_REALISATION = "SUR_REALISATION", "Sur-réalisation"
    TROP_PERCU = "TROP_PERCU", "Trop-perçu en formation"
    CD_EPUISE = "CD_EPUISE", "Montant du département bientôt épuisé"
    CD_NON_CONSOMME = "CD_NON_CONSOMME", "Montant du département peu consommé"
    BRSA = "BRSA", "Moins de bénéficiaires que prévu"
    SORTIES = "SORTIES", "Sorties sous l’objectif"
    FIN_SANS_SUITE = "FIN_SANS_SUITE", "Fin proche sans renouvellement"
    FINIE_SANS_SUITE = "FINIE_SANS_SUITE", "Annexe finie sans suite"
    RENOUVELLEMENT_A_FINIR = "RENOUVELLEMENT_A_FINIR", "Renouvellement à finir"
    RENOUVELLEMENT_TRANSMIS = (
        "RENOUVELLEMENT_TRANSMIS",
        "Renouvellement transmis, à valider par l’ASP",
    )
    ORDRE_IMPAYE = "ORDRE_IMPAYE", "Ordre de recouvrer impayé"


class Gravite(models.TextChoices):
    PRIORITAIRE = "PRIORITAIRE", "Prioritaire"
    A_SURVEILLER = "A_SURVEILLER", "À surveiller"


@dataclass(frozen=True, slots=True)
class Alerte:
    """One alert of one annex. `chiffre` is the figure in words, `action` what to do, `url` the
    page that shows the cause, `lien` the words that lead there. `montant` (euros) and `taux`
    (per cent) are the figures of the sentence, None when the alert has none."""

    nature: Nature
    gravite: Gravite
    annexe: AnnexeFinanciere
    depuis: date
    chiffre: str
    texte: str
    action: str
    url: str
    lien: str
    montant: Decimal | None = None
    taux: Decimal | None = None
    terminee: bool = False  # the annex has ended

    @property
    def structure(self) -> str:
        return str(self.annexe.siae.structure.denomination)

    @property
    def is_urgent(self) -> bool:
        return self.gravite == Gravite.PRIORITAIRE

    @property
    def rank(self) -> tuple[bool, Decimal, date, str]:
        """Urgent ones first, then the largest amount, the oldest, the structure."""
        return not self.is_urgent, -(self.montant or Decimal(0)), self.depuis, self.structure

    def names(self, text: str) -> bool:
        """Whether the structure or the number of the annex holds this text, accents aside."""
        number = "".join(text.split()).upper()
        words = without_accents(text.strip())
        return words in without_accents(self.structure) or number in self.annexe.numero
