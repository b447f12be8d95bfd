"""Damaged Excel workbooks: cells of any type, columns moved, lines misnumbered, archives broken.

A workbook is its parts (the files of the archive) and the grid of its first sheet; `damaged`
changes the grid, writes it again as a spreadsheet would, then sometimes breaks a part or the
archive itself. Used by the imports of this folder.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from tests.fuzz.documents import broken_bytes, broken_xml
from tests.fuzz.values import CONTROLS, DATES, NUMBERS, nasty, worn

EPOCH = date(1899, 12, 30)
DAY = "dd/mm/yyyy"
ERRORS = ("#REF!", "#N/A", "#DIV/0!", "#NAME?", "#INCONNU!")
FORMULAS = ("1+1", "A1", "SUM(A1:A9)", 'HYPERLINK("http://x")', "NOW()", "1/0", "")


@dataclass(frozen=True, slots=True)
class Cell:
    """As it is written in the sheet: its type (`t`), its value, the style that makes it a date."""

    kind: str
    value: str
    is_date: bool = False


Grid = list[list[Cell | None]]


@dataclass(frozen=True)
class Book:
    """A right workbook: its parts, the name of the part of its sheet, its grid, a style of date."""

    parts: dict[str, bytes]
    sheet: str
    grid: Grid
    date_style: int


def book_of(contents: bytes, sheet: str = "") -> Book:
    """Take a right workbook to pieces; the last rows, empty in a model, are left out."""
    with zipfile.ZipFile(io.BytesIO(contents)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    book = load_workbook(io.BytesIO(contents))
    page = book[sheet] if sheet else book.worksheets[0]
    rows = [[_cell(cell.value) for cell in row] for row in page.iter_rows()]
    while rows and not any(rows[-1]):
        rows.pop()
    # The model has cells formatted as dates, whether or not one of them is filled.
    dates = (cell.style_id for row in page.iter_rows() for cell in row if cell.number_format == DAY)
    number = book.worksheets.index(page) + 1
    return Book(parts, f"xl/worksheets/sheet{number}.xml", rows, next(dates))


def _cell(value: Any) -> Cell | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return Cell("b", str(int(value)))
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return Cell("n", str((value - EPOCH).days), is_date=True)
    if isinstance(value, time | timedelta):
        raise TypeError("A model holds no duration")
    if isinstance(value, int | float | Decimal):
        return Cell("n", str(value))
    return Cell("inlineStr", str(value))


def damaged(random: Random, book: Book) -> bytes:
    """One damaged workbook; about one in five is broken as an archive or as XML."""
    grid = [list(row) for row in book.grid]
    for _ in range(random.choice((0, 1, 1, 1, 2, 3, 6))):
        random.choice(ON_THE_GRID)(random, grid)
    parts = book.parts | {book.sheet: _sheet(random, grid, book.date_style)}
    if random.random() < 0.12:
        _break_a_part(random, parts, book.sheet)
    contents = _archive(random, parts)
    return broken_bytes(random, contents) if random.random() < 0.08 else contents


# --- The grid ----------------------------------------------------------------------------------
def _somewhere(random: Random, grid: Grid) -> tuple[list[Cell | None], int] | None:
    filled = [(row, place) for row in grid for place, cell in enumerate(row) if cell]
    return random.choice(filled) if filled else None


def _replace(random: Random, grid: Grid) -> None:
    if found := _somewhere(random, grid):
        row, place = found
        row[place] = _odd_cell(random)


def _fill(random: Random, grid: Grid) -> None:
    """An empty place, on a line of the table, receives something."""
    row = random.choice(grid)
    place = random.randrange(len(row) + 2)
    row.extend([None] * (place + 1 - len(row)))
    row[place] = _odd_cell(random)


def _odd_cell(random: Random) -> Cell:
    return random.choice(
        (
            lambda: Cell("inlineStr", nasty(random)),
            lambda: Cell("str", nasty(random)),
            lambda: Cell("n", random.choice(NUMBERS)),
            lambda: Cell("n", str(random.uniform(-1e4, 1e6))),
            lambda: Cell("n", random.choice(DATES), is_date=True),
            lambda: Cell("n", str(random.uniform(-10, 3e6)), is_date=True),
            lambda: Cell("d", random.choice(DATES)),
            lambda: Cell("b", random.choice(("0", "1", "2", "VRAI"))),
            lambda: Cell("f", random.choice(FORMULAS)),
            lambda: Cell("e", random.choice(ERRORS)),
            lambda: Cell("s", random.choice(("0", "1", "99999", "-1", "x", ""))),
            lambda: Cell(random.choice(("zz", "", "N", "inlinestr")), nasty(random)),
        )
    )()


def _wear(random: Random, grid: Grid) -> None:
    if found := _somewhere(random, grid):
        row, place = found
        cell = row[place]
        row[place] = Cell(random.choice((cell.kind, "inlineStr")), worn(random, cell.value))


def _retype(random: Random, grid: Grid) -> None:
    """A number become text, a date become number, a text become number."""
    if found := _somewhere(random, grid):
        row, place = found
        cell = row[place]
        kind = random.choice(("inlineStr", "n", "str", "b", "d"))
        row[place] = Cell(kind, cell.value, random.random() < 0.3)


def _swap_columns(random: Random, grid: Grid) -> None:
    width = max(map(len, grid), default=0)
    if width < 2:
        return
    one, other = random.sample(range(width), 2)
    concerned = grid if random.random() < 0.7 else grid[: random.randint(1, len(grid))]
    for row in concerned:
        row.extend([None] * (width - len(row)))
        row[one], row[other] = row[other], row[one]


def _delete_column(random: Random, grid: Grid) -> None:
    place = random.randrange(max(map(len, grid), default=0) or 1)
    for row in grid:
        del row[place : place + 1]


def _double_column(random: Random, grid: Grid) -> None:
    place = random.randrange(max(map(len, grid), default=0) or 1)
    for row in grid:
        row[place:place] = row[place : place + 1]


def _double_row(random: Random, grid: Grid) -> None:
    place = random.randrange(len(grid))
    grid.insert(random.randrange(len(grid) + 1), list(grid[place]))


def _delete_row(random: Random, grid: Grid) -> None:
    if len(grid) > 1:
        del grid[random.randrange(len(grid))]


def _swap_rows(random: Random, grid: Grid) -> None:
    one, other = random.randrange(len(grid)), random.randrange(len(grid))
    grid[one], grid[other] = grid[other], grid[one]


def _insert_rows(random: Random, grid: Grid) -> None:
    """Empty lines, or lines of anything, in the middle."""
    width = max(map(len, grid), default=1) or 1
    row = [None] * width if random.random() < 0.5 else [_odd_cell(random) for _ in range(width)]
    place = random.randrange(len(grid) + 1)
    grid[place:place] = [list(row) for _ in range(random.choice((1, 2, 30)))]


def _many_rows(random: Random, grid: Grid) -> None:
    """Now and then, far more lines than a structure has salariés."""
    if random.random() < 0.05:
        grid.extend([list(grid[-1]) for _ in range(random.choice((250, 2100)))])


ON_THE_GRID = (
    *(_replace,) * 5,
    *(_wear,) * 5,
    *(_fill, _retype) * 2,
    _swap_columns,
    _delete_column,
    _double_column,
    _double_row,
    _delete_row,
    _swap_rows,
    _insert_rows,
    _many_rows,
)


# --- Its writing -------------------------------------------------------------------------------
def _sheet(random: Random, grid: Sequence[Sequence[Cell | None]], date_style: int) -> bytes:
    """The part of the sheet, whose numbers of lines or of cells are sometimes wrong."""
    wrong = random.random() < 0.06
    rows = []
    for number, row in enumerate(grid, 1):
        told = _odd_number(random, number) if wrong and random.random() < 0.3 else str(number)
        cells = [
            _written(random, cell, f"{get_column_letter(place)}{told}", date_style, wrong)
            for place, cell in enumerate(row, 1)
            if cell is not None
        ]
        rows.append(f"<row r={quoteattr(told)}>{''.join(cells)}</row>")
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    text = f'<worksheet xmlns="{main}"><sheetData>{"".join(rows)}</sheetData></worksheet>'
    return text.encode("utf-8", "surrogatepass")


def _odd_number(random: Random, number: int) -> str:
    odd = ("0", "-1", "abc", "", "1.5", "1048576", "1048577", "99999999", str(number - 1))
    return random.choice(odd)


def _written(random: Random, cell: Cell, where: str, date_style: int, wrong: bool) -> str:
    if wrong and random.random() < 0.1:
        where = random.choice(("ZZZ1", "A", "1", "", "XFE1", "A0", "é1", where.lower()))
    value = escape(_without_controls(cell.value))
    style = f' s="{date_style}"' if cell.is_date else ""
    head = f"<c r={quoteattr(where)} t={quoteattr(cell.kind)}{style}>"
    if cell.kind == "inlineStr":
        return f'{head}<is><t xml:space="preserve">{value}</t></is></c>'
    if cell.kind == "f":
        return f"<c r={quoteattr(where)}><f>{value}</f><v>0</v></c>"
    return f"{head}<v>{value}</v></c>"


def _without_controls(text: str) -> str:
    """XML has no control characters: Excel writes them _x0001_."""
    return "".join(
        f"_x{ord(c):04X}_" if c in CONTROLS or 0xD800 <= ord(c) < 0xE000 else c for c in text
    )


WAYS = ("bytes", "bytes", "xml", "xml", "drop", "empty", "rename", "swap", "macro")


def _break_a_part(random: Random, parts: dict[str, bytes], sheet: str) -> None:
    name = random.choice((sheet, *parts))
    way = random.choice(
        ("bytes", "bytes", "xml", "xml", "drop", "empty", "rename", "swap", "macro")
    )
    if way == "bytes":
        parts[name] = broken_bytes(random, parts[name])
    elif way == "xml":
        parts[name] = broken_xml(random, parts[name])
    elif way == "drop":
        del parts[name]
    elif way == "empty":
        parts[name] = b""
    elif way == "rename":
        parts[random.choice((name.upper(), f"/{name}", f"../{name}", "é"))] = parts.pop(name)
    elif way == "swap":
        other = random.choice([*parts])
        parts[name], parts[other] = parts[other], parts[name]
    else:
        parts["xl/vbaProject.bin"] = b"macro"


def _archive(random: Random, parts: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    way = zipfile.ZIP_DEFLATED if random.random() < 0.5 else zipfile.ZIP_STORED
    with zipfile.ZipFile(made, "w", way, compresslevel=1) as archive:
        for name, contents in parts.items():
            archive.writestr(name, contents)
    return made.getvalue()
