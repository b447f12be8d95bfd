"""Filters of the list of issued bilans; their state is in the address of the page."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from apps.core.forms import FilterForm
from apps.dashboards.models import BilanEmis
from apps.siae.codes import TypeMesure


class BilanEmisFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(label="Structure, numéro d’annexe ou de bilan", method="search")
    nature = filters.ChoiceFilter(
        label="Nature", choices=BilanEmis.Nature.choices, empty_label="Toutes"
    )
    mesure = filters.ChoiceFilter(
        label="Mesure",
        field_name="annexe__siae__mesure",
        choices=TypeMesure.choices,
        empty_label="Toutes",
    )
    annee = filters.NumberFilter(
        label="Année de l’annexe", method="in_year", min_value=2000, max_value=2100
    )
    emis_apres = filters.DateFilter(
        label="Émis à partir du", field_name="emis_le", lookup_expr="gte"
    )
    emis_avant = filters.DateFilter(label="Émis jusqu’au", field_name="emis_le", lookup_expr="lte")
    campagne = filters.NumberFilter(
        label="Campagne n°", field_name="campagne__numero", min_value=1, max_value=10**9
    )

    class Meta:
        model = BilanEmis
        fields: list[str] = []
        form = FilterForm

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[BilanEmis]:
        """By name of structure, by annex number typed with or without spaces, by bilan number."""
        compact = "".join(value.split()).upper()
        found = Q(annexe__siae__structure__denomination__icontains=value) | Q(
            annexe__numero__icontains=compact
        )
        if compact.isascii() and compact.isdigit() and len(compact) < 10:
            found |= Q(numero=int(compact))
        return queryset.filter(found)

    def in_year(self, queryset: Any, name: str, value: Any) -> QuerySet[BilanEmis]:
        return queryset.filter(version__debut__year__lte=value, version__fin__year__gte=value)
