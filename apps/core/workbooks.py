"""A workbook of several sheets, each of a `Definition`, with the formats of the restitutions.

For documents of a few thousand rows that are archived once; a single long table is written by
`exports.write_xlsx`, in constant memory. A text never becomes a formula (CWE-1236).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from apps.core.exports import (
    A4,
    BLUE,
    FORMATS,
    GREY,
    LABELS,
    NUMERIC,
    Column,
    Definition,
    Kind,
    Row,
    Totals,
    paper,
)
from apps.core.xlsx import LINE, plain_text

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

Sheet = tuple[Definition, Iterable[Row], str]


def write_workbook(
    titre: str, sheets: Sequence[Sheet], criteres: Sequence[tuple[str, str]]
) -> BinaryIO:
    """The workbook at its start: a first sheet « Présentation », then one for each definition.

    A sheet is its definition, its rows, and what it says, told with `criteres` on the first one.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.properties.title = titre
    book.properties.creator = "Extranet IAE"
    book.properties.language = "fr-FR"
    first: Any = book.active
    first.title = "Présentation"
    texts = [(definition.title, texte) for definition, _rows, texte in sheets]
    _present(first, titre, [*criteres, *texts])
    for definition, rows, _texte in sheets:
        _fill(book.create_sheet(definition.sheet), definition, rows)
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    return out


def _present(sheet: Worksheet, titre: str, pairs: Iterable[tuple[str, str]]) -> None:
    widths = (44, 110)
    for letter, width in zip("AB", widths, strict=True):
        sheet.column_dimensions[letter].width = width
    _heading(sheet.cell(1, 1), titre, Kind.TEXT)
    _heading(sheet.cell(1, 2), "", Kind.TEXT)
    sheet.row_dimensions[1].height = 45
    for number, pair in enumerate(pairs, 2):
        for rank, value in enumerate(pair, 1):
            _write(sheet.cell(number, rank), value, Kind.TEXT, wrapped=True)
        _bold(sheet.cell(number, 1))
        _raise(sheet, number, zip(pair, widths, strict=True))
    _print(sheet, titre, A4, 1)


def _fill(sheet: Worksheet, definition: Definition, rows: Iterable[Row]) -> None:
    """Headings, rows, totals; frozen, filtered and printed as the other files are."""
    from openpyxl.styles import PatternFill
    from openpyxl.utils import get_column_letter

    columns = definition.columns
    for rank, column in enumerate(columns, 1):
        _heading(sheet.cell(1, rank), column.heading, column.kind)
        sheet.column_dimensions[get_column_letter(rank)].width = column.width
    sheet.row_dimensions[1].height = 45
    sheet.freeze_panes = f"{get_column_letter(definition.kept + 1)}2"
    totals, last = Totals(definition), 1
    for last, row in enumerate(rows, 2):
        totals.add(row)
        for rank, column in enumerate(columns, 1):
            _write(sheet.cell(last, rank), row[column.key], column.kind, wrapped=_wraps(column))
        _raise(sheet, last, ((row[c.key], c.width) for c in columns if _wraps(c)))
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{last}"
    if totals.count and any(column.total for column in columns):
        for rank, column in enumerate(columns, 1):
            cell = sheet.cell(last + 1, rank)
            value = totals.of(column) if column.total else ("Total" if rank == 1 else None)
            _write(cell, value, column.kind if column.total else Kind.TEXT)
            _bold(cell)
            cell.fill = PatternFill("solid", fgColor=GREY)
    size, pages = paper(sum(column.width for column in columns), columns[0].width)
    sheet.print_title_rows = "1:1"
    _print(sheet, definition.title, size, pages)


def _raise(sheet: Worksheet, number: int, texts: Iterable[tuple[Any, int]]) -> None:
    """The height of a row for its wrapped texts: a spreadsheet does not always fit it to them."""
    lines = max(((len(str(text or "")) - 1) // (width - 4) + 1 for text, width in texts), default=1)
    if lines > 1:
        sheet.row_dimensions[number].height = LINE * lines


def _print(sheet: Worksheet, titre: str, size: int, pages: int) -> None:
    """Landscape, so many pages across and as many down as it takes, numbered."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = size
    sheet.page_setup.fitToWidth = pages
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.left.text = titre
    sheet.oddFooter.right.text = "&P / &N"


def _wraps(column: Column) -> bool:
    return column.kind is Kind.TEXT and column.width >= 24


def _write(cell: Cell, value: Any, kind: Kind, *, wrapped: bool = False) -> None:
    from openpyxl.styles import Alignment

    cell.number_format = FORMATS[kind]
    if kind in LABELS:
        cell.alignment = Alignment("left", "top", indent=1, wrap_text=wrapped)
    else:
        cell.alignment = Alignment(vertical="top")
    if value is None or value == "":
        return
    if kind in LABELS:
        cell.value = plain_text(value)
        cell.data_type = "s"  # "=SUM(…)" typed as a name stays a name
    else:
        cell.value = value


def _heading(cell: Cell, text: str, kind: Kind) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    _write(cell, text, Kind.TEXT)
    cell.font = Font(bold=True, color="FFFFFFFF")
    cell.fill = PatternFill("solid", fgColor=BLUE)
    side = "right" if kind in NUMERIC else "left"
    cell.alignment = Alignment(side, "center", indent=1, wrap_text=True)


def _bold(cell: Cell) -> None:
    from openpyxl.styles import Font

    cell.font = Font(bold=True)
