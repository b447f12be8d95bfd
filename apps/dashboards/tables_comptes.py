"""Table of the comptes d’emploi, across the mandates."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core.tables import WRAPPED, EtatColumn, LienColumn, NombreColumn, Table
from apps.dashboards.models import CompteEmploi


class CompteEmploiTable(Table):
    numero = LienColumn("reddition:compte", verbose_name="Compte d’emploi")
    nature = tables.Column(verbose_name="Nature", attrs=WRAPPED)
    mandat = tables.Column(
        verbose_name="Convention de mandat", accessor="mandat__reference", attrs=WRAPPED
    )
    departement = tables.Column(
        verbose_name="Département",
        accessor="mandat__financeur__nom",
        order_by="mandat__financeur__code",
        attrs=WRAPPED,
    )
    arrete_au = tables.DateColumn(verbose_name="Arrêté au", format="d/m/Y")
    edition = NombreColumn(verbose_name="Édition")
    etat = EtatColumn()
    signe_le = tables.DateColumn(verbose_name="Signé le", format="d/m/Y")
    document = tables.Column(
        verbose_name="Document", empty_values=(), orderable=False, exclude_from_export=True
    )

    class Meta:
        model = CompteEmploi
        fields = (
            "numero",
            "nature",
            "mandat",
            "departement",
            "arrete_au",
            "edition",
            "etat",
            "signe_le",
            "document",
        )
        caption = "Comptes d’emploi"

    def before_render(self, request: Any) -> None:
        if request.acting.is_cd:
            self.columns.hide("departement")
            self.columns.hide("etat")

    def render_numero(self, value: int) -> str:
        return f"n° {value}"

    def value_numero(self, value: int) -> int:
        return value

    def render_document(self, record: CompteEmploi) -> SafeString:
        return format_html(
            '<a class="fr-link fr-link--sm" href="{}">PDF<span class="fr-sr-only"> : {}</span></a>',
            reverse("reddition:pdf", args=[record.pk]),
            record,
        )
