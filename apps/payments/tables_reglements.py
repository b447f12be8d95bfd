"""Tables of what leaves the bank: transfers, parts that wait for funds, holds put on payments."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.utils.safestring import SafeString

from apps.core.tables import (
    WRAPPED,
    ActionColumn,
    EtatColumn,
    EurosColumn,
    LienColumn,
    MoisColumn,
    Table,
)
from apps.payments.models import BlocagePaiement, PartEnAttente, Virement


class VirementTable(Table):
    """Transfers of a run: one per annex, and the rejected ones sent again."""

    annexe = LienColumn("annexes:detail", args=[tables.A("annexe_id")], verbose_name="Annexe")
    structure = tables.Column(
        accessor="structure__denomination",
        verbose_name="Structure",
        order_by="structure__cle_tri",
        attrs=WRAPPED,
    )
    montant = EurosColumn(verbose_name="Montant")
    reference = tables.Column(verbose_name="Référence", default="À l’exécution")
    compte = tables.Column(
        accessor="coordonnees__iban_masque",
        verbose_name="Compte crédité",
        orderable=False,
        default="À l’approbation",
    )
    etat = EtatColumn()
    remplace = tables.Column(
        accessor="remplace__reference", verbose_name="Remplace", attrs=WRAPPED, default=""
    )
    motif_rejet = tables.Column(verbose_name="Motif du rejet", attrs=WRAPPED)

    class Meta:
        model = Virement
        fields = (
            "annexe",
            "structure",
            "montant",
            "reference",
            "compte",
            "etat",
            "remplace",
            "motif_rejet",
        )
        caption = "Virements de la campagne"

    def render_motif_rejet(self, record: Virement) -> str:
        return " – ".join(text for text in (record.code_rejet, record.motif_rejet) if text)


class AttenteTable(Table):
    """Parts of the départements that wait for funds, in the order in which they will be paid."""

    annexe = LienColumn(
        "payments:echeancier",
        args=[tables.A("versement__annexe_id")],
        accessor="versement__annexe",
        verbose_name="Annexe",
    )
    structure = tables.Column(
        accessor="versement__structure__denomination",
        verbose_name="Structure",
        order_by="versement__structure__cle_tri",
        attrs=WRAPPED,
    )
    mois = MoisColumn(accessor="versement__mois", verbose_name="Mois")
    nature = tables.Column(accessor="versement__nature", verbose_name="Nature", attrs=WRAPPED)
    mandat = tables.Column(accessor="mandat__reference", verbose_name="Mandat", attrs=WRAPPED)
    especes = EurosColumn(verbose_name="En attente")
    reimputation = EurosColumn(verbose_name="Réimputation")
    paiement = tables.Column(
        accessor="liberation", empty_values=(), verbose_name="Paiement", attrs=WRAPPED
    )

    class Meta:
        model = PartEnAttente
        fields = (
            "annexe",
            "structure",
            "mois",
            "nature",
            "mandat",
            "especes",
            "reimputation",
            "paiement",
        )
        caption = "Parts des départements en attente de fonds"

    def render_nature(self, record: PartEnAttente) -> str:
        return str(record.versement.get_nature_display())

    def render_paiement(self, record: PartEnAttente) -> str:
        if record.liberation_id is None:
            return "Attend les fonds du département"
        paid = record.liberee_le
        when = f"Versée le {paid:%d/%m/%Y}" if paid else "Proposée"
        return f"{when}, campagne n° {record.liberation.numero}"


class BlocageTable(Table):
    """Holds put before a payment, with who lifted them and why."""

    structure = LienColumn(
        "siae:structure", args=[tables.A("structure_id")], verbose_name="Structure"
    )
    annexe = tables.Column(verbose_name="Annexe", default="Toutes")
    motif = tables.Column(verbose_name="Raison", attrs=WRAPPED)
    detail = tables.Column(verbose_name="Détail", orderable=False, attrs=WRAPPED)
    pose_le = tables.DateColumn(verbose_name="Depuis le", format="d/m/Y")
    leve_le = tables.DateColumn(verbose_name="Levé le", format="d/m/Y", default="")
    leve_par = tables.Column(verbose_name="Levé par", default="", attrs=WRAPPED)
    motif_levee = tables.Column(verbose_name="Motif de la levée", attrs=WRAPPED, orderable=False)
    lever = ActionColumn("Lever", "payments:blocage_lever", verbose_name="Levée")

    class Meta:
        model = BlocagePaiement
        fields = (
            "structure",
            "annexe",
            "motif",
            "detail",
            "pose_le",
            "leve_le",
            "leve_par",
            "motif_levee",
        )
        caption = "Blocages des paiements"

    def render_lever(self, record: BlocagePaiement, column: ActionColumn) -> SafeString | str:
        """Nothing to lift once it is: no link."""
        return column.render(record) if record.leve_le is None else ""

    def render_leve_par(self, record: BlocagePaiement) -> str:
        return str(record.leve_par or "")

    def before_render(self, request: Any) -> None:
        """The act is shown to those whose role it is."""
        if request.acting.role != "GESTIONNAIRE":
            self.columns.hide("lever")
