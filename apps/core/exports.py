"""Restitutions as data: columns declared once feed the Excel file, the screen and the tests.

A `Definition` says what a file holds; `write_xlsx` writes rows as they come, in constant memory:
openpyxl makes the workbook, `xlsx` its rows. Numbers stay numbers, dates stay dates, and a text
never becomes a formula (CWE-1236). Called by the restitutions, inside a job, and by the lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from math import ceil
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO

from apps.core import xlsx
from apps.core.errors import Refus
from apps.core.xlsx import plain_text
from apps.rules.money import EXACT

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

Row = Mapping[str, Any]
Sums = Mapping[str, Decimal]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BLUE = "FF000091"
GREY = "FFEEEEEE"
BATCH = 1_000  # rows written, and told, at once
WRAPPED = 24  # characters: a column of texts this wide holds free ones, never cut by its neighbour
# Characters across a landscape page whose letters are 7 points high, the smallest still read.
A4, A3 = 9, 8
ACROSS = {A4: 230, A3: 330}


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
LABELS = frozenset({Kind.TEXT, Kind.BOOL})  # read from the left


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
    """A restitution's file: its name, its columns and the hidden figures its totals need.

    `kept`: how many of the first columns name a row; they stay in sight when the sheet is scrolled
    and are printed again on each page.
    """

    key: str
    title: str
    sheet: str  # name of the first sheet: at most 31 characters, none of []:*?/\\
    columns: tuple[Column, ...]
    accumulated: tuple[str, ...] = ()
    kept: int = 1

    def for_reader(self, acting: Any) -> Definition:
        """The same definition without the columns that this reader may not see."""
        seen = tuple(c for c in self.columns if c.audience is None or c.audience(acting))
        return replace(self, columns=seen)

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
                self.sums[key] = EXACT.add(self.sums[key], value)

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
    empty: str = "",
) -> tuple[BinaryIO, Totals]:
    """The Excel file of a restitution, a temporary one at its start, and its totals.

    `criteres` are (label, text) pairs of the second sheet: filters, author, date, freshness;
    the definitions of the columns are added after them. `progress` is told the number of rows
    written, every thousand rows. `empty` is said under the headings when there is no row. Raises
    `Refus` for more rows than a sheet has.
    """
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    book = Workbook()
    book.properties.title = definition.title
    book.properties.creator = "Extranet IAE"
    book.properties.language = "fr-FR"
    sheet: Any = book.active
    _open_sheet(sheet, definition)
    _write_criteres(book.create_sheet("Critères"), definition, criteres)
    with TemporaryFile() as body:
        totals = _write_rows(body, sheet, definition, rows, progress)
        letter = get_column_letter(len(definition.columns))
        last = totals.count + definition.header_rows
        sheet.auto_filter.ref = f"A{definition.header_rows}:{letter}{last}"
        if _has_total(definition, totals):
            last += 1
            body.write(_total_row(sheet, definition, totals, last).encode())
        elif not totals.count and empty:
            last += 1
            write = _writer(Kind.TEXT, 1, _cell(sheet, Kind.TEXT).style_id)
            body.write(xlsx.row_of(last, [write(empty)]).encode())
        return xlsx.splice(book, body, f"A1:{letter}{last}"), totals


def _open_sheet(sheet: Worksheet, definition: Definition) -> None:
    """Headings, widths, and how the sheet is read and printed."""
    from openpyxl.utils import get_column_letter

    letters = [get_column_letter(number) for number in range(1, len(definition.columns) + 2)]
    sheet.title = definition.sheet
    sheet.freeze_panes = f"{letters[definition.kept]}{definition.header_rows + 1}"
    sheet.print_title_rows = f"1:{definition.header_rows}"
    sheet.print_title_cols = f"A:{letters[definition.kept - 1]}"
    widths = [column.width for column in definition.columns]
    _lay_out(sheet, *paper(sum(widths), sum(widths[: definition.kept])))
    sheet.oddFooter.left.text = definition.title
    sheet.oddFooter.right.text = "&P / &N"
    for letter, width in zip(letters, widths, strict=False):
        sheet.column_dimensions[letter].width = width
    sheet.row_dimensions[1].height = 45
    sheet.append([_heading(sheet, column.heading, column.kind) for column in definition.columns])
    if definition.has_codes:
        sheet.append([_text(sheet, column.code) for column in definition.columns])


def paper(width: int, kept: int) -> tuple[int, int]:
    """Paper for columns that wide, `kept` characters of which are on every page, and how many
    pages across: as few as leave the letters readable."""
    if width <= ACROSS[A4]:
        return A4, 1
    return A3, max(1, ceil((width - kept) / (ACROSS[A3] - kept)))


def _lay_out(sheet: Worksheet, size: int, pages: int) -> None:
    """Landscape, so many pages across and as many down as it takes."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = size
    sheet.page_setup.fitToWidth = pages
    sheet.page_setup.fitToHeight = 0
    sheet.page_setup.pageOrder = "overThenDown"
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.4  # inches


