"""Tables of the funds: mandates with their treasury, calls."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables

from apps.conventions.models import ConventionMandat
from apps.core.tables import WRAPPED, EtatColumn, EurosColumn, LienColumn, Table
from apps.payments.models import AppelDeFonds


class MandatTable(Table):
    financeur = LienColumn(
        "fonds:mandat", verbose_name="Département", accessor="financeur__nom", attrs=WRAPPED
    )
    reference = tables.Column(verbose_name="Convention", attrs=WRAPPED)
    debut = tables.DateColumn(verbose_name="Du", format="d/m/Y")
    fin = tables.DateColumn(verbose_name="Au", format="d/m/Y")
    modalite = tables.Column(verbose_name="Fonds", attrs=WRAPPED)
    tresorerie = EurosColumn(verbose_name="Trésorerie")
    en_attente = EurosColumn(verbose_name="En attente de fonds")
    a_encaisser = EurosColumn(verbose_name="Appels à encaisser")

    class Meta:
        model = ConventionMandat
        fields = (
            "financeur",
            "reference",
            "debut",
            "fin",
            "modalite",
            "tresorerie",
            "en_attente",
            "a_encaisser",
        )
        caption = "Fonds des conventions de mandat"

    def before_render(self, request: Any) -> None:
        if request.acting.is_cd:
            self.columns.hide("modalite")


class AppelTable(Table):
    numero = LienColumn("fonds:appel", verbose_name="Appel")
    financeur = tables.Column(
        verbose_name="Département", accessor="mandat__financeur__nom", attrs=WRAPPED
    )
    mandat = tables.Column(verbose_name="Convention", accessor="mandat__reference", attrs=WRAPPED)
    nature = tables.Column(verbose_name="Nature", attrs=WRAPPED)
    propose_le = tables.DateColumn(verbose_name="Proposé le", format="d/m/Y")
    emis_le = tables.DateColumn(verbose_name="Émis le", format="d/m/Y")
    echeance = tables.DateColumn(verbose_name="À verser avant le", format="d/m/Y")
    montant = EurosColumn(verbose_name="Montant")
    encaisse = EurosColumn(verbose_name="Encaissé")
    etat = EtatColumn()

    class Meta:
        model = AppelDeFonds
        fields = (
            "numero",
            "financeur",
            "mandat",
            "nature",
            "propose_le",
            "emis_le",
            "echeance",
            "montant",
            "encaisse",
            "etat",
        )
        caption = "Appels de fonds"

    def before_render(self, request: Any) -> None:
        if request.acting.is_cd:
            self.columns.hide("financeur")
            self.columns.hide("propose_le")

    def render_numero(self, value: int) -> str:
        return f"n° {value}"
