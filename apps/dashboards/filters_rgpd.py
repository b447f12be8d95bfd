"""Filters of the rights requests, of the people and of the destructions."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from apps.core.forms import FilterForm
from apps.dashboards.models import DemandeDroit, Destruction
from apps.siae.models import Salarie


class DemandeFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(label="Nom ou numéro", method="search")
    nature = filters.ChoiceFilter(
        label="Droit exercé", choices=DemandeDroit.Nature.choices, empty_label="Tous"
    )
    etat = filters.ChoiceFilter(label="État", choices=DemandeDroit.Etat.choices, empty_label="Tous")

    class Meta:
        model = DemandeDroit
        fields: list[str] = []
        form = FilterForm

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[DemandeDroit]:
        found = Q(demandeur__icontains=value)
        if value.isascii() and value.isdigit() and len(value) < 10:
            found |= Q(numero=int(value))
        return queryset.filter(found)


class PersonneFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(label="Nom, numéro ou PASS IAE", method="search")

    class Meta:
        model = Salarie
        fields: list[str] = []
        form = FilterForm

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[Salarie]:
        return queryset.search(value)


class DestructionFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(label="Convention ou département", method="search")
    etat = filters.ChoiceFilter(label="État", choices=Destruction.Etat.choices, empty_label="Tous")

    class Meta:
        model = Destruction
        fields: list[str] = []
        form = FilterForm

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[Destruction]:
        return queryset.filter(
            Q(mandat__reference__icontains=value) | Q(mandat__financeur__nom__icontains=value)
        )
