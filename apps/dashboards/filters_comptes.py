"""Filters of the list of comptes d’emploi; their state is in the address of the page."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from apps.core.forms import FilterForm
from apps.dashboards.models import CompteEmploi


class CompteEmploiFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(label="Convention, département ou numéro", method="search")
    nature = filters.ChoiceFilter(
        label="Nature", choices=CompteEmploi.Nature.choices, empty_label="Toutes"
    )
    etat = filters.ChoiceFilter(label="État", choices=CompteEmploi.Etat.choices, empty_label="Tous")
    annee = filters.NumberFilter(label="Année", min_value=2000, max_value=2100)

    class Meta:
        model = CompteEmploi
        fields: list[str] = []
        form = FilterForm

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[CompteEmploi]:
        found = Q(mandat__reference__icontains=value) | Q(mandat__financeur__nom__icontains=value)
        if value.isascii() and value.isdigit() and len(value) < 10:
            found |= Q(numero=int(value)) | Q(mandat__financeur__code=value)
        return queryset.filter(found)
