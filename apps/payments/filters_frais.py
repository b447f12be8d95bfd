"""Filters of the invoices of management fees and of the modulated parts."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from apps.core.forms import FilterForm
from apps.payments.models import FactureFrais, PartModulee


class FactureFilter(filters.FilterSet):  # type: ignore[misc]
    annee = filters.NumberFilter(label="Année", min_value=2014, max_value=2100)
    periode = filters.ChoiceFilter(
        label="Période", choices=FactureFrais.Periode.choices, empty_label="Toutes"
    )
    etat = filters.ChoiceFilter(label="État", choices=FactureFrais.Etat.choices, empty_label="Tous")
    departement = filters.CharFilter(label="Département", method="search")

    class Meta:
        model = FactureFrais
        fields: list[str] = []
        form = FilterForm

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[FactureFrais]:
        return queryset.filter(
            Q(financeur__nom__icontains=value) | Q(financeur__code__icontains=value)
        )


class PartModuleeFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(label="Structure ou numéro d’annexe", method="search")
    etat = filters.ChoiceFilter(label="État", choices=PartModulee.Etat.choices, empty_label="Tous")

    class Meta:
        model = PartModulee
        fields: list[str] = []
        form = FilterForm

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[PartModulee]:
        compact = "".join(value.split())
        return queryset.filter(
            Q(annexe__siae__structure__denomination__icontains=value)
            | Q(annexe__numero__icontains=compact)
        )
