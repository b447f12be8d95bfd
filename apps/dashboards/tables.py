"""A restitution on screen: the columns of its definition, its totals at the foot.

The same definition writes the Excel file: a figure cannot differ between the two.
"""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.template.defaultfilters import date as date_filter
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core.exports import NUMERIC, Column, Definition, Kind, Row, Totals
from apps.core.tables import FIGURE, LienColumn, Table
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


class RestitutionColumn(tables.Column):  # type: ignore[misc]
    """A column of a definition: its own format, right-aligned when it is a figure."""

    def __init__(self, column: Column, total: Any) -> None:
        self.kind = column.kind
        attrs = FIGURE if column.kind in NUMERIC else {}
        footer = "" if total is None else display(column.kind, total)
        super().__init__(
            verbose_name=column.heading, attrs=attrs, footer=footer, default="", orderable=False
        )

    def render(self, value: Any) -> str:
        return display(self.kind, value)


def display(kind: Kind, value: Any) -> str:
    """A value of a restitution as read on the screen."""
    return str(DISPLAY[kind](value)) if kind in DISPLAY else str(value)


def table_of(definition: Definition, rows: list[Row], *, row_header: str) -> Table:
    """The table of these rows, with the totals of them all."""
    totals = Totals(definition)
    for row in rows:
        totals.add(row)
    columns = [
        (column.key, RestitutionColumn(column, totals.of(column))) for column in definition.columns
    ]
    table = Table(rows, extra_columns=columns)
    table.Meta = type("Meta", (), {"caption": definition.title, "row_header": row_header})
    return table


class AlerteTable(Table):
    """Alerts: the kind names the row, its last cell leads to the cause."""

    nature = tables.Column(verbose_name="Alerte")
    annexe = LienColumn("annexes:detail", args=[tables.A("annexe__pk")], verbose_name="Annexe")
    structure = tables.Column(verbose_name="Structure")
    depuis = tables.DateColumn(verbose_name="Depuis le", format="d/m/Y")
    chiffre = tables.Column(verbose_name="Chiffre", orderable=False)
    texte = tables.Column(verbose_name="Constat et suite à donner", orderable=False)
    lien = tables.Column(verbose_name="Cause", orderable=False)

    class Meta:
        caption = "Alertes"
        row_header = "nature"

    def render_nature(self, record: Alerte) -> SafeString:
        kind = "error" if record.is_urgent else "warning"
        return format_html(
            '{}<br><span class="fr-badge fr-badge--sm fr-badge--no-icon fr-badge--{}">{}</span>',
            record.nature.label,
            kind,
            record.gravite.label,
        )

    def render_texte(self, record: Alerte) -> SafeString:
        return format_html("{}<br><strong>À faire :</strong> {}", record.texte, record.action)

    def render_lien(self, record: Alerte) -> SafeString:
        return format_html(
            '<a class="fr-link fr-link--sm" href="{}">{}'
            '<span class="fr-sr-only"> : {}, {}</span></a>',
            record.url,
            record.lien,
            record.nature.label,
            record.annexe,
        )
