"""The Excel model of a month: what a structure fills in away from the extranet (spec 03, SIAE 1).

One line per contract open in the month, pre-filled with what is already entered. Cells that
identify a line are locked; the others have their type, and the codes of exit are on a second
sheet. `import_file` reads the same columns back. Called by the page that gives the model.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from apps.core.exports import BLUE, FORMATS, GREY, Kind, plain_text
from apps.presence.sheet import Row, Sheet
from apps.rules.presence import plafond_heures
from apps.siae.codes import MotifSortie

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

FEUILLE = "Heures"
FEUILLE_MOTIFS = "Motifs de sortie"
LIGNE_TITRES = 6
FIRST_ROW = LIGNE_TITRES + 1
ANNEXE, MOIS = "Annexe financière", "Mois"


class Colonne(StrEnum):
    """Headings of the model: the import finds its columns by them."""

    NUMERO = "N° salarié"
    SALARIE = "Salarié"
    DEBUT = "Début du contrat"
    FIN = "Fin du contrat"
    HEBDO = "Heures par semaine"
    PRECEDENT = "Mois précédent"
    HEURES = "Heures déclarées"
    SALAIRE = "Salaire brut"
    DATE_SORTIE = "Date de sortie"
    MOTIF_SORTIE = "Code motif de sortie"
    COMMENTAIRE = "Commentaire"


@dataclass(frozen=True, slots=True)
class Champ:
    """One column: how it is filled, its type, what its heading says, whether one types in it."""

    colonne: Colonne
    kind: Kind
    width: int
    read: Callable[[Row], Any]
    note: str = ""
    is_typed: bool = True


CHAMPS = (
    Champ(
        Colonne.NUMERO,
        Kind.INT,
        10,
        lambda row: row.salarie.numero,
        "Désigne le salarié : ne le modifiez pas.",
        False,
    ),
    Champ(Colonne.SALARIE, Kind.TEXT, 30, lambda row: str(row.salarie), "", False),
    Champ(
        Colonne.DEBUT,
        Kind.DATE,
        12,
        lambda row: row.contrat.debut,
        "Distingue les contrats d’un même salarié : ne la modifiez pas.",
        False,
    ),
    Champ(Colonne.FIN, Kind.DATE, 12, lambda row: row.contrat.fin, "", False),
    Champ(Colonne.HEBDO, Kind.NUMBER, 11, lambda row: row.contrat.heures_hebdo, "", False),
    Champ(Colonne.PRECEDENT, Kind.NUMBER, 11, lambda row: row.precedentes, "", False),
    Champ(
        Colonne.HEURES,
        Kind.NUMBER,
        12,
        lambda row: row.heures,
        "Heures payées du mois, par exemple 151,67 ; 0 s’il n’y en a pas. "
        "Une cellule vide laisse la ligne comme elle est dans l’extranet.",
    ),
    Champ(
        Colonne.SALAIRE,
        Kind.EUROS,
        14,
        lambda row: row.ligne.salaire_brut if row.ligne else None,
        "Salaire brut du mois, en euros.",
    ),
    Champ(
        Colonne.DATE_SORTIE,
        Kind.DATE,
        12,
        lambda row: row.contrat.date_sortie,
        "Seulement si le salarié a quitté la structure ; avec le code du motif.",
    ),
    Champ(
        Colonne.MOTIF_SORTIE,
        Kind.TEXT,
        12,
        lambda row: row.contrat.motif_sortie,
        "Code de la feuille « Motifs de sortie », par exemple 04.",
    ),
    Champ(
        Colonne.COMMENTAIRE,
        Kind.TEXT,
        40,
        lambda row: row.ligne.commentaire if row.ligne else "",
        "300 caractères au plus ; l’ASP le lit.",
    ),
)


def model_name(sheet: Sheet) -> str:
    return f"suivi-mensuel-{sheet.annexe.numero}-{sheet.mois:%Y-%m}.xlsx"


def draw_model(sheet: Sheet) -> bytes:
    """The .xlsx file of a month, pre-filled."""
    from openpyxl import Workbook

    book = Workbook()
    book.properties.title = f"Suivi mensuel {sheet.month.label_with_de}"
    book.properties.creator = "Extranet IAE"
    book.properties.language = "fr-FR"
    page = book.active
    assert page is not None  # noqa: S101 - a new book has a sheet
    page.title = FEUILLE
    _write_top(page, sheet)
    _write_headings(page)
    for number, row in enumerate(sheet.rows, FIRST_ROW):
        _write_row(page, number, row)
    _add_validations(page, sheet)
    _add_motifs(book.create_sheet(FEUILLE_MOTIFS))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _write_top(page: Worksheet, sheet: Sheet) -> None:
    """What the file is about: the import checks that it is the month it is asked for."""
    from openpyxl.styles import Font

    top = (
        (f"Suivi mensuel {sheet.month.label_with_de}", ""),
        (ANNEXE, str(sheet.annexe)),
        (MOIS, f"{sheet.mois:%m/%Y}"),
        ("Remplissez les colonnes claires, enregistrez, puis importez ce fichier.", ""),
    )
    for number, (label, value) in enumerate(top, 1):
        _put(page, number, 1, label, Kind.TEXT).font = Font(bold=number == 1)
        _put(page, number, 3, value, Kind.TEXT)
    page.freeze_panes = f"C{FIRST_ROW}"
    page.print_title_rows = f"{LIGNE_TITRES}:{LIGNE_TITRES}"
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = 9  # A4
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    # Without a password: it keeps from a slip, not from the user.
    page.protection.sheet = True
    page.protection.formatColumns = False
    page.protection.formatRows = False


def _write_headings(page: Worksheet) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    page.row_dimensions[LIGNE_TITRES].height = 32
    for number, champ in enumerate(CHAMPS, 1):
        cell = _put(page, LIGNE_TITRES, number, champ.colonne.value, Kind.TEXT)
        cell.font = Font(bold=True, color="FFFFFFFF")
        cell.fill = PatternFill("solid", fgColor=BLUE)
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        if champ.note:
            cell.comment = Comment(champ.note, "Extranet IAE", height=90, width=260)
        page.column_dimensions[get_column_letter(number)].width = champ.width


def _write_row(page: Worksheet, number: int, row: Row) -> None:
    from openpyxl.styles import PatternFill, Protection

    for column, champ in enumerate(CHAMPS, 1):
        cell = _put(page, number, column, champ.read(row), champ.kind)
        if champ.is_typed:
            cell.protection = Protection(locked=False)
        else:
            cell.fill = PatternFill("solid", fgColor=GREY)


def _add_validations(page: Worksheet, sheet: Sheet) -> None:
    """Types and limits, so that Excel itself says what the import would refuse."""
    from openpyxl.worksheet.datavalidation import DataValidation

    last = LIGNE_TITRES + max(len(sheet.rows), 1)
    limit = max((plafond_heures(row.jours) for row in sheet.rows), default=0)
    end = (sheet.month.last_day - date(1899, 12, 30)).days
    rules = {
        Colonne.HEURES: ("decimal", "between", "0", str(limit), f"Entre 0 et {limit} heures."),
        Colonne.SALAIRE: ("decimal", "between", "0", "999999.99", "Un montant en euros."),
        Colonne.DATE_SORTIE: (
            "date",
            "lessThanOrEqual",
            str(end),
            None,
            f"Une date au plus tard le {sheet.month.last_day:%d/%m/%Y}.",
        ),
        Colonne.MOTIF_SORTIE: (
            "list",
            None,
            f"'{FEUILLE_MOTIFS}'!$A$2:$A${len(MotifSortie.choices) + 1}",
            None,
            f"Un code de la feuille « {FEUILLE_MOTIFS} ».",
        ),
    }
    for colonne, (kind, operator, first, second, message) in rules.items():
        rule = DataValidation(
            type=kind, operator=operator, formula1=first, formula2=second, allow_blank=True
        )
        rule.showErrorMessage = True
        rule.errorTitle, rule.error = colonne.value, message
        letter = _letter(colonne)
        rule.add(f"{letter}{FIRST_ROW}:{letter}{last}")
        page.add_data_validation(rule)


def _add_motifs(page: Worksheet) -> None:
    from openpyxl.styles import Font

    page.column_dimensions["A"].width = 8
    page.column_dimensions["B"].width = 60
    for number, (code, libelle) in enumerate([("Code", "Motif"), *MotifSortie.choices], 1):
        for column, text in enumerate((code, libelle), 1):
            cell = _put(page, number, column, text, Kind.TEXT)
            if number == 1:
                cell.font = Font(bold=True)
    page.protection.sheet = True


def _put(page: Worksheet, row: int, column: int, value: Any, kind: Kind) -> Any:
    """A cell with the type of its column; a text never becomes a formula (CWE-1236)."""
    cell: Any = page.cell(row=row, column=column)
    if value is not None and value != "":
        cell.value = plain_text(value) if kind is Kind.TEXT else value
        if kind is Kind.TEXT:
            cell.data_type = "s"
    cell.number_format = FORMATS[kind]
    return cell


def _letter(colonne: Colonne) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter([champ.colonne for champ in CHAMPS].index(colonne) + 1)
