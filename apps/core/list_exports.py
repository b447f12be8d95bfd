"""A list taken away as it is shown: the rows kept by its filters, their order, its columns.

`?_export=xlsx` on any `ListPage`. The file follows the conventions of `exports.write_xlsx`: numbers
stay numbers, dates stay dates, a text never becomes a formula, the second sheet says which
filters, by whom and when. Bank details and NIR never leave by this door. `EXPORT_STEPS` are called
with the acting membership and the facts (the journal registers its own).
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django.http import HttpResponse
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.text import slugify

from apps.core.clock import today
from apps.core.exports import NUMERIC, XLSX, Column, Definition, Kind, Row, write_xlsx
from apps.core.tables import Table

ROWS_MAX = 5_000
WIDTHS = (10, 60)
SENSITIVE = re.compile(r"(^|_)(iban|bic|nir)(_|$)")
READ_ALOUD = re.compile(r'<span class="fr-sr-only">.*?</span>', re.DOTALL)
LINE_BREAK = re.compile(r"<br\s*/?>")

EXPORT_STEPS: list[Callable[[Any, Mapping[str, Any]], None]] = []


def export_list(table: Table, criteres: Sequence[tuple[str, str]], acting: Any) -> HttpResponse:
    """The Excel file of the whole list, as a download; what was taken is told to the steps."""
    definition, rows = sheet_of(table)
    contents, totals = write_xlsx(definition, rows, criteres)
    facts = {
        "liste": definition.title,
        "lignes": totals.count,
        "colonnes": [column.heading for column in definition.columns],
        "criteres": [f"{label} : {text}" for label, text in criteres],
    }
    for step in EXPORT_STEPS:
        step(acting, facts)
    answer = HttpResponse(contents, content_type=XLSX)
    name = f"{slugify(definition.title)}-{today():%Y-%m-%d}.xlsx"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def sheet_of(table: Table) -> tuple[Definition, list[Row]]:
    """The columns on screen and their values, each column with its type."""
    lines = list(table.rows)
    columns, cells = [], []
    for bound in filter(is_exported, table.columns):
        kind, values = _column(table, bound, lines)
        columns.append(Column(bound.name, str(bound.header), kind, _width(bound, values)))
        cells.append(values)
    names = [column.key for column in columns]
    title = table.caption or "Liste"
    rows: list[Row] = [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]
    return Definition(slugify(title), title, "Liste", tuple(columns)), rows


def is_exported(bound: Any) -> bool:
    """Neither an act nor what must not leave the extranet."""
    names = (bound.name, str(bound.accessor).replace(".", "_").replace("__", "_"))
    sensitive = any(SENSITIVE.search(name) for name in names)
    return not sensitive and not bound.column.exclude_from_export


def _column(table: Table, bound: Any, lines: Sequence[Any]) -> tuple[Kind, list[Any]]:
    """A column's type and values: its figures or dates when it holds them, its words otherwise."""
    if read := _reader(table, bound):
        values = [read(line.record) for line in lines]
        kind = kind_of(bound.column, [value for value in values if value not in (None, "")])
        if kind is not Kind.TEXT:
            return kind, values
    return Kind.TEXT, [_text(line, bound.name) for line in lines]


def kind_of(column: Any, values: Sequence[Any]) -> Kind:
    """The declared type of a column when all its values are of it; a text otherwise."""
    declared = _declared(column)
    if declared in NUMERIC:
        if not all(isinstance(value, int | Decimal) for value in values):
            return Kind.TEXT
        decimals = any(isinstance(value, Decimal) for value in values)
        return Kind.NUMBER if declared is Kind.INT and decimals else declared
    expected = datetime if declared is Kind.DATETIME else date
    return declared if all(isinstance(value, expected) for value in values) else Kind.TEXT


def _declared(column: Any) -> Kind:
    if isinstance(column, tables.DateTimeColumn):
        return Kind.DATETIME
    if isinstance(column, tables.DateColumn):
        return Kind.DATE
    kind: Kind = getattr(column, "kind", Kind.TEXT)
    return kind


def _reader(table: Table, bound: Any) -> Callable[[Any], Any] | None:
    """How to read the figure or date of a record; None for a column of words."""
    if _declared(bound.column) is Kind.TEXT:
        return None
    if own := getattr(table, f"value_{bound.name}", None):
        return lambda record: own(record=record)
    if hasattr(table, f"render_{bound.name}"):
        return None
    return lambda record: bound.accessor.resolve(record, quiet=True)


def _text(row: Any, name: str) -> str:
    """A cell in words, as seen: without its markup nor what only screen readers say.

    A « < » that somebody typed is no markup.
    """
    cell = row.get_cell(name)
    if not isinstance(cell, SafeString):
        return " ".join(str(cell).split())
    markup = LINE_BREAK.sub(", ", READ_ALOUD.sub("", cell))
    return " ".join(html.unescape(strip_tags(markup)).split())


def _width(bound: Any, values: Sequence[Any]) -> int:
    longest = max([len(str(bound.header)), *(len(str(value)) for value in values[:200])])
    return min(max(longest + 2, WIDTHS[0]), WIDTHS[1])
