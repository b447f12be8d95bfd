"""Filters of the lists of payments; their state is in the address of the page."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from apps.conventions.models import ConventionMandat
from apps.core.fields import MonthField
from apps.core.forms import FilterForm
from apps.payments.models import (
    BlocagePaiement,
    Campagne,
    PartEnAttente,
    Retenue,
    Versement,
    Virement,
)
from apps.siae.codes import TypeMesure


class MonthFilter(filters.Filter):  # type: ignore[misc]
    field_class = MonthField


class CampagneFilter(filters.FilterSet):  # type: ignore[misc]
    mois = MonthFilter(label="Mois")
    etat = filters.ChoiceFilter(label="État", choices=Campagne.Etat.choices, empty_label="Tous")

    class Meta:
        model = Campagne
        fields: list[str] = []
        form = FilterForm


class _ByAnnexe(filters.FilterSet):  # type: ignore[misc]
    """What lines and holds share: they speak of an annex, a month and a nature."""

    q = filters.CharFilter(label="Structure ou numéro d’annexe", method="search")
    nature = filters.ChoiceFilter(
        label="Nature", choices=Versement.Nature.choices, empty_label="Toutes"
    )
    mois = MonthFilter(label="Mois de travail")
    mesure = filters.ChoiceFilter(
        label="Mesure",
        field_name="annexe__siae__mesure",
        choices=TypeMesure.choices,
        empty_label="Toutes",
    )

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[Any]:
        """By name of structure, or by annex number typed with or without spaces."""
        return queryset.filter(
            Q(annexe__siae__structure__denomination__icontains=value)
            | Q(annexe__numero__icontains="".join(value.split()))
        )


class LigneFilter(_ByAnnexe):
    statut = filters.ChoiceFilter(
        label="État de la ligne", choices=Versement.Statut.choices, empty_label="Tous"
    )

    class Meta:
        model = Versement
        fields: list[str] = []
        form = FilterForm


class RetenueFilter(_ByAnnexe):
    motif = filters.ChoiceFilter(
        label="Raison", choices=Retenue.Motif.choices, empty_label="Toutes"
    )

    class Meta:
        model = Retenue
        fields: list[str] = []
        form = FilterForm


class BlocageFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(
        label="Structure", field_name="structure__denomination", lookup_expr="icontains"
    )
    motif = filters.ChoiceFilter(
        label="Raison", choices=BlocagePaiement.Motif.choices, empty_label="Toutes"
    )
    leve = filters.BooleanFilter(
        label="Levé", field_name="leve_le", lookup_expr="isnull", exclude=True
    )

    class Meta:
        model = BlocagePaiement
        fields: list[str] = []
        form = FilterForm


class VirementFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(label="Structure, annexe ou référence", method="search")
    etat = filters.ChoiceFilter(label="État", choices=Virement.Etat.choices, empty_label="Tous")

    class Meta:
        model = Virement
        fields: list[str] = []
        form = FilterForm

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(
            Q(structure__denomination__icontains=value)
            | Q(annexe__numero__icontains="".join(value.split()))
            | Q(reference__icontains=value.strip())
        )


class AttenteFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(label="Structure ou numéro d’annexe", method="search")
    mandat = filters.ModelChoiceFilter(
        label="Convention de mandat",
        queryset=ConventionMandat.objects.order_by("reference"),
        empty_label="Toutes",
    )

    class Meta:
        model = PartEnAttente
        fields: list[str] = []
        form = FilterForm

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(
            Q(versement__structure__denomination__icontains=value)
            | Q(versement__annexe__numero__icontains="".join(value.split()))
        )


class VersementFilter(_ByAnnexe):
    campagne = MonthFilter(label="Mois de paiement", field_name="campagne__mois")
    annexe = filters.NumberFilter(label="Annexe (identifiant)", field_name="annexe_id")

    class Meta:
        model = Versement
        fields: list[str] = []
        form = FilterForm
