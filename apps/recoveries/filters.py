"""Filters of the list of recovery orders; their state is in the address of the page."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from apps.conventions.models import Financeur
from apps.core.forms import FilterForm
from apps.recoveries.models import OrdreDeRecouvrer


class OrdreFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(label="Structure, numéro d’annexe ou d’ordre", method="search")
    financeur = filters.ChoiceFilter(
        label="Financeur",
        field_name="financeur__type",
        choices=Financeur.Type.choices,
        empty_label="Tous",
    )
    etat = filters.ChoiceFilter(
        label="État", choices=OrdreDeRecouvrer.Etat.choices, empty_label="Tous"
    )
    emis_apres = filters.DateFilter(
        label="Émis à partir du", field_name="emis_le", lookup_expr="gte"
    )

    class Meta:
        model = OrdreDeRecouvrer
        fields: list[str] = []
        form = FilterForm

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[OrdreDeRecouvrer]:
        compact = "".join(value.split())
        found = Q(structure__denomination__icontains=value) | Q(annexe__numero__icontains=compact)
        if compact.isascii() and compact.isdigit() and len(compact) < 10:
            found |= Q(numero=int(compact))
        return queryset.filter(found)
