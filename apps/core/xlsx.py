"""The rows of a sheet as XML, streamed into a workbook whose everything else openpyxl makes.

openpyxl writes a cell in some 7 µs, which is most of the time of a long file. Here a value met
again is a fragment kept, and a row one join: docs/benchmarks.md has the figures of both, and of
the other libraries tried. Texts are inline, so that nothing is held in memory until the end.
Called by `exports.write_xlsx` only.
"""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from html import escape
from math import isfinite
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

if TYPE_CHECKING:
    from openpyxl import Workbook

MAX_TEXT = 32_767  # characters in a cell of a spreadsheet
FAST = 1  # level of compression: a sheet takes a third less time, a file a quarter more room
MAX_ROWS = 1_048_576  # rows in a sheet
LINE = 15  # points
FIRST_SHEET = "xl/worksheets/sheet1.xml"
END_OF_ROWS = b"</sheetData>"
# What XML 1.0 cannot hold, even escaped.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Stands for the row's number in a fragment; no text holds it once `plain_text` has been through.
ROW = "\0"
# Fragments kept per column: months, states and names come again and again, numbers less so.
KEPT = 4_096

Write = Callable[[Any], str]


def plain_text(value: object) -> str:
    """A value as a spreadsheet may hold it: no control character, no more than a cell takes."""
    return UNWRITABLE.sub("", str(value))[:MAX_TEXT]


def text_cell(letter: str, style: int) -> Write:
    """Writes a text in that column: never a formula, whatever it starts with (CWE-1236)."""

    def write(value: object) -> str:
        if value is None or value == "":
            return ""
        text = escape(plain_text(value), quote=False)
        # Only where a reader would lose spaces or line ends: everywhere, a fifth of a long sheet.
        kept = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
        return f'<c r="{letter}{ROW}" s="{style}" t="inlineStr"><is><t{kept}>{text}</t></is></c>'

    return lru_cache(KEPT)(write)


def bool_cell(letter: str, style: int) -> Write:
    """Writes « Oui » or « Non » in that column."""
    text = text_cell(letter, style)
    return lambda value: "" if value is None else text("Oui" if value else "Non")


def number_cell(letter: str, style: int) -> Write:
    """Writes a number in that column; TypeError for what is neither an integer nor a finite
    decimal: a spreadsheet refuses the whole file."""

    def write(value: object) -> str:
        if value is None:
            return ""
        if not isinstance(value, int | Decimal) or not isfinite(value):
            raise TypeError(f"{type(value).__name__} is not a number")
        return f'<c r="{letter}{ROW}" s="{style}"><v>{value}</v></c>'

    return lru_cache(KEPT)(write)


def date_cell(letter: str, style: int) -> Write:
    """Writes a day, or a moment in local time, in that column; TypeError for anything else."""
    from openpyxl.utils.datetime import to_excel

    def write(value: object) -> str:
        if value is None:
            return ""
        if not isinstance(value, date):
            raise TypeError(f"{type(value).__name__} is not a date")
        return f'<c r="{letter}{ROW}" s="{style}"><v>{to_excel(_naive(value))}</v></c>'

    return lru_cache(KEPT)(write)


def row_of(number: int, cells: Sequence[str], lines: int = 1) -> str:
    """The row of that number, from the fragments of its cells, `lines` of text high."""
    height = f' ht="{LINE * lines}" customHeight="1"' if lines > 1 else ""
    return f'<row r="{ROW}"{height}>{"".join(cells)}</row>'.replace(ROW, str(number))


def splice(book: Workbook, rows: BinaryIO, extent: str) -> BinaryIO:
    """The workbook as a temporary file at its start, with these rows at the end of its first sheet.

    `rows` are those of `row_of`, `extent` the cells they and the headings fill ("A1:C12"). The
    file vanishes when it is closed.
    """
    frame = io.BytesIO()
    try:
        book.save(frame)
    except Exception:
        _forget_temporary_files()
        raise
    whole = TemporaryFile()  # noqa: SIM115 - the caller's
    with ZipFile(frame) as source, ZipFile(whole, "w", ZIP_DEFLATED, compresslevel=FAST) as target:
        for member in source.infolist():
            contents = source.read(member)
            if member.filename != FIRST_SHEET:
                target.writestr(member, contents)
                continue
            head, tail = contents.split(END_OF_ROWS)
            head = re.sub(rb'<dimension ref="[^"]*"', f'<dimension ref="{extent}"'.encode(), head)
            with target.open(FIRST_SHEET, "w") as sheet:
                sheet.write(head)
                rows.seek(0)
                shutil.copyfileobj(rows, sheet, 1 << 18)
                sheet.write(END_OF_ROWS + tail)
    whole.seek(0)
    return whole


def _forget_temporary_files() -> None:
    """openpyxl leaves its own until the end of the process when it fails, as on a full disk."""
    from openpyxl.worksheet._writer import ALL_TEMP_FILES

    while ALL_TEMP_FILES:
        Path(ALL_TEMP_FILES.pop()).unlink(missing_ok=True)


def _naive(value: date) -> date:
    """A spreadsheet knows no time zone: local time, as read on the screen."""
    if isinstance(value, datetime) and value.tzinfo:
        from django.utils import timezone

        return timezone.localtime(value).replace(tzinfo=None)
    return value
