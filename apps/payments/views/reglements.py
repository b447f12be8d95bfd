"""Screens of what a run sends to the bank, and of what it leaves waiting for funds."""

from __future__ import annotations

from typing import Any

from apps.core.views import ListPage
from apps.payments.equation import funds_of, waiting_at
from apps.payments.filters import AttenteFilter, VirementFilter
from apps.payments.models import PartEnAttente, Virement
from apps.payments.tables_reglements import AttenteTable, VirementTable
from apps.payments.views.campagnes import find_campagne


class _OfCampagne(ListPage):
    """A list of one run, found within the scope (404 otherwise)."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(campagne=self.campagne, **kwargs)


class Virements(_OfCampagne):
    model = Virement
    table_class = VirementTable
    filterset_class = VirementFilter
    template_name = "payments/virements.html"

    def get_queryset(self) -> Any:
        self.campagne = find_campagne(self.request, self.kwargs["pk"])
        rows = self.campagne.virements.select_related(
            "annexe", "structure", "coordonnees", "remplace"
        )
        return rows.order_by("annexe__numero", "annexe__renouvellement", "pk")


class Attentes(_OfCampagne):
    model = PartEnAttente
    table_class = AttenteTable
    filterset_class = AttenteFilter
    template_name = "payments/attentes.html"

    def get_queryset(self) -> Any:
        self.campagne = find_campagne(self.request, self.kwargs["pk"])
        rows = waiting_at(self.campagne).select_related(
            "versement__annexe", "versement__structure", "mandat", "liberation"
        )
        return rows.defer("versement__calcul").order_by(
            "versement__mois", "versement__annexe__numero", "pk"
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(fonds=funds_of(self.campagne), **kwargs)
