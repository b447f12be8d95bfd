"""The workbook to download: headings, drop-down lists, and the meaning of each column.

Pre-filled on request with the salariés under contract, so that a correction in series starts from
what is known. Called by the screen of the import.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from apps.core.exports import plain_text
from apps.siae.importation.columns import COLONNES, FICHE, Colonne
from apps.siae.importation.lecture import MAX_ROWS
from apps.siae.models import Salarie

TITRE = "Salariés et contrats"
LIGNES = MAX_ROWS
NOTICE = (
    "Une ligne par salarié ; une ligne de plus pour chaque autre contrat du même salarié.",
    "Le salarié est reconnu à son numéro de PASS IAE : sa fiche est créée, ou mise à jour.",
    "Une cellule vide laisse la fiche existante comme elle est.",
    "Sans date d’embauche, la ligne ne porte que la fiche.",
    "Un contrat de même date d’embauche et de même mesure est mis à jour.",
    "Pour prolonger un contrat, indiquez « Oui » dans « Renouvellement du contrat précédent » : la "
    "situation au regard du RSA est reprise du premier contrat.",
    "Collez des valeurs, pas des formules. Gardez les titres de la première ligne.",
)


def write_model(salaries: Iterable[Salarie] = ()) -> bytes:
    """The model as an Excel file, with a row per given salarié."""
    from openpyxl import Workbook

    book = Workbook()
    sheet: Any = book.active
    sheet.title = TITRE
    lists = book.create_sheet("Listes")
    _headings(sheet)
    for number, salarie in enumerate(salaries, 2):
        _fill(sheet, number, salarie)
    for place, colonne in enumerate(COLONNES, 1):
        _format(sheet, lists, place, colonne)
    _notice(book.create_sheet("Mode d’emploi"))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _headings(sheet: Any) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    sheet.freeze_panes = "A2"
    sheet.row_dimensions[1].height = 45
    for place, colonne in enumerate(COLONNES, 1):
        cell = sheet.cell(1, place, colonne.titre + (" *" if colonne.obligatoire else ""))
        cell.font = Font(bold=True, color="FFFFFFFF")
        in_fiche = colonne in FICHE
        cell.fill = PatternFill("solid", fgColor="FF000091" if in_fiche else "FF3A3A3A")
        cell.alignment = Alignment(wrap_text=True, vertical="center")


def _fill(sheet: Any, number: int, salarie: Salarie) -> None:
    for place, colonne in enumerate(FICHE, 1):
        value = getattr(salarie, colonne.nom)
        if colonne.oui_non:
            value = "Oui" if value else "Non"
        elif colonne.choix:
            value = dict(colonne.choix).get(value, "")
        cell = sheet.cell(number, place)
        if isinstance(value, str) and value:
            cell.value = plain_text(value)
            cell.data_type = "s"  # a name that begins with "=" stays a name
        else:
            cell.value = value or None


def _format(sheet: Any, lists: Any, place: int, colonne: Colonne) -> None:
    """Dates as dates, codes as text, a drop-down list where there is a code list."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    letter = get_column_letter(place)
    sheet.column_dimensions[letter].width = 18
    pattern = "dd/mm/yyyy" if colonne.est_date else "@"
    if colonne.nom in ("heures_hebdo", "salaire_brut"):
        pattern = "0.00"
    for number in range(2, LIGNES + 2):
        sheet.cell(number, place).number_format = pattern
    if not colonne.liste:
        return
    column = (lists.max_column or 0) + (1 if lists.cell(1, 1).value else 0) or 1
    lists.cell(1, column, colonne.titre)
    for row, words in enumerate(colonne.liste, 2):
        lists.cell(row, column, words)
    source = get_column_letter(column)
    choice = DataValidation(
        type="list",
        formula1=f"Listes!${source}$2:${source}${len(colonne.liste) + 1}",
        allow_blank=True,
        errorTitle=colonne.titre,
        error="Choisissez une valeur de la liste.",
        showErrorMessage=True,
    )
    sheet.add_data_validation(choice)
    choice.add(f"{letter}2:{letter}{LIGNES + 1}")


def _notice(sheet: Any) -> None:
    from openpyxl.styles import Alignment

    sheet.column_dimensions["A"].width = 110
    for number, sentence in enumerate(NOTICE, 1):
        cell = sheet.cell(number, 1, sentence)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
