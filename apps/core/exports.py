"""Restitutions as data: columns declared once feed the Excel file, the screen and the tests.

A `Definition` says what a file holds; `write_xlsx` writes rows as they come, in constant memory
(openpyxl's write-only mode). Numbers stay numbers, dates stay dates, and a text never becomes a
formula (CWE-1236). Called by the restitutions of the dashboards, inside a Celery job.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

Row = Mapping[str, Any]
Sums = Mapping[str, Decimal]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_TEXT = 32_767  # characters in a cell of a spreadsheet
BLUE = "FF000091"
GREY = "FFEEEEEE"


class Kind(StrEnum):
    """Type of a column: its format in the file and on the screen."""

    TEXT = "text"
    INT = "int"
    YEAR = "year"
    NUMBER = "number"
    EUROS = "euros"
    HOURS = "hours"
    PERCENT = "percent"
    DATE = "date"
    DATETIME = "datetime"
    MONTH = "month"
    BOOL = "bool"


FORMATS: dict[Kind, str] = {
    Kind.TEXT: "@",
    Kind.INT: "#,##0",
    Kind.YEAR: "0",
    Kind.NUMBER: "#,##0.00",
    Kind.EUROS: '#,##0.00\\ "€"',
    Kind.HOURS: '#,##0.00\\ "h"',
    # The value is a percentage already (19.54), as it is printed on the annexes.
    Kind.PERCENT: '0.00\\ "%"',
    Kind.DATE: "dd/mm/yyyy",
    Kind.DATETIME: "dd/mm/yyyy\\ hh:mm",
    Kind.MONTH: "mm/yyyy",
    Kind.BOOL: "@",
}
NUMERIC = frozenset({Kind.INT, Kind.YEAR, Kind.NUMBER, Kind.EUROS, Kind.HOURS, Kind.PERCENT})


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `key` in the rows, `heading` as printed, and what it means.

    `total` is True for the sum of the column, or a function of the sums of the whole file for a
    figure that must not be a sum of rounded lines. `audience` hides the column from those who
    may not see it. `code` is the column's name in the exchange format, written under the heading.
    """

    key: str
    heading: str
    kind: Kind = Kind.TEXT
    width: int = 14
    definition: str = ""
    total: bool | Callable[[Sums], Decimal] = False
    audience: Callable[[Any], bool] | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """A restitution's file: its name, its columns and the hidden figures its totals need."""

    key: str
    title: str
    sheet: str  # name of the first sheet: at most 31 characters, none of []:*?/\\
    columns: tuple[Column, ...]
    accumulated: tuple[str, ...] = ()

    def for_reader(self, acting: Any) -> Definition:
        """The same definition without the columns that this reader may not see."""
        seen = tuple(c for c in self.columns if c.audience is None or c.audience(acting))
        return Definition(self.key, self.title, self.sheet, seen, self.accumulated)

    @property
    def has_codes(self) -> bool:
        return any(column.code for column in self.columns)

    @property
    def header_rows(self) -> int:
        """The headings, and the names of the exchange format when there are some."""
        return 2 if self.has_codes else 1

    def column(self, key: str) -> Column:
        """The column of that key; KeyError when there is none."""
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(key)


@dataclass(slots=True)
class Totals:
    """Sums of a file, taken while its rows go by: exact decimals, no second query."""

    definition: Definition
    count: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        summed = [c.key for c in self.definition.columns if c.total is True]
        self.sums = dict.fromkeys((*summed, *self.definition.accumulated), Decimal(0))

    def add(self, row: Row) -> None:
        self.count += 1
        for key in self.sums:
            value = row[key]
            if value is not None:
                self.sums[key] += value

    def of(self, column: Column) -> Decimal | None:
        """Total of a column; None for a column that has none."""
        if callable(column.total):
            return column.total(self.sums)
        return self.sums[column.key] if column.total else None


def write_xlsx(
    definition: Definition,
    rows: Iterable[Row],
    criteres: Sequence[tuple[str, str]],
    *,
    progress: Callable[[int], None] | None = None,
) -> tuple[bytes, Totals]:
    """The Excel file of a restitution and its totals.

    `criteres` are (label, text) pairs of the second sheet: filters, author, date, freshness;
    the definitions of the columns are added after them. `progress` is told the number of rows
    written, every thousand rows.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.title = definition.title
    book.properties.creator = "Extranet IAE"
    book.properties.language = "fr-FR"
    totals = Totals(definition)
    sheet = book.create_sheet(definition.sheet)
    try:
        _open_sheet(sheet, definition)
        _write_rows(sheet, definition, rows, totals, progress)
    except BaseException:
        # A source that fails half-way must not leave the sheet's temporary file behind.
        sheet.close()
        sheet._writer.cleanup()
        raise
    _close_sheet(sheet, definition, totals)
    _write_criteres(book.create_sheet("Critères"), definition, criteres)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue(), totals


def plain_text(value: object) -> str:
    """A value as a spreadsheet may hold it: no control character, no more than a cell takes."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return str(ILLEGAL_CHARACTERS_RE.sub("", str(value)))[:MAX_TEXT]


