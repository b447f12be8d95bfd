"""A restitution on screen: the columns of its definition, its totals at the foot.

The same definition writes the Excel file: a figure cannot differ between the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import django_tables2 as tables
from django.template.defaultfilters import date as date_filter
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_tables2.data import TableListData

from apps.core.exports import NUMERIC, Column, Definition, Kind, Row, Totals
from apps.core.tables import FIGURE, WRAPPED, Table
from apps.core.templatetags.extranet import euros, heures, mois, nombre, pourcent
from apps.dashboards.alertes.alerte import Alerte

DISPLAY: dict[Kind, Any] = {
    Kind.EUROS: euros,
    Kind.HOURS: heures,
    Kind.PERCENT: pourcent,
    Kind.NUMBER: nombre,
    Kind.MONTH: mois,
    Kind.DATE: lambda value: date_filter(value, "d/m/Y"),
    Kind.BOOL: lambda value: "Oui" if value else "Non",
}


# Name of a page, and the key of the row that is its argument.
Link = tuple[str, str]
# Characters: names this long wrap, for the figures of their row to be read with them.
LONG = 30
# Sentences wrap; figures and dates do not.
TEXTE = {"td": {"class": "ex-alertes__texte", "role": "cell"}}


def _titled(title: str, classes: str = "") -> dict[str, dict[str, str]]:
    """The heading of a cell, where each row is a card."""
    return {"td": {"data-titre": title, "class": classes, "role": "cell"}}


class RestitutionColumn(tables.Column):  # type: ignore[misc]
    """A column of a definition: its own format, right-aligned when it is a figure."""

    def __init__(self, column: Column, footer: str | None, link: Link | None = None) -> None:
        self.kind = column.kind
        attrs = FIGURE if column.kind in NUMERIC else WRAPPED if column.width >= LONG else {}
        super().__init__(
            verbose_name=column.heading,
            attrs=attrs,
            footer=footer,
            default="",
            orderable=False,
            linkify={"viewname": link[0], "args": [tables.A(link[1])]} if link else None,
        )

    def render(self, value: Any) -> str:
        return display(self.kind, value)


def display(kind: Kind, value: Any) -> str:
    """A value of a restitution as read on the screen."""
    return str(DISPLAY[kind](value)) if kind in DISPLAY else str(value)


def table_of(
    definition: Definition,
    rows: Sequence[Row],
    *,
    row_header: str,
    links: Mapping[str, Link] | None = None,
    totals: Totals | None = None,
    at_first: Sequence[str] = (),
) -> Table:
    """The table of these rows, with the totals of them all, or those given.

    `links` gives, for a column, the page its cells lead to and the key of the row that is its
    argument; `at_first` the columns shown until others are asked for. The rows are read by slices:
    a page of the table reads its own.
    """
    links = links or {}
    if totals is None:
        totals = Totals(definition)
        for row in rows:
            totals.add(row)
    footers = footers_of(definition, totals)
    columns = [
        (column.key, RestitutionColumn(column, footer, links.get(column.key)))
        for column, footer in zip(definition.columns, footers, strict=True)
    ]
    table = Table(TableListData(rows), extra_columns=columns)
    meta = {"caption": definition.title, "row_header": row_header, "at_first": at_first}
    table.Meta = type("Meta", (), meta)
    return table


def footers_of(definition: Definition, totals: Totals) -> list[str | None]:
    """The total of each column that has one; the first column names the row of totals."""
    sums = [totals.of(column) for column in definition.columns]
    footers = [
        None if total is None else display(column.kind, total)
        for column, total in zip(definition.columns, sums, strict=True)
    ]
    return footers if footers[0] or not any(footers) else ["Total", *footers[1:]]


class AlerteTable(Table):
    """Alerts: the kind names the row, its last cell leads to the cause.

    The roles are those of any table, said again: where each row is a card, a browser may forget.
    """

    nature = tables.Column(verbose_name="Alerte", attrs={"td": {"role": "rowheader"}})
    annexe = tables.Column(
        verbose_name="Annexe", order_by="structure", attrs=_titled("Annexe", "fr-cell--multiline")
    )
    depuis = tables.DateColumn(verbose_name="Depuis le", format="d/m/Y", attrs=_titled("Depuis le"))
    chiffre = tables.Column(
        verbose_name="Chiffre", orderable=False, attrs=_titled("Chiffre", "fr-cell--multiline")
    )
    texte = tables.Column(verbose_name="Constat et suite à donner", orderable=False, attrs=TEXTE)

    class Meta:
        caption = "Alertes"
        row_header = "nature"
        attrs = {"role": "table"}
        row_attrs = {"role": "row"}

    def render_nature(self, record: Alerte) -> SafeString:
        kind = "error" if record.is_urgent else "warning"
        return format_html(
            '{}<br><span class="fr-badge fr-badge--sm fr-badge--no-icon fr-badge--{}">{}</span>',
            record.nature.label,
            kind,
            record.gravite.label,
        )

    def render_annexe(self, record: Alerte) -> SafeString:
        return format_html(
            '<a class="fr-link fr-link--sm" href="{}">{}</a><br>{}',
            reverse("annexes:detail", args=[record.annexe.pk]),
            record.annexe,
            record.structure,
        )

    def render_texte(self, record: Alerte) -> SafeString:
        return format_html(
            '{}<br>{} <a class="fr-link fr-link--sm" href="{}">{}'
            '<span class="fr-sr-only"> : {}, {}</span></a>',
            record.texte,
            record.action,
            record.url,
            record.lien,
            record.nature.label,
            record.annexe,
        )
