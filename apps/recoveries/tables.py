"""Tables of the recovery orders: all of them, the late ones, the surpluses."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_tables2 as tables

from apps.core.tables import (
    WRAPPED,
    EtatColumn,
    EurosColumn,
    LienColumn,
    NombreColumn,
    Table,
)
from apps.recoveries.models import Excedent, OrdreDeRecouvrer, Remboursement
from apps.recoveries.poursuites import Suspension

Etat = OrdreDeRecouvrer.Etat
SUITES: dict[str, str] = {
    Etat.NOTIFIE: "Relance la nuit prochaine",
    Etat.RELANCE: "Mise en demeure à décider",
    Etat.MIS_EN_DEMEURE: "Recouvrement forcé à décider",
    Etat.FORCE: "Recouvrement forcé en cours",
}


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
    recouvre = EurosColumn(verbose_name="Recouvré")
    a_payer = EurosColumn(verbose_name="Reste à payer")
    echeance = tables.DateColumn(verbose_name="À payer avant le", format="d/m/Y")
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
            "recouvre",
            "a_payer",
            "echeance",
            "etat",
        )
        at_first = ("structure", "annexe", "financeur", "montant", "a_payer", "echeance", "etat")
        caption = "Ordres de recouvrer"

    def before_render(self, request: Any) -> None:
        if request.acting.is_siae:
            self.columns.hide("structure")

    def render_numero(self, value: int) -> str:
        return f"n° {value}"

    def render_echeance(self, value: date | None, record: OrdreDeRecouvrer) -> str:
        """The order's own last day no longer holds under a plan in force."""
        if record.en_plan:
            return "Selon le plan"
        return f"{value:%d/%m/%Y}" if value else str(self.default)

    def value_echeance(self, record: OrdreDeRecouvrer) -> date | None:
        """The day itself, for exports."""
        return None if record.en_plan else record.echeance


class RetardTable(OrdreTable):
    """Late orders, with how late they are and what comes next."""

    retard = NombreColumn(verbose_name="Jours de retard", accessor="echeance", order_by="-echeance")
    suite = tables.Column(verbose_name="Suite", accessor="etat", orderable=False, attrs=WRAPPED)

    class Meta(OrdreTable.Meta):
        sequence = ("...", "echeance", "retard", "etat", "suite")
        at_first = ("structure", "financeur", "a_payer", "echeance", "retard", "etat", "suite")
        caption = "Créances en retard"

    def __init__(
        self, *args: Any, suspensions: dict[int, list[Suspension]], on: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.suspensions, self.on = suspensions, on

    def render_retard(self, value: date) -> int:
        return (self.on - value).days

    def value_retard(self, record: OrdreDeRecouvrer) -> int:
        """The figure itself, for exports."""
        return self.render_retard(record.echeance)

    def render_suite(self, record: OrdreDeRecouvrer) -> str:
        if suspended := self.suspensions.get(record.pk):
            return f"Suspendu : {suspended[0].texte}"
        return SUITES[record.etat]


class ExcedentTable(Table):
    ordre = LienColumn(
        "recoveries:ordre",
        args=[tables.A("ordre_id")],
        verbose_name="Ordre",
        accessor="ordre__numero",
    )
    ne_le = tables.DateColumn(verbose_name="Constaté le", format="d/m/Y")
    structure = tables.Column(
        verbose_name="Structure",
        accessor="structure__denomination",
        order_by="structure__cle_tri",
        attrs=WRAPPED,
    )
    financeur = tables.Column(verbose_name="Financeur", accessor="financeur__nom")
    origine = tables.Column(verbose_name="Origine", attrs=WRAPPED)
    montant = EurosColumn(verbose_name="Montant")
    disponible = EurosColumn(verbose_name="Reste à utiliser")
    remboursement = tables.Column(
        verbose_name="Remboursement",
        accessor="remboursements",
        orderable=False,
        empty_values=(),
        attrs=WRAPPED,
    )

    class Meta:
        model = Excedent
        fields = (
            "ordre",
            "ne_le",
            "structure",
            "financeur",
            "origine",
            "montant",
            "disponible",
            "remboursement",
        )
        caption = "Excédents de versement"

    def render_ordre(self, value: int) -> str:
        return f"n° {value}"

    def render_remboursement(self, record: Excedent) -> str:
        """The last one that was not given up."""
        found = [
            refund
            for refund in record.remboursements.all()
            if refund.etat != Remboursement.Etat.ABANDONNE
        ]
        return str(found[0].get_etat_display()) if found else "–"
