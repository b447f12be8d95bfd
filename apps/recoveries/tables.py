"""Table of the recovery orders."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables

from apps.core.tables import EtatColumn, EurosColumn, LienColumn, Table
from apps.recoveries.models import OrdreDeRecouvrer


class OrdreTable(Table):
    numero = LienColumn("recoveries:ordre", verbose_name="Ordre")
    emis_le = tables.DateColumn(verbose_name="Émis le", format="d/m/Y")
    structure = tables.Column(
        verbose_name="Structure",
        accessor="structure__denomination",
        order_by="structure__cle_tri",
    )
    annexe = LienColumn("annexes:detail", args=[tables.A("annexe_id")], verbose_name="Annexe")
    financeur = tables.Column(verbose_name="Financeur", accessor="financeur__nom")
    montant_initial = EurosColumn(verbose_name="Montant initial")
    montant = EurosColumn(verbose_name="Montant dû")
    etat = EtatColumn()

    class Meta:
        model = OrdreDeRecouvrer
        fields = (
            "numero",
            "emis_le",
            "structure",
            "annexe",
            "financeur",
            "montant_initial",
            "montant",
            "etat",
        )
        caption = "Ordres de recouvrer"

    def before_render(self, request: Any) -> None:
        if request.acting.is_siae:
            self.columns.hide("structure")

    def render_numero(self, value: int) -> str:
        return f"n° {value}"
