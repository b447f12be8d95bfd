"""Filters of the lists of annexes; their state is in the address of the page."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.core.forms import FilterForm
from apps.siae.codes import TypeMesure


class AnnexeFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(label="Numéro ou structure", method="search")
    mesure = filters.ChoiceFilter(
        label="Mesure",
        field_name="siae__mesure",
        choices=TypeMesure.choices,
        empty_label="Toutes",
    )
    etat = filters.ChoiceFilter(
        label="État d’une version",
        choices=VersionAnnexe.Etat.choices,
        empty_label="Tous",
        method="in_state",
    )
    annee = filters.NumberFilter(label="Année", method="in_year", min_value=2000, max_value=2100)
    departement = filters.CharFilter(
        label="Département (par exemple 062)", field_name="siae__structure__departement"
    )
    suspendue = filters.ChoiceFilter(
        label="Paiements",
        choices=[("oui", "Suspendus"), ("non", "Non suspendus")],
        empty_label="Tous",
        method="suspended",
    )

    class Meta:
        model = AnnexeFinanciere
        fields: list[str] = []
        form = FilterForm

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.request.acting.is_asp:
            del self.filters["departement"]

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[AnnexeFinanciere]:
        number = value.replace(" ", "").upper()
        return queryset.filter(
            Q(numero__icontains=number) | Q(siae__structure__denomination__icontains=value)
        )

    def in_state(self, queryset: Any, name: str, value: str) -> QuerySet[AnnexeFinanciere]:
        """Any version one may see, so that an amendment to complete is found too."""
        seen = VersionAnnexe.objects.visible_to(self.request.acting)
        return queryset.filter(Exists(seen.filter(annexe=OuterRef("pk"), etat=value)))

    def in_year(self, queryset: Any, name: str, value: Any) -> QuerySet[AnnexeFinanciere]:
        return queryset.filter(vue_debut__year__lte=value, vue_fin__year__gte=value)

    def suspended(self, queryset: Any, name: str, value: str) -> QuerySet[AnnexeFinanciere]:
        return queryset.filter(suspendue=value == "oui")


class VersionFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(label="Numéro ou structure", method="search")
    mesure = filters.ChoiceFilter(
        label="Mesure",
        field_name="siae__mesure",
        choices=TypeMesure.choices,
        empty_label="Toutes",
    )
    departement = filters.CharFilter(
        label="Département (par exemple 062)", field_name="siae__structure__departement"
    )

    class Meta:
        model = VersionAnnexe
        fields: list[str] = []
        form = FilterForm

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[VersionAnnexe]:
        number = value.replace(" ", "").upper()
        return queryset.filter(
            Q(annexe__numero__icontains=number) | Q(siae__structure__denomination__icontains=value)
        )
