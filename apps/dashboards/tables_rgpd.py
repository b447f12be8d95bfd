"""Tables of the rights requests, of the people and of the destructions."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables

from apps.core.tables import WRAPPED, EtatColumn, LienColumn, NombreColumn, Table
from apps.dashboards.models import DemandeDroit, Destruction
from apps.siae.models import Salarie


class NumeroColumn(LienColumn):
    """« n° 12 » on the page, the figure in the file."""

    def render(self, value: int) -> str:
        return f"n° {value}"

    def value(self, value: int) -> int:
        return value


class DemandeTable(Table):
    numero = NumeroColumn("rgpd:demande", verbose_name="Demande")
    nature = tables.Column(verbose_name="Droit exercé", attrs=WRAPPED)
    demandeur = tables.Column(verbose_name="Demandeur", attrs=WRAPPED)
    structure = tables.Column(
        verbose_name="Structure",
        accessor="structure__denomination",
        order_by="structure__cle_tri",
        attrs=WRAPPED,
    )
    recue_le = tables.DateColumn(verbose_name="Reçue le", format="d/m/Y")
    echeance = tables.DateColumn(verbose_name="À répondre avant le", format="d/m/Y")
    transmise_le = tables.DateColumn(verbose_name="Transmise le", format="d/m/Y")
    etat = EtatColumn()

    class Meta:
        model = DemandeDroit
        fields = (
            "numero",
            "nature",
            "demandeur",
            "structure",
            "recue_le",
            "echeance",
            "transmise_le",
            "etat",
        )
        caption = "Demandes de droits"

    def before_render(self, request: Any) -> None:
        if request.acting.is_siae:
            self.columns.hide("structure")


class PersonneTable(Table):
    nom = LienColumn("rgpd:personne", accessor="nom", verbose_name="Personne")
    numero = NombreColumn(verbose_name="Numéro")
    structure = tables.Column(
        verbose_name="Structure",
        accessor="structure__denomination",
        order_by="structure__cle_tri",
        attrs=WRAPPED,
    )
    anonymise_le = tables.DateColumn(verbose_name="Anonymisée le", format="d/m/Y")

    class Meta:
        model = Salarie
        fields = ("nom", "numero", "structure", "anonymise_le")
        caption = "Personnes dont des données sont détenues"

    def before_render(self, request: Any) -> None:
        if request.acting.is_siae:
            self.columns.hide("structure")

    def render_nom(self, record: Salarie) -> str:
        return str(record)

    def order_nom(self, queryset: Any, is_descending: bool) -> tuple[Any, bool]:
        return queryset.order_by(f"{'-' if is_descending else ''}cle_tri", "pk"), True

    def render_numero(self, value: int) -> str:
        return str(value)


class DestructionTable(Table):
    numero = NumeroColumn("rgpd:destruction", verbose_name="Attestation")
    mandat = tables.Column(
        verbose_name="Convention de mandat", accessor="mandat__reference", attrs=WRAPPED
    )
    departement = tables.Column(
        verbose_name="Département",
        accessor="mandat__financeur__nom",
        order_by="mandat__financeur__code",
        attrs=WRAPPED,
    )
    proposee_le = tables.DateColumn(verbose_name="Proposée le", format="d/m/Y")
    signee_le = tables.DateColumn(verbose_name="Signée le", format="d/m/Y")
    etat = EtatColumn()

    class Meta:
        model = Destruction
        fields = ("numero", "mandat", "departement", "proposee_le", "signee_le", "etat")
        caption = "Attestations de destruction"

    def before_render(self, request: Any) -> None:
        if request.acting.is_cd:
            self.columns.hide("departement")
            self.columns.hide("etat")
