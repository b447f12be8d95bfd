"""The sheets of a compte d’emploi: the same on screen, in the PDF and in the Excel workbook.

Each is columns as data and the rows of the account: what a document shows is what another shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apps.core.exports import NUMERIC, Column, Definition, Row, Totals
from apps.dashboards.comptes.colonnes import (
    ABANDONS,
    ANNEXES,
    BALANCE,
    BENEFICIAIRES,
    CREANCES,
    ENGAGEMENTS,
    EXECUTION,
    FONDS,
    FRAIS,
    IMPRIMEES,
    PAR_MOIS,
    RESUME,
    SOLDES,
    TRESORERIE,
)
from apps.dashboards.comptes.figures import Compte, Operation
from apps.dashboards.tables import display, footers_of
from apps.payments.ledger import TRESOR
from apps.rules.money import total
from apps.rules.periods import Month, month_range

LARGE = 8  # columns


@dataclass(frozen=True, slots=True)
class Cellule:
    """A value as printed; `chiffre`: read from the right."""

    texte: str
    chiffre: bool


@dataclass(frozen=True, slots=True)
class Feuille:
    """A statement: its columns, its rows, what it says, what it says when it is empty."""

    definition: Definition
    rows: Sequence[Row]
    texte: str
    vide: str

    @property
    def key(self) -> str:
        return self.definition.key

    @property
    def titre(self) -> str:
        return self.definition.title

    @property
    def est_large(self) -> bool:
        """Too many columns for the letters of the other sheets, on paper."""
        return len(self.definition.columns) > LARGE

    @property
    def totals(self) -> Totals:
        totals = Totals(self.definition)
        for row in self.rows:
            totals.add(row)
        return totals

    @property
    def entetes(self) -> list[Cellule]:
        return [Cellule(c.heading, c.kind in NUMERIC) for c in self.definition.columns]

    @property
    def lignes(self) -> list[list[Cellule]]:
        """Cells of each row, as printed."""
        return [
            [_cell(column, row[column.key]) for column in self.definition.columns]
            for row in self.rows
        ]

    @property
    def pied(self) -> list[Cellule]:
        """The row of totals; empty when the sheet adds nothing up."""
        texts = footers_of(self.definition, self.totals) if self.rows else []
        if not any(texts):
            return []
        return [
            Cellule(text or "", column.kind in NUMERIC)
            for column, text in zip(self.definition.columns, texts, strict=True)
        ]


def _cell(column: Column, value: Any) -> Cellule:
    text = "" if value in (None, "") else display(column.kind, value)
    return Cellule(text, column.kind in NUMERIC)


Build = Callable[[Compte], Iterable[object]]
# Sheet, its rows, what it says, what it says when it has none.
ANNEXED: tuple[tuple[Definition, Build, str, str], ...] = (
    (
        BALANCE,
        lambda compte: compte.balance,
        "Tous les comptes de la convention, depuis son origine. Un compte débiteur est un emploi "
        "ou une créance, un compte créditeur une ressource ou une dette.",
        "Aucun mouvement n’est enregistré sur cette convention.",
    ),
    (
        TRESORERIE,
        lambda compte: months_of(compte),
        "Compte 515 : ce qui reste des fonds du département à la fin de chaque mois.",
        "La période ne compte aucun mois.",
    ),
    (
        PAR_MOIS,
        lambda compte: compte.operations,
        "Chaque dépense est classée au mois de son paiement, quel que soit le mois de travail.",
        "Aucune opération sur la période.",
    ),
    (
        FONDS,
        lambda compte: compte.fonds,
        "Fonds encaissés par date, fonds reversés et recettes extournées : compte 4671.",
        "Aucun fonds reçu ni reversé sur la période.",
    ),
    (
        EXECUTION,
        lambda compte: compte.execution,
        "Les ressources moins les emplois sont représentées par la trésorerie, les créances et les "
        "dettes de la convention. Une dette est négative.",
        "Aucun mouvement n’est enregistré sur cette convention.",
    ),
    (
        ENGAGEMENTS,
        lambda compte: compte.engagements,
        "Autorisations d’engagement : crédits d’intervention et annexes signées, année par année.",
        "Aucun crédit ni aucune annexe sur cette convention.",
    ),
    (
        ANNEXES,
        lambda compte: compte.annexes,
        "Annexes signées sous cette convention et validées à la fin de la période. Un reste sur "
        "l’engagement négatif est un trop-perçu, réclamé par ordre de recouvrer.",
        "Aucune annexe n’engage cette convention.",
    ),
    (
        CREANCES,
        lambda compte: compte.creances,
        "Ordres de recouvrer non soldés à la fin de la période, avec les diligences accomplies à "
        "cette date. Chaque ordre, pièce justificative de la recette, est archivé avec ses bases "
        "de liquidation.",
        "Aucune créance impayée à la fin de la période.",
    ),
    (
        ABANDONS,
        lambda compte: compte.abandons,
        "Sommes à la charge du département (convention de mandat, article 5).",
        "Aucune créance abandonnée sur la période.",
    ),
    (
        SOLDES,
        lambda compte: compte.soldes,
        "Ce dont est fait chaque compte de tiers qui n’est pas soldé : paiements en attente de "
        "fonds, virements rejetés, excédents, réimputations, ordres de recouvrer.",
        "Tous les comptes de tiers sont soldés.",
    ),
    (
        BENEFICIAIRES,
        lambda compte: compte.beneficiaires,
        "Structures payées sur la période avec les fonds du département, sans contraction.",
        "Aucun paiement sur la période.",
    ),
    (
        FRAIS,
        lambda compte: compte.frais,
        "Rémunération de l’ASP (convention, article 3.2), suivie hors des fonds du département. "
        "Une facture compte à sa date d’émission ; celle du second semestre, émise en janvier, "
        "figure au compte de l’année suivante.",
        "Aucuns frais de gestion enregistrés.",
    ),
)


def sheets_of(compte: Compte, *, on_paper: bool = False) -> list[Feuille]:
    """The compte d’emploi itself, then its annexed statements; `on_paper`: as wide as a page."""
    summary = Feuille(
        RESUME,
        [_row(RESUME, line) for line in summary_of(compte)],
        "Toutes les recettes et toutes les dépenses, sans contraction. La trésorerie à l’ouverture "
        "et les recettes égalent les dépenses et la trésorerie à la clôture.",
        "Aucune opération sur la période.",
    )
    return [
        summary,
        *(
            _annexed(IMPRIMEES.get(whole.key, whole) if on_paper else whole, build(compte), *words)
            for whole, build, *words in ANNEXED
        ),
    ]


def _annexed(definition: Definition, lines: Iterable[object], texte: str, vide: str) -> Feuille:
    return Feuille(definition, [_row(definition, line) for line in lines], texte, vide)


@dataclass(frozen=True, slots=True)
class Ligne:
    """A line of the summary: a heading and a kind, over the whole period."""

    rubrique: str
    nature: str
    nombre: int | None
    recette: Decimal | None
    depense: Decimal | None


def summary_of(compte: Compte) -> list[Ligne]:
    """Opening treasury, receipts, expenses, closing treasury: both sides add up to the same."""
    opening, closing = compte.of(TRESOR).ouverture, compte.of(TRESOR).solde
    grouped: dict[tuple[str, str, bool], list[Operation]] = {}
    for operation in compte.operations:
        key = (operation.rubrique, operation.nature, operation.recette > 0)
        grouped.setdefault(key, []).append(operation)
    return [
        Ligne(f"Trésorerie au {compte.debut:%d/%m/%Y}", "", None, opening, None),
        *(
            Ligne(
                rubrique,
                nature,
                sum(operation.nombre for operation in own),
                total(operation.recette for operation in own) if receipt else None,
                None if receipt else total(operation.depense for operation in own),
            )
            for (rubrique, nature, receipt), own in grouped.items()
        ),
        Ligne(f"Trésorerie au {compte.fin:%d/%m/%Y}", "", None, None, closing),
    ]


@dataclass(frozen=True, slots=True)
class MoisDeTresorerie:
    mois: Month
    ouverture: Decimal
    recettes: Decimal
    depenses: Decimal

    @property
    def cloture(self) -> Decimal:
        return self.ouverture + self.recettes - self.depenses


def months_of(compte: Compte) -> list[MoisDeTresorerie]:
    """The treasury month by month, those without any operation included."""
    left, rows = compte.of(TRESOR).ouverture, []
    for mois in month_range(Month.of(compte.debut), Month.of(compte.fin)):
        own = [operation for operation in compte.operations if operation.mois == mois]
        row = MoisDeTresorerie(
            mois,
            left,
            total(operation.recette for operation in own),
            total(operation.depense for operation in own),
        )
        left = row.cloture
        rows.append(row)
    return rows


def _row(definition: Definition, line: object) -> Row:
    """The attributes of a line that its sheet has a column for; a month is its first day."""
    values = {column.key: getattr(line, column.key) for column in definition.columns}
    return {key: v.first_day if isinstance(v, Month) else v for key, v in values.items()}
