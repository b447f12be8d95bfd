"""Table of the list of CAOM."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables

from apps.conventions.envelope import envelope_of
from apps.conventions.models import Caom
from apps.core.clock import today
from apps.core.tables import EurosColumn, LienColumn, NombreColumn, Table
from apps.rules.explanation import euros


class CaomTable(Table):
    """Rows come with their funder and objectives."""

    annee = LienColumn("conventions:caom", verbose_name="CAOM")
    financeur = tables.Column(verbose_name="Département")
    signee_le = tables.DateColumn(verbose_name="Signée le", format="d/m/Y", default="Non signée")
    beneficiaires = NombreColumn(
        verbose_name="Bénéficiaires du RSA", orderable=False, empty_values=()
    )
    montant = EurosColumn(verbose_name="Montant", orderable=False, empty_values=())

    class Meta:
        model = Caom
        fields = ("annee", "financeur", "signee_le", "beneficiaires", "montant")
        caption = "Conventions annuelles d’objectifs et de moyens"

    def render_annee(self, record: Caom) -> str:
        return str(record)

    def render_beneficiaires(self, record: Caom) -> int:
        return envelope_of(record, today()).beneficiaires

    def value_beneficiaires(self, record: Caom) -> int:
        return envelope_of(record, today()).beneficiaires

    def render_montant(self, record: Caom) -> str:
        return euros(envelope_of(record, today()).montant)

    def value_montant(self, record: Caom) -> Any:
        return envelope_of(record, today()).montant
