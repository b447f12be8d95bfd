"""Filters of the lists of mandates and of calls for funds."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from apps.conventions.models import ConventionMandat
from apps.core.forms import FilterForm
from apps.payments.models import AppelDeFonds


class MandatFilter(filters.FilterSet):  # type: ignore[misc]
    SITUATIONS = (
        ("ATTENTE", "Versements en attente de fonds"),
        ("APPEL", "Appels à encaisser"),
        ("CLOTURE", "Clôturées"),
        ("OUVERTE", "Non clôturées"),
    )
    q = filters.CharFilter(label="Département ou convention", method="search")
    modalite = filters.ChoiceFilter(
        label="Fonds", choices=ConventionMandat.Modalite.choices, empty_label="Toutes modalités"
    )
    situation = filters.ChoiceFilter(
        label="Situation", choices=SITUATIONS, method="in_situation", empty_label="Toutes"
    )

    class Meta:
        model = ConventionMandat
        fields: list[str] = []
        form = FilterForm

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[ConventionMandat]:
        return queryset.filter(
            Q(financeur__nom__icontains=value)
            | Q(financeur__code=value.strip())
            | Q(reference__icontains=value)
        )

    def in_situation(self, queryset: Any, name: str, value: str) -> QuerySet[ConventionMandat]:
        kept = {
            "ATTENTE": Q(en_attente__gt=0),
            "APPEL": Q(a_encaisser__gt=0),
            "CLOTURE": Q(cloture__isnull=False),
            "OUVERTE": Q(cloture__isnull=True),
        }
        return queryset.filter(kept[value])


class AppelFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(label="Département, convention ou numéro d’appel", method="search")
    nature = filters.ChoiceFilter(
        label="Nature", choices=AppelDeFonds.Nature.choices, empty_label="Toutes"
    )
    etat = filters.ChoiceFilter(
        label="État",
        choices=[("ATTENDU", "Émis, reste à encaisser"), *AppelDeFonds.Etat.choices],
        method="in_state",
        empty_label="Tous",
    )

    class Meta:
        model = AppelDeFonds
        fields: list[str] = []
        form = FilterForm

    def in_state(self, queryset: Any, name: str, value: str) -> QuerySet[AppelDeFonds]:
        return queryset.awaited() if value == "ATTENDU" else queryset.filter(etat=value)

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[AppelDeFonds]:
        compact = value.strip()
        found = Q(mandat__financeur__nom__icontains=compact) | Q(
            mandat__reference__icontains=compact
        )
        if compact.isascii() and compact.isdigit() and len(compact) < 10:
            found |= Q(numero=int(compact))
        return queryset.filter(found)
