"""Table of the bilans issued, across the annexes."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core.tables import WRAPPED, LienColumn, NombreColumn, Table
from apps.dashboards.bilans.adresses import issued_url
from apps.dashboards.bilans.trimestres import rank_label
from apps.dashboards.models import BilanEmis

Ordered = tuple[Any, bool]


class BilanEmisTable(Table):
    numero = tables.Column(
        verbose_name="Bilan",
        linkify=lambda record: issued_url(record),
        attrs={"a": {"class": "fr-link"}},
    )
    nature = tables.Column(verbose_name="Nature", attrs=WRAPPED)
    rang = tables.Column(
        verbose_name="Trimestre ou édition",
        accessor="trimestre",
        order_by=("trimestre", "edition"),
    )
    annexe = LienColumn("dashboards:bilans", args=[tables.A("annexe_id")], verbose_name="Annexe")
    structure = tables.Column(
        verbose_name="Structure",
        accessor="annexe__siae__structure__denomination",
        order_by="annexe__siae__structure__cle_tri",
        attrs=WRAPPED,
    )
    mesure = tables.Column(
        verbose_name="Mesure",
        accessor="annexe__siae__get_mesure_display",
        order_by="annexe__siae__mesure",
    )
    emis_le = tables.DateColumn(verbose_name="Émis le", format="d/m/Y")
    campagne = NombreColumn(verbose_name="Campagne", accessor="campagne__numero")
    document = tables.Column(
        verbose_name="Document",
        empty_values=(),
        orderable=False,
        exclude_from_export=True,
    )

    class Meta:
        model = BilanEmis
        fields = (
            "numero",
            "nature",
            "rang",
            "annexe",
            "structure",
            "mesure",
            "emis_le",
            "campagne",
            "document",
        )
        caption = "Bilans émis"

    def before_render(self, request: Any) -> None:
        if request.acting.is_siae:
            self.columns.hide("structure")

    def render_numero(self, value: int) -> str:
        return f"n° {value}"

    def value_numero(self, value: int) -> int:
        return value

    def render_rang(self, record: BilanEmis) -> str:
        return rank_label(record.trimestre) if record.trimestre else f"édition n° {record.edition}"

    def order_annexe(self, queryset: Any, is_descending: bool) -> Ordered:
        sign = "-" if is_descending else ""
        return queryset.order_by(f"{sign}annexe__numero", f"{sign}annexe__renouvellement"), True

    def render_document(self, record: BilanEmis) -> SafeString:
        return format_html(
            '<a class="fr-link fr-link--sm" href="{}">PDF<span class="fr-sr-only"> : {}</span></a>',
            issued_url(record, pdf=True),
            record,
        )
