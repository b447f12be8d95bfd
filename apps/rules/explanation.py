"""Explained steps: what a structure's accountant reads under « Pourquoi ce montant ? ».

Each rule returns its amount and these steps; the same object feeds the screen, the notice, the
order and the journal, years later. Values are written in French once, here.
"""

from dataclasses import dataclass
from decimal import Decimal

NBSP = "\u00a0"


def _reference(section: str, subject: str) -> str:
    return f"Cahier des charges, §{NBSP}{section}{NBSP}: {subject}"


REF_TAUX = _reference("2.2", "taux de participation État et département")
REF_FORFAIT = _reference("2.3", "montants forfaitaires mensuels")
REF_REGULARISATION = _reference("2.3", "régularisations")
REF_PLAFOND = _reference("2.3", "montant total de l’aide indiqué sur l’annexe")
REF_RELAIS = _reference("2.3", "crédits du département épuisés, relais de l’État")
REF_BRSA = _reference("2.3", f"88{NBSP}% du RSA par bénéficiaire ayant au moins une heure")
REF_REVALORISATION = _reference("2.3", "revalorisation du montant unitaire annuel")
REF_ORDRE = _reference("2.4", "ordres de recouvrer")
REF_FRAIS = f"Convention de mandat, article{NBSP}3.2{NBSP}: frais de gestion"
REF_FRAIS_INDEXATION = f"Convention de mandat, article{NBSP}3.2{NBSP}: actualisation des frais"
REF_MODULATION = f"Convention conclue avec l’État, article{NBSP}4{NBSP}: montant modulé"


@dataclass(frozen=True, slots=True)
class Etape:
    """One step: what it is, how it is computed, its value (text with its unit), its source."""

    libelle: str
    calcul: str
    valeur: str
    reference: str

    def as_dict(self) -> dict[str, str]:
        """The four texts, ready to be stored as JSON beside the amount."""
        return {
            "libelle": self.libelle,
            "calcul": self.calcul,
            "valeur": self.valeur,
            "reference": self.reference,
        }


def nombre(value: Decimal) -> str:
    """« 2 730,00 » (two decimals, no-break spaces between thousands, true minus sign)."""
    text = f"{value:z,.2f}"  # « z »: no negative zero
    return text.replace(",", NBSP).replace(".", ",").replace("-", "−")


def euros(amount: Decimal) -> str:
    return nombre(amount) + NBSP + "€"


def terme(amount: Decimal) -> str:
    """An amount as the term of a sum: a negative one stands in brackets."""
    return f"({euros(amount)})" if amount < 0 else euros(amount)


def heures(value: Decimal) -> str:
    return nombre(value) + NBSP + "h"


def heures_etp(value: Decimal) -> str:
    """Annual hours of a full-time equivalent: « 1 820 h », decimals only when there are some."""
    text = nombre(value)
    return text.removesuffix(",00") + NBSP + "h"


def pourcent(value: Decimal) -> str:
    return nombre(value) + NBSP + "%"
