"""Tables of the ledger: general balance, movements of an account, journal of the entries.

Every figure of the balance leads to the movements that make it; an account without any figure on
one side shows nothing there, as on paper.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import django_tables2 as tables
from django.urls import reverse

from apps.core.tables import WRAPPED, EurosColumn, LienColumn, Table
from apps.core.templatetags.extranet import euros
from apps.payments.models import Ecriture, Mouvement

KEYS = ("financeur", "mandat", "structure", "annexe")


def _to_account(table: BalanceTable, record: dict[str, Any], value: Any) -> str | None:
    """Movements of the period; none behind a zero."""
    return table.address(record, table.periode) if value else None


def _to_opening(table: BalanceTable, record: dict[str, Any], value: Any) -> str | None:
    """Movements before the period; none without a first day."""
    first = table.periode.get("du")
    if first is None or not value:
        return None
    return table.address(record, {"du": None, "au": first - timedelta(days=1)})


class SommeColumn(EurosColumn):
    """A sum of the balance: nothing, and no link, when there is none; its total at the foot."""

    def render(self, value: Any) -> str:
        return super().render(value) if value else ""

    def render_footer(self, bound_column: Any, table: BalanceTable) -> str:
        return euros(table.totaux[bound_column.name])


class BalanceTable(Table):
    compte = tables.Column(verbose_name="Compte", linkify=_to_account, footer="Total")
    libelle = tables.Column(
        verbose_name="Libellé", accessor="compte__libelle", attrs=WRAPPED, orderable=False
    )
    financeur = tables.Column(verbose_name="Financeur", accessor="financeur__nom", attrs=WRAPPED)
    mandat = tables.Column(
        verbose_name="Convention de mandat", accessor="mandat__reference", attrs=WRAPPED
    )
    structure = tables.Column(
        verbose_name="Structure", accessor="structure__denomination", attrs=WRAPPED
    )
    annexe = tables.Column(verbose_name="Annexe", accessor="annexe__numero")
    ouverture = SommeColumn(verbose_name="Solde d’ouverture", linkify=_to_opening)
    debits = SommeColumn(verbose_name="Débits", linkify=_to_account)
    credits = SommeColumn(verbose_name="Crédits", linkify=_to_account)
    debiteur = SommeColumn(verbose_name="Solde débiteur", linkify=_to_account)
    crediteur = SommeColumn(verbose_name="Solde créditeur", linkify=_to_account)

    class Meta:
        caption = "Balance générale"

    def __init__(
        self,
        *args: Any,
        periode: dict[str, date | None],
        criteres: dict[str, str],
        totaux: dict[str, Decimal],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.periode = periode
        self.criteres = criteres
        self.totaux = totaux

    def address(self, record: dict[str, Any], periode: dict[str, date | None]) -> str:
        """Movements behind a row: its account, its keys, the filters of the page."""
        keys = {key: record[key] for key in KEYS if record.get(key) is not None}
        days = {name: f"{day:%Y-%m-%d}" for name, day in periode.items() if day}
        page = reverse("comptabilite:grand_livre", args=[record["compte"]])
        query = urlencode(self.criteres | keys | days)
        return f"{page}?{query}" if query else page


class MouvementTable(Table):
    jour = tables.DateColumn(verbose_name="Date", accessor="ecriture__jour", format="d/m/Y")
    ecriture = LienColumn(
        "comptabilite:ecriture",
        args=[tables.A("ecriture_id")],
        verbose_name="Écriture",
        accessor="ecriture__numero",
    )
    evenement = tables.Column(
        verbose_name="Évènement",
        accessor="ecriture__get_evenement_display",
        order_by="ecriture__evenement",
        attrs=WRAPPED,
    )
    libelle = tables.Column(
        verbose_name="Libellé", accessor="ecriture__libelle", attrs=WRAPPED, orderable=False
    )
    reference = tables.Column(verbose_name="Pièce", accessor="ecriture__reference")
    financeur = tables.Column(verbose_name="Financeur", accessor="financeur__nom", attrs=WRAPPED)
    mandat = tables.Column(
        verbose_name="Convention de mandat", accessor="mandat__reference", attrs=WRAPPED
    )
    structure = tables.Column(
        verbose_name="Structure", accessor="structure__denomination", attrs=WRAPPED
    )
    annexe = LienColumn(
        "annexes:detail",
        args=[tables.A("annexe_id")],
        verbose_name="Annexe",
        order_by=("annexe__numero", "annexe__renouvellement"),
    )
    debit = EurosColumn(verbose_name="Débit")
    credit = EurosColumn(verbose_name="Crédit")
    solde = EurosColumn(verbose_name="Solde", orderable=False)

    class Meta:
        model = Mouvement
        fields: tuple[str, ...] = ()
        sequence = (
            "jour",
            "ecriture",
            "evenement",
            "libelle",
            "reference",
            "financeur",
            "mandat",
            "structure",
            "annexe",
            "debit",
            "credit",
            "solde",
        )
        caption = "Grand livre d’un compte"
        row_header = "ecriture"
        at_first = (
            "jour",
            "libelle",
            "reference",
            "structure",
            "annexe",
            "debit",
            "credit",
            "solde",
        )

    def render_debit(self, value: Any, column: EurosColumn) -> str:
        return column.render(value) if value else ""

    def value_debit(self, record: Mouvement) -> Any:
        return record.debit

    def render_credit(self, value: Any, column: EurosColumn) -> str:
        return column.render(value) if value else ""

    def value_credit(self, record: Mouvement) -> Any:
        return record.credit


class EcritureTable(Table):
    numero = LienColumn("comptabilite:ecriture", verbose_name="Écriture")
    jour = tables.DateColumn(verbose_name="Date", format="d/m/Y")
    evenement = tables.Column(verbose_name="Évènement", attrs=WRAPPED)
    libelle = tables.Column(verbose_name="Libellé", attrs=WRAPPED, orderable=False)
    reference = tables.Column(verbose_name="Pièce")
    campagne = tables.Column(
        verbose_name="Campagne", accessor="campagne__numero", order_by="campagne__numero"
    )
    montant = EurosColumn(verbose_name="Montant")

    class Meta:
        model = Ecriture
        fields = ("numero", "jour", "evenement", "libelle", "reference", "campagne", "montant")
        caption = "Journal des écritures"

    def before_render(self, request: Any) -> None:
        if not request.acting.is_asp:
            self.columns.hide("campagne")