def _open_sheet(sheet: WriteOnlyWorksheet, definition: Definition) -> None:
    """Everything that must be said before the first row of a write-only sheet."""
    from openpyxl.utils import get_column_letter

    sheet.freeze_panes = f"A{definition.header_rows + 1}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"1:{definition.header_rows}"
    sheet.oddFooter.left.text = definition.title
    sheet.oddFooter.right.text = "&P / &N"
    for number, column in enumerate(definition.columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    sheet.row_dimensions[1].height = 45
    sheet.append([_heading(sheet, column.heading) for column in definition.columns])
    if definition.has_codes:
        sheet.append([_text(sheet, column.code) for column in definition.columns])


def _write_rows(
    sheet: WriteOnlyWorksheet,
    definition: Definition,
    rows: Iterable[Row],
    totals: Totals,
    progress: Callable[[int], None] | None,
) -> None:
    # A cell is written out as soon as its row is appended: one per column serves every row.
    cells = [_cell(sheet, column.kind) for column in definition.columns]
    plan = [
        (cell, column.key, column.kind)
        for cell, column in zip(cells, definition.columns, strict=True)
    ]
    for row in rows:
        for cell, key, kind in plan:
            _put(cell, row[key], kind)
        sheet.append(cells)
        totals.add(row)
        if progress is not None and totals.count % 1000 == 0:
            progress(totals.count)


def _close_sheet(sheet: WriteOnlyWorksheet, definition: Definition, totals: Totals) -> None:
    """The totals' row, outside the filtered range, and the automatic filter."""
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    if totals.count and any(column.total for column in definition.columns):
        cells = []
        for number, column in enumerate(definition.columns):
            cell = _cell(sheet, Kind.TEXT if number == 0 else column.kind)
            cell.font = Font(bold=True)
            cell.fill = PatternFill("solid", fgColor=GREY)
            value = "Total" if number == 0 else totals.of(column)
            _put(cell, value, Kind.TEXT if number == 0 else column.kind)
            cells.append(cell)
        sheet.append(cells)
    last = get_column_letter(len(definition.columns))
    first = definition.header_rows
    sheet.auto_filter.ref = f"A{first}:{last}{totals.count + first}"


def _write_criteres(
    sheet: WriteOnlyWorksheet, definition: Definition, criteres: Sequence[tuple[str, str]]
) -> None:
    sheet.column_dimensions["A"].width = 38
    sheet.column_dimensions["B"].width = 110
    sheet.append([_heading(sheet, "Critère"), _heading(sheet, "Valeur")])
    for label, value in [("Restitution", definition.title), *criteres]:
        sheet.append([_text(sheet, label, bold=True), _text(sheet, value)])
    sheet.append([])
    sheet.append([_heading(sheet, "Colonne"), _heading(sheet, "Définition")])
    for column in definition.columns:
        if column.definition:
            sheet.append([_text(sheet, column.heading, bold=True), _text(sheet, column.definition)])


def _cell(sheet: WriteOnlyWorksheet, kind: Kind) -> WriteOnlyCell:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet)
    cell.number_format = FORMATS[kind]
    return cell


def _put(cell: WriteOnlyCell, value: object, kind: Kind) -> None:
    """Give a cell its value, with the type of its column."""
    number_format = cell.number_format
    if value is None or value == "":
        cell.value = None
    elif kind is Kind.TEXT:
        cell.value = plain_text(value)
        cell.data_type = "s"  # "=SUM(…)" typed as a name stays a name
    elif kind is Kind.BOOL:
        cell.value = "Oui" if value else "Non"
    else:
        cell.value = _naive(value)
        # openpyxl gives a date its own format when it is set.
        if cell.number_format != number_format:
            cell.number_format = number_format


def _naive(value: object) -> object:
    """A spreadsheet knows no time zone: local time, as read on the screen."""
    if isinstance(value, datetime):
        from django.utils import timezone

        return timezone.localtime(value).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, date | int | Decimal):
        return value
    raise TypeError(f"{type(value).__name__} is neither a number nor a date")


def _heading(sheet: WriteOnlyWorksheet, text: str) -> WriteOnlyCell:
    from openpyxl.styles import Alignment, Font, PatternFill

    cell = _text(sheet, text)
    cell.font = Font(bold=True, color="FFFFFFFF")
    cell.fill = PatternFill("solid", fgColor=BLUE)
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    return cell


def _text(sheet: WriteOnlyWorksheet, text: str, *, bold: bool = False) -> WriteOnlyCell:
    from openpyxl.styles import Alignment, Font

    cell = _cell(sheet, Kind.TEXT)
    _put(cell, text, Kind.TEXT)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if bold:
        cell.font = Font(bold=True)
    return cell
