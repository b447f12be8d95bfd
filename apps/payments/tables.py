"""Tables of runs, of their lines, of what they hold, of the payments made."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import django_tables2 as tables

from apps.core.tables import (
    ActionColumn,
    EtatColumn,
    EurosColumn,
    LienColumn,
    MoisColumn,
    NombreColumn,
    Table,
)
from apps.core.templatetags.extranet import euros
from apps.payments.models import Campagne, Retenue, Versement
from apps.payments.recap import cause, difference


class CampagneTable(Table):
    numero = LienColumn("payments:campagne", verbose_name="Campagne")
    mois = MoisColumn(verbose_name="Mois")
    jour_paiement = tables.DateColumn(verbose_name="Jour de paiement", format="d/m/Y")
    etat = EtatColumn()
    nombre_versements = NombreColumn(verbose_name="Versements")
    montant = EurosColumn(verbose_name="Montant")
    part_etat = EurosColumn(verbose_name="Part État")
    part_cd = EurosColumn(verbose_name="Part départements")
    nombre_retenues = NombreColumn(verbose_name="Échéances retenues")

    class Meta:
        model = Campagne
        fields = (
            "numero",
            "mois",
            "jour_paiement",
            "etat",
            "nombre_versements",
            "montant",
            "part_etat",
            "part_cd",
            "nombre_retenues",
        )
        caption = "Campagnes de paiement"

    def render_numero(self, value: int) -> str:
        return f"n° {value}"


class LigneTable(Table):
    """Lines of a run, each with its difference with the month before and the reason of it."""

    annexe = LienColumn("annexes:detail", args=[tables.A("annexe_id")], verbose_name="Annexe")
    structure = tables.Column(verbose_name="Structure", accessor="structure__denomination")
    mois = MoisColumn(verbose_name="Mois de travail")
    nature = tables.Column(verbose_name="Nature")
    montant = EurosColumn(verbose_name="Montant")
    part_etat = EurosColumn(verbose_name="Part État")
    part_cd = EurosColumn(verbose_name="Part département")
    ecart = NombreColumn(
        verbose_name="Écart avec le mois précédent", empty_values=(), orderable=False
    )
    cause = tables.Column(verbose_name="Cause de l’écart", empty_values=(), orderable=False)
    etat = EtatColumn(accessor="statut")
    pourquoi = ActionColumn("Pourquoi ce montant ?", "payments:versement", verbose_name="Calcul")
    retirer = ActionColumn("Retirer", "payments:ligne_retirer", verbose_name="Retrait")
    rejeter = ActionColumn("Rejeter", "payments:ligne_rejeter", verbose_name="Rejet")

    class Meta:
        model = Versement
        fields = ("annexe", "structure", "mois", "nature", "montant", "part_etat", "part_cd")
        caption = "Lignes de la campagne"

    def render_ecart(self, record: Versement) -> str:
        gap: Decimal | None = difference(record)
        return "" if gap is None else euros(gap)

    def render_cause(self, record: Versement) -> str:
        return cause(record)


class RetenueTable(Table):
    annexe = LienColumn("annexes:detail", args=[tables.A("annexe_id")], verbose_name="Annexe")
    structure = tables.Column(
        verbose_name="Structure", accessor="annexe__siae__structure__denomination"
    )
    mois = MoisColumn(verbose_name="Mois de travail")
    nature = tables.Column(verbose_name="Nature")
    motif = tables.Column(verbose_name="Raison")
    detail = tables.Column(verbose_name="Détail", orderable=False)
    montant_prevu = EurosColumn(verbose_name="Montant attendu")

    class Meta:
        model = Retenue
        fields = ("annexe", "structure", "mois", "nature", "motif", "detail", "montant_prevu")
        caption = "Échéances retenues"


class VersementTable(Table):
    """Payments made, as every role sees those of its own scope."""

    annexe = LienColumn("annexes:detail", args=[tables.A("annexe_id")], verbose_name="Annexe")
    structure = tables.Column(verbose_name="Structure", accessor="structure__denomination")
    mois = MoisColumn(verbose_name="Mois de travail")
    nature = tables.Column(verbose_name="Nature")
    execute_le = tables.DateColumn(verbose_name="Payé le", format="d/m/Y")
    montant = EurosColumn(verbose_name="Montant")
    part_etat = EurosColumn(verbose_name="Part État")
    part_cd = EurosColumn(verbose_name="Part département")
    pourquoi = ActionColumn("Pourquoi ce montant ?", "payments:versement", verbose_name="Calcul")

    class Meta:
        model = Versement
        fields = (
            "annexe",
            "structure",
            "mois",
            "nature",
            "execute_le",
            "montant",
            "part_etat",
            "part_cd",
        )
        caption = "Versements de l’aide au poste"

    def before_render(self, request: Any) -> None:
        if request.acting.is_siae:
            self.columns.hide("structure")
