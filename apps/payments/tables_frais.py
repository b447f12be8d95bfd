"""Tables of the invoices of management fees and of the modulated parts."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables

from apps.core.tables import FIGURE, EtatColumn, EurosColumn, LienColumn, Table
from apps.core.templatetags.extranet import euros, pourcent
from apps.payments.models import FactureFrais, PartModulee


class FactureTable(Table):
    numero = LienColumn("frais:facture", verbose_name="Document", empty_values=())
    financeur = tables.Column(verbose_name="Département", accessor="financeur__nom")
    mandat = LienColumn(
        "frais:mandat",
        args=[tables.A("mandat_id")],
        verbose_name="Convention de mandat",
        accessor="mandat__reference",
    )
    annee = tables.Column(verbose_name="Année")
    periode = tables.Column(verbose_name="Période")
    emise_le = tables.DateColumn(verbose_name="Émise le", format="d/m/Y")
    montant = EurosColumn()
    reste = EurosColumn(verbose_name="Reste à payer")
    etat = EtatColumn()

    class Meta:
        model = FactureFrais
        fields = (
            "numero",
            "financeur",
            "mandat",
            "annee",
            "periode",
            "emise_le",
            "montant",
            "reste",
            "etat",
        )
        caption = "Factures de frais de gestion"

    def before_render(self, request: Any) -> None:
        if request.acting.is_cd:
            self.columns.hide("financeur")

    def render_numero(self, record: FactureFrais) -> str:
        return str(record)

    def value_numero(self, record: FactureFrais) -> str:
        return record.reference or "En préparation"

    def render_annee(self, value: int) -> str:
        return str(value)

    def render_reste(self, value: Any, record: FactureFrais) -> str:
        """Something is left of an invoice issued and not settled, and of no other."""
        return euros(value) if record.etat == FactureFrais.Etat.EMISE else "–"


class PartModuleeTable(Table):
    annexe = LienColumn("modulation:part", verbose_name="Annexe")
    structure = tables.Column(
        accessor="annexe__siae__structure__denomination", verbose_name="Structure"
    )
    notifiee_le = tables.DateColumn(verbose_name="Décision du", format="d/m/Y")
    taux = tables.Column(attrs=FIGURE)
    base = EurosColumn(verbose_name="Socle réalisé")
    montant = EurosColumn()
    etat = EtatColumn()

    class Meta:
        model = PartModulee
        fields = ("annexe", "structure", "notifiee_le", "taux", "base", "montant", "etat")
        caption = "Parts modulées"

    def before_render(self, request: Any) -> None:
        if request.acting.is_siae:
            self.columns.hide("structure")

    def render_taux(self, value: Any) -> str:
        return pourcent(value)

    def value_taux(self, value: Any) -> Any:
        return value
