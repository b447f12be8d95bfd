"""Tables of runs, of their lines, of what they hold, of the payments made."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString

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


WRAPPED = {"td": {"class": "fr-cell--multiline"}}


class LigneTable(Table):
    """Lines of a run, each with its difference with the month before and the reason of it."""

    annexe = LienColumn(
        "annexes:detail",
        args=[tables.A("annexe_id")],
        verbose_name="Annexe et structure",
        attrs={"a": {"class": "fr-link"}, **WRAPPED},
    )
    mois = MoisColumn(verbose_name="Mois")
    nature = tables.Column(verbose_name="Nature", attrs=WRAPPED)
    montant = EurosColumn(verbose_name="Montant")
    part_etat = EurosColumn(verbose_name="Part État")
    part_cd = EurosColumn(verbose_name="Part CD")
    ecart = tables.Column(
        verbose_name="Écart sur un mois", empty_values=(), orderable=False, attrs=WRAPPED
    )
    etat = EtatColumn(accessor="statut")
    pourquoi = ActionColumn("Pourquoi ?", "payments:versement", verbose_name="Calcul")
    retirer = ActionColumn("Retirer", "payments:ligne_retirer", verbose_name="Retrait")
    rejeter = ActionColumn("Rejeter", "payments:ligne_rejeter", verbose_name="Rejet")

    class Meta:
        model = Versement
        fields = ("annexe", "mois", "nature", "montant", "part_etat", "part_cd")
        caption = "Lignes de la campagne"

    def render_annexe(self, record: Versement) -> SafeString:
        return format_html("{}<br>{}", record.annexe, record.structure)

    def render_ecart(self, record: Versement) -> SafeString:
        gap = difference(record)
        reason = cause(record)
        if gap is None:
            return format_html("{}", reason)
        if not reason:
            return format_html("{}", euros(gap))
        return format_html("{}<br>{}", euros(gap), reason)


class RetenueTable(Table):
    annexe = LienColumn("annexes:detail", args=[tables.A("annexe_id")], verbose_name="Annexe")
    structure = tables.Column(
        verbose_name="Structure",
        accessor="annexe__siae__structure__denomination",
        order_by="annexe__siae__structure__cle_tri",
        attrs=WRAPPED,
    )
    mois = MoisColumn(verbose_name="Mois")
    nature = tables.Column(verbose_name="Nature", attrs=WRAPPED)
    motif = tables.Column(verbose_name="Raison", attrs=WRAPPED)
    detail = tables.Column(verbose_name="Détail", orderable=False, attrs=WRAPPED)
    montant_prevu = EurosColumn(verbose_name="Attendu")

    class Meta:
        model = Retenue
        fields = ("annexe", "structure", "mois", "nature", "motif", "detail", "montant_prevu")
        caption = "Échéances retenues"


class VersementTable(Table):
    """Payments made, as every role sees those of its own scope."""

    annexe = LienColumn("annexes:detail", args=[tables.A("annexe_id")], verbose_name="Annexe")
    structure = tables.Column(
        verbose_name="Structure",
        accessor="structure__denomination",
        order_by="structure__cle_tri",
        attrs=WRAPPED,
    )
    mois = MoisColumn(verbose_name="Mois")
    nature = tables.Column(verbose_name="Nature", attrs=WRAPPED)
    execute_le = tables.DateColumn(verbose_name="Payé le", format="d/m/Y")
    montant = EurosColumn(verbose_name="Montant")
    part_etat = EurosColumn(verbose_name="Part État")
    part_cd = EurosColumn(verbose_name="Part CD")
    pourquoi = ActionColumn("Pourquoi ?", "payments:versement", verbose_name="Calcul")

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
