"""What goes in and out of the rules: validated statements, lines to pay, what waits, totals.

Texts: cahier des charges §2.3 and §2.4. Imported by every rule file; the other apps import these
names from `due.py`, next to the function that uses them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from apps.rules.explanation import Etape
from apps.rules.money import ZERO
from apps.rules.periods import Month

FORFAIT = "forfait"
REGULARISATION = "regularisation"
RAPPEL = "rappel"
SOLDE = "solde"
NATURES = (FORFAIT, REGULARISATION, RAPPEL, SOLDE)


@dataclass(frozen=True, slots=True)
class MoisValide:
    """One monthly statement validated by the ASP, or recorded by it as missing (carence, 0 hour).

    `heures`: eligible hours of every employee. `brsa`: persons on RSA before hiring with at least
    one eligible hour; `cout_brsa`: that number times the 88 % RSA amount of the month, in euros.
    """

    mois: Month
    heures: Decimal
    brsa: int
    cout_brsa: Decimal
    valide_le: date


@dataclass(frozen=True, slots=True)
class Ligne:
    """One line to pay: a re-imputation has an amount of 0.00 and shares that cancel out.

    `recouvre_etat` and `recouvre_cd` are the recovery orders of a solde; for a later solde, the
    signed changes to the orders already issued. `version`: reference of the annex version used.
    """

    mois: Month
    nature: str
    sequence: int
    montant: Decimal
    part_etat: Decimal
    part_cd: Decimal
    recouvre_etat: Decimal
    recouvre_cd: Decimal
    version: str
    etapes: tuple[Etape, ...]


@dataclass(frozen=True, slots=True)
class Attente:
    """An instalment (or the solde, `mois` None) held until `mois_manquants` are validated."""

    mois: Month | None
    nature: str
    mois_manquants: tuple[Month, ...]


class DejaExecute(Protocol):
    """What the rules need to know of a line already executed; a `Ligne` is one."""

    @property
    def mois(self) -> Month: ...
    @property
    def nature(self) -> str: ...
    @property
    def sequence(self) -> int: ...
    @property
    def montant(self) -> Decimal: ...
    @property
    def part_etat(self) -> Decimal: ...
    @property
    def part_cd(self) -> Decimal: ...
    @property
    def recouvre_etat(self) -> Decimal: ...
    @property
    def recouvre_cd(self) -> Decimal: ...


@dataclass(frozen=True, slots=True)
class Executee:
    """A line already executed, as read back from the payments; the plainest `DejaExecute`."""

    mois: Month
    nature: str
    sequence: int
    montant: Decimal
    part_etat: Decimal
    part_cd: Decimal
    recouvre_etat: Decimal = ZERO
    recouvre_cd: Decimal = ZERO


@dataclass(slots=True)
class Cumul:
    """Running totals of an annex, in euros: what was paid, who bore it, what is recovered."""

    verse: Decimal = ZERO
    cd: Decimal = ZERO
    ordre_etat: Decimal = ZERO
    ordre_cd: Decimal = ZERO

    def add(self, lignes: Iterable[DejaExecute]) -> None:
        for ligne in lignes:
            self.verse += ligne.montant
            self.cd += ligne.part_cd
            self.ordre_etat += ligne.recouvre_etat
            self.ordre_cd += ligne.recouvre_cd

    @property
    def net(self) -> Decimal:
        """Paid, less the recovery orders issued (there are none before a first solde)."""
        return self.verse - self.ordre_etat - self.ordre_cd

    @property
    def cd_net(self) -> Decimal:
        """Borne by the département, less its recovery order."""
        return self.cd - self.ordre_cd
