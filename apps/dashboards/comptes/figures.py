"""What a compte d’emploi says, as kept in `CompteEmploi.contenu` (see `contenu`).

Amounts are in euros; receipts and expenses are never netted. A field whose name ends in `_id` leads
to the page of its object. Read by the sheets, the pages and the documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.rules.money import ZERO, total
from apps.rules.periods import Month


@dataclass(frozen=True, slots=True)
class Operation:
    """Movements of the treasury of one kind in a month: what came in, what went out."""

    rubrique: str
    nature: str  # kind of instalment; empty for what pays none
    mois: Month
    nombre: int
    recette: Decimal
    depense: Decimal


@dataclass(frozen=True, slots=True)
class Balance:
    """An account in the general balance: before the period, over it."""

    compte: str
    libelle: str
    avant_debit: Decimal
    avant_credit: Decimal
    debit: Decimal
    credit: Decimal

    @property
    def ouverture(self) -> Decimal:
        """Debit minus credit, before the period."""
        return self.avant_debit - self.avant_credit

    @property
    def solde(self) -> Decimal:
        """Debit minus credit, at its end."""
        return self.ouverture + self.debit - self.credit

    @property
    def ouverture_debit(self) -> Decimal:
        return max(self.ouverture, ZERO)

    @property
    def ouverture_credit(self) -> Decimal:
        return max(-self.ouverture, ZERO)

    @property
    def solde_debit(self) -> Decimal:
        return max(self.solde, ZERO)

    @property
    def solde_credit(self) -> Decimal:
        return max(-self.solde, ZERO)


@dataclass(frozen=True, slots=True)
class Solde:
    """What an account that is not settled is made of: a document, an annex, a structure."""

    compte: str
    operation: str
    piece: str
    annexe: str
    structure: str
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class Fonds:
    """Funds received from the département or paid back to it, one line for each entry."""

    jour: date
    ecriture: int
    piece: str
    libelle: str
    recu: Decimal
    reverse: Decimal


@dataclass(frozen=True, slots=True)
class Creance:
    """An unpaid debt: what the ledger says of it at the end of the period, and the diligences."""

    structure: str
    siret: str
    ordre_id: int
    numero: int
    annexe: str
    financeur: str
    emis_le: date
    emis: Decimal
    reduit: Decimal
    recouvre: Decimal
    abandonne: Decimal
    reste: Decimal
    etat: str
    notifie_le: date | None
    echeance: date | None
    retard: int
    relance_le: date | None
    mise_en_demeure_le: date | None
    poursuites_le: date | None
    delais: str
    suites: str

    @property
    def diligences(self) -> str:
        """Everything done to recover it, as one text."""
        acts = (
            ("notifié le", self.notifie_le),
            ("relancé le", self.relance_le),
            ("mis en demeure le", self.mise_en_demeure_le),
            ("poursuites engagées le", self.poursuites_le),
        )
        dated = ", ".join(f"{act} {day:%d/%m/%Y}" for act, day in acts if day)
        told = f"{dated[:1].upper()}{dated[1:]}." if dated else ""
        return " ".join(text for text in (told, self.delais, self.suites) if text)


@dataclass(frozen=True, slots=True)
class Abandon:
    """A debt remitted, written off, extinguished or cleared: borne by the funder."""

    jour: date
    motif: str
    piece: str
    annexe: str
    structure: str
    montant: Decimal


@dataclass(frozen=True, slots=True)
class Annexe:
    """An annex signed under the mandate: committed, borne, paid, recovered, since its beginning."""

    annexe_id: int
    annexe: str
    structure: str
    signee_le: date
    etat: str
    engage: Decimal
    liquide_avant: Decimal
    liquide_periode: Decimal
    en_attente: Decimal
    emis: Decimal
    recouvre: Decimal
    abandonne: Decimal

    @property
    def liquide(self) -> Decimal:
        """What the département has borne, before any order."""
        return self.liquide_avant + self.liquide_periode

    @property
    def solde(self) -> Decimal:
        """Committed less borne; below zero for an annex whose excess is claimed back."""
        return self.engage - self.liquide

    @property
    def a_recouvrer(self) -> Decimal:
        return self.emis - self.recouvre - self.abandonne


@dataclass(frozen=True, slots=True)
class Engagement:
    """Credits of a year of the mandate, and what the annexes signed that year committed."""

    annee: int
    credits: Decimal
    annexes: int
    engage: Decimal
    liquide: Decimal

    @property
    def disponible(self) -> Decimal:
        return self.credits - self.engage


@dataclass(frozen=True, slots=True)
class Beneficiaire:
    """A structure paid over the period for an annex, without netting."""

    structure: str
    siret: str
    annexe: str
    nombre: int
    paye: Decimal
    compense: Decimal
    rejete: Decimal
    reemis: Decimal


@dataclass(frozen=True, slots=True)
class Execution:
    """A line of the état comptable d’exécution: before the period, over it, since the origin."""

    partie: str
    libelle: str
    avant: Decimal
    periode: Decimal

    @property
    def cumul(self) -> Decimal:
        return self.avant + self.periode


@dataclass(frozen=True, slots=True)
class Compte:
    """A compte d’emploi: the receipts and the expenses, the balance, the annexed statements."""

    mandat: str
    departement: str
    debut: date
    fin: date
    etabli_le: date
    operations: list[Operation]
    balance: list[Balance]
    frais: list[Balance]
    soldes: list[Solde]
    fonds: list[Fonds]
    execution: list[Execution]
    engagements: list[Engagement]
    annexes: list[Annexe]
    creances: list[Creance]
    abandons: list[Abandon]
    beneficiaires: list[Beneficiaire]

    def of(self, code: str) -> Balance:
        """An account of the balance; with no movement when it is not there."""
        rows = (row for row in (*self.balance, *self.frais) if row.compte == code)
        return next(rows, Balance(code, "", ZERO, ZERO, ZERO, ZERO))

    @property
    def recettes(self) -> Decimal:
        return total(operation.recette for operation in self.operations)

    @property
    def depenses(self) -> Decimal:
        return total(operation.depense for operation in self.operations)

    @property
    def a_recouvrer(self) -> Decimal:
        return total(creance.reste for creance in self.creances)
