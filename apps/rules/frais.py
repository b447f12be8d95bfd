"""Management fees of the ASP owed by a département, with their explained steps.

Text: convention de mandat, art. 3.2: a price « d’une annexe financière, d’un avenant de
renouvellement ou modificatif ayant un impact financier sur le montant du cofinancement du
Département », and a yearly flat fee. Called by the invoices of the payments.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.rules.explanation import REF_FRAIS, Etape, euros, terme
from apps.rules.money import ZERO, total


@dataclass(frozen=True, slots=True)
class Poste:
    """One row of an invoice: what, how many, at what price (euros); `signe` −1 takes it back."""

    libelle: str
    quantite: int
    prix: Decimal
    signe: int = 1

    @property
    def montant(self) -> Decimal:
        return self.signe * self.quantite * self.prix


def is_billable(montant_cd: Decimal, precedent: Decimal | None) -> bool:
    """Whether a validated version is an act to bill.

    `precedent`: the département's amount of the version before it, None for the first one of an
    annex or of a renewal, billed when the département co-finances it. An amendment is when it
    changes that amount, even down to 0.
    """
    if precedent is None:
        return montant_cd > ZERO
    return montant_cd != precedent


def invoice(postes: Sequence[Poste]) -> tuple[Decimal, tuple[Etape, ...]]:
    """Amount of an invoice in euros (below 0: a credit note) and its steps. 0.00 without rows."""
    etapes = [
        Etape(
            poste.libelle,
            f"{'− ' if poste.signe < 0 else ''}{poste.quantite} × {euros(poste.prix)}",
            euros(poste.montant),
            REF_FRAIS,
        )
        for poste in postes
    ]
    montant = total(poste.montant for poste in postes)
    if len(postes) > 1:
        etapes.append(
            Etape(
                "Montant de la facture",
                " + ".join(terme(poste.montant) for poste in postes),
                euros(montant),
                REF_FRAIS,
            )
        )
    return montant, tuple(etapes)
