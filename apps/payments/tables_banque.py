"""Tables of the bank: files, transfers, returns, their lines, the queue, the rejections."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables

from apps.core.tables import (
    WRAPPED,
    ActionColumn,
    EtatColumn,
    EurosColumn,
    LienColumn,
    MoisColumn,
    NombreColumn,
    Table,
)
from apps.payments.codes_retour import meaning_of
from apps.payments.models import FichierVirements, LigneRetour, RetourBancaire, Virement


class FichierTable(Table):
    nom = tables.Column(verbose_name="Fichier")
    campagne = LienColumn(
        "payments:campagne",
        args=[tables.A("campagne_id")],
        verbose_name="Campagne",
        order_by="campagne__numero",
    )
    jour = tables.DateColumn(
        verbose_name="Jour de paiement", accessor="campagne__jour_paiement", format="d/m/Y"
    )
    produit_le = tables.DateTimeColumn(verbose_name="Produit le", format="d/m/Y à H:i")
    nombre = NombreColumn(verbose_name="Virements")
    montant = EurosColumn(verbose_name="Montant")
    telecharger = ActionColumn("Télécharger", "banque:fichier", verbose_name="Fichier XML")

    class Meta:
        model = FichierVirements
        fields = ("nom", "campagne", "jour", "produit_le", "nombre", "montant")
        caption = "Fichiers de virements"


class VirementTable(Table):
    """Transfers sent to the bank, the latest first."""

    reference = tables.Column(verbose_name="Référence")
    structure = tables.Column(
        verbose_name="Structure",
        accessor="structure__denomination",
        order_by="structure__cle_tri",
        attrs=WRAPPED,
    )
    annexe = LienColumn("annexes:detail", args=[tables.A("annexe_id")], verbose_name="Annexe")
    mois = MoisColumn(accessor="campagne__mois", verbose_name="Campagne")
    emis_le = tables.DateColumn(verbose_name="Émis le", format="d/m/Y")
    montant = EurosColumn(verbose_name="Montant")
    etat = EtatColumn()
    denoue_le = tables.DateColumn(verbose_name="Réponse le", format="d/m/Y")

    class Meta:
        model = Virement
        fields = (
            "reference",
            "structure",
            "annexe",
            "mois",
            "emis_le",
            "montant",
            "etat",
            "denoue_le",
        )
        caption = "Virements"
        order_by = "-emis_le"


class RejetTable(VirementTable):
    """Rejected and not sent again: what is due, why, what is awaited."""

    motif_rejet = tables.Column(verbose_name="Raison", orderable=False, attrs=WRAPPED)
    suite = tables.Column(
        verbose_name="Suite", accessor="code_rejet", orderable=False, attrs=WRAPPED
    )

    class Meta(VirementTable.Meta):
        fields = ("reference", "structure", "annexe", "montant", "denoue_le", "motif_rejet")
        exclude = ("mois", "emis_le", "etat")
        sequence = (
            "reference",
            "structure",
            "annexe",
            "montant",
            "denoue_le",
            "motif_rejet",
            "suite",
        )
        caption = "Virements rejetés, à émettre de nouveau"
        order_by = "-denoue_le"

    denoue_le = tables.DateColumn(verbose_name="Rejeté le", format="d/m/Y")

    def render_motif_rejet(self, record: Virement) -> str:
        return f"{record.code_rejet} {record.motif_rejet}".strip()

    def render_suite(self, value: str) -> str:
        return str(meaning_of(value).suite)


class RetourTable(Table):
    numero = LienColumn("banque:retour", verbose_name="Retour")
    nom = tables.Column(verbose_name="Fichier", attrs=WRAPPED)
    format = tables.Column(verbose_name="Format", attrs=WRAPPED)
    importe_le = tables.DateColumn(verbose_name="Importé le", format="d/m/Y")
    etat = EtatColumn()
    nombre = NombreColumn(verbose_name="Lignes")
    appliquees = NombreColumn(verbose_name="Appliquées")
    deja_appliquees = NombreColumn(verbose_name="Déjà appliquées")
    inconnues = NombreColumn(verbose_name="Inconnues")

    class Meta:
        model = RetourBancaire
        fields = (
            "numero",
            "nom",
            "format",
            "importe_le",
            "etat",
            "nombre",
            "appliquees",
            "deja_appliquees",
            "inconnues",
        )
        caption = "Retours bancaires"

    def render_numero(self, value: int) -> str:
        return f"n° {value}"


class LigneRetourTable(Table):
    """Lines of an applied return, with what became of each."""

    rang = NombreColumn(verbose_name="Ligne")
    reference = tables.Column(verbose_name="Référence", attrs=WRAPPED)
    statut = tables.Column(verbose_name="Réponse")
    code = tables.Column(verbose_name="Code")
    date = tables.DateColumn(verbose_name="Date de la banque", format="d/m/Y")
    issue = tables.Column(verbose_name="Devenue")
    virement = tables.Column(
        verbose_name="Virement", accessor="virement__reference", order_by="virement__reference"
    )
    raison = tables.Column(verbose_name="Explication", orderable=False, attrs=WRAPPED)

    class Meta:
        model = LigneRetour
        fields = ("rang", "reference", "statut", "code", "date", "issue", "virement", "raison")
        caption = "Lignes du retour bancaire"

    def render_code(self, record: LigneRetour) -> str:
        if record.statut != LigneRetour.Statut.REJETE:
            return record.code
        return f"{record.code} {meaning_of(record.code).phrase}".strip()

    def render_raison(self, record: LigneRetour) -> str:
        if not record.decision:
            return record.raison
        return f"{record.raison} {record.get_decision_display()} : {record.motif}"


class InconnueTable(Table):
    """The queue: what the bank said and that matches nothing, the oldest first."""

    ligne = tables.Column(verbose_name="Ligne", empty_values=(), order_by=("retour", "rang"))
    retour = LienColumn(
        "banque:retour",
        args=[tables.A("retour_id")],
        verbose_name="Retour",
        order_by="retour__numero",
    )
    reference = tables.Column(verbose_name="Référence reçue", attrs=WRAPPED)
    statut = tables.Column(verbose_name="Réponse")
    code = tables.Column(verbose_name="Code")
    montant = EurosColumn(verbose_name="Montant")
    raison = tables.Column(verbose_name="Pourquoi", orderable=False, attrs=WRAPPED)
    decider = ActionColumn("Décider", "banque:ligne", verbose_name="Décision")

    class Meta:
        model = LigneRetour
        fields = ("ligne", "retour", "reference", "statut", "code", "montant", "raison")
        caption = "Lignes inconnues à traiter"

    def render_ligne(self, record: LigneRetour) -> str:
        return f"Ligne {record.rang}"

    def value_ligne(self, record: LigneRetour) -> Any:
        return record.rang

    def render_retour(self, record: LigneRetour) -> str:
        return f"n° {record.retour.numero}"