def _write_rows(
    body: BinaryIO,
    sheet: Worksheet,
    definition: Definition,
    rows: Iterable[Row],
    progress: Callable[[int], None] | None,
) -> Totals:
    """Write every row as it comes; returns their totals."""
    totals = Totals(definition)
    plan = [
        (column.key, _writer(column.kind, number, _cell(sheet, column.kind, column.width).style_id))
        for number, column in enumerate(definition.columns, 1)
    ]
    # A spreadsheet does not always fit a row to its wrapped texts: its height is given.
    wrapped = [(column.key, column.width - 3) for column in definition.columns if _wraps(column)]
    batch: list[str] = []
    for number, row in enumerate(rows, definition.header_rows + 1):
        if number >= xlsx.MAX_ROWS:
            raise Refus(
                "Une feuille de calcul ne peut pas contenir autant de lignes : "
                "restreignez la période ou le territoire."
            )
        lines = 1
        for key, room in wrapped:
            if (text := row[key]) and len(text) >= room * lines:
                lines = len(text) // room + 1
        batch.append(xlsx.row_of(number, [write(row[key]) for key, write in plan], lines))
        totals.add(row)
        if totals.count % BATCH == 0:
            body.write("".join(batch).encode())
            batch.clear()
            if progress is not None:
                progress(totals.count)
    body.write("".join(batch).encode())
    return totals


def _wraps(column: Column) -> bool:
    return column.kind is Kind.TEXT and column.width >= WRAPPED


def _has_total(definition: Definition, totals: Totals) -> bool:
    return totals.count > 0 and any(column.total for column in definition.columns)


def _total_row(sheet: Worksheet, definition: Definition, totals: Totals, number: int) -> str:
    """The totals' row, outside the filtered range."""
    from openpyxl.styles import Font, PatternFill

    cells = []
    for rank, column in enumerate(definition.columns, 1):
        kind = Kind.TEXT if rank == 1 else column.kind
        cell = _cell(sheet, kind, column.width)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor=GREY)
        value = "Total" if rank == 1 else totals.of(column)
        cells.append(_writer(kind, rank, cell.style_id)(value))
    return xlsx.row_of(number, cells)


def _writer(kind: Kind, number: int, style: int) -> xlsx.Write:
    """How a value of that kind is written in the column of that number, with that style."""
    from openpyxl.utils import get_column_letter

    letter = get_column_letter(number)
    if kind in NUMERIC:
        return xlsx.number_cell(letter, style)
    if kind is Kind.BOOL:
        return xlsx.bool_cell(letter, style)
    return (xlsx.text_cell if kind is Kind.TEXT else xlsx.date_cell)(letter, style)


def _write_criteres(
    sheet: Worksheet, definition: Definition, criteres: Sequence[tuple[str, str]]
) -> None:
    _lay_out(sheet, A4, 1)
    sheet.column_dimensions["A"].width = 38
    sheet.column_dimensions["B"].width = 110
    sheet.append([_heading(sheet, "Critère"), _heading(sheet, "Valeur")])
    told = [("Restitution", definition.title), *criteres]
    for number, (label, value) in enumerate(told, 2):
        _pair(sheet, number, label, value)
    sheet.append([])
    sheet.append([_heading(sheet, "Colonne"), _heading(sheet, "Définition")])
    defined = [column for column in definition.columns if column.definition]
    for number, column in enumerate(defined, len(told) + 4):
        _pair(sheet, number, column.heading, column.definition)


def _pair(sheet: Worksheet, number: int, label: str, value: str) -> None:
    """A label and its text on the row of that number, as high as the longer of the two."""
    lines = max((len(label) - 1) // 40, (len(value) - 1) // 110) + 1
    if lines > 1:
        sheet.row_dimensions[number].height = xlsx.LINE * lines
    sheet.append([_text(sheet, label, bold=True), _text(sheet, value)])


def _cell(sheet: Worksheet, kind: Kind, width: int = 0) -> Cell:
    """A cell with the style of that kind: a text stands off the figure before it."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment

    cell = WriteOnlyCell(sheet)
    cell.number_format = FORMATS[kind]
    if kind in LABELS:
        wrapped = kind is Kind.TEXT and width >= WRAPPED
        cell.alignment = Alignment("left", "top", indent=1, wrap_text=wrapped)
    else:
        cell.alignment = Alignment(vertical="top")
    return cell


def _heading(sheet: Worksheet, text: str, kind: Kind = Kind.TEXT) -> Cell:
    """A heading, on the side its column is read on."""
    from openpyxl.styles import Alignment, Font, PatternFill

    cell = _text(sheet, text)
    cell.font = Font(bold=True, color="FFFFFFFF")
    cell.fill = PatternFill("solid", fgColor=BLUE)
    side, indent = ("left", 1) if kind in LABELS else ("right", 0)
    cell.alignment = Alignment(side, "center", indent=indent, wrap_text=True)
    return cell


def _text(sheet: Worksheet, text: str, *, bold: bool = False) -> Cell:
    from openpyxl.styles import Alignment, Font

    cell = _cell(sheet, Kind.TEXT)
    cell.value = plain_text(text)
    cell.data_type = "s"  # "=SUM(…)" typed as a name stays a name
    cell.alignment = Alignment("left", "top", indent=1, wrap_text=True)
    if bold:
        cell.font = Font(bold=True)
    return cell
