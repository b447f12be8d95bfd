"""Filters of the lists of disputes, remissions, lists, extinctions, clearings and procedures."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from apps.core.forms import FilterForm
from apps.recoveries.models import (
    Contestation,
    DemandeRemise,
    Extinction,
    ListeNonValeur,
    ProcedureCollective,
)


class ParOrdreFilter(filters.FilterSet):  # type: ignore[misc]
    """By structure, or by number of order."""

    q = filters.CharFilter(label="Structure ou numéro d’ordre", method="search")

    class Meta:
        fields: list[str] = []
        form = FilterForm

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[Any]:
        found = Q(ordre__structure__denomination__icontains=value)
        compact = "".join(value.split())
        if compact.isascii() and compact.isdigit() and len(compact) < 10:
            found |= Q(ordre__numero=int(compact))
        return queryset.filter(found)  # type: ignore[no-any-return]


class ContestationFilter(ParOrdreFilter):
    etat = filters.ChoiceFilter(label="État", choices=Contestation.Etat.choices, empty_label="Tous")


class RemiseFilter(ParOrdreFilter):
    etat = filters.ChoiceFilter(
        label="État", choices=DemandeRemise.Etat.choices, empty_label="Tous"
    )


class ExtinctionFilter(ParOrdreFilter):
    etat = filters.ChoiceFilter(label="État", choices=Extinction.Etat.choices, empty_label="Tous")


class ListeFilter(filters.FilterSet):  # type: ignore[misc]
    etat = filters.ChoiceFilter(
        label="État", choices=ListeNonValeur.Etat.choices, empty_label="Tous"
    )

    class Meta:
        model = ListeNonValeur
        fields: list[str] = []
        form = FilterForm


class ProcedureFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(
        label="Structure", field_name="structure__denomination", lookup_expr="icontains"
    )
    etat = filters.ChoiceFilter(
        label="État", choices=ProcedureCollective.Etat.choices, empty_label="Tous"
    )

    class Meta:
        model = ProcedureCollective
        fields: list[str] = []
        form = FilterForm
