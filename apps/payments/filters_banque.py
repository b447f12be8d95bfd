"""Filters of the lists of the bank; their state is in the address of the page."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from apps.core.forms import FilterForm
from apps.payments.codes_retour import CODES
from apps.payments.filters import MonthFilter
from apps.payments.models import FichierVirements, LigneRetour, RetourBancaire, Virement


class FichierFilter(filters.FilterSet):  # type: ignore[misc]
    mois = MonthFilter(label="Mois de la campagne", field_name="campagne__mois")

    class Meta:
        model = FichierVirements
        fields: list[str] = []
        form = FilterForm


class _ByStructure(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(label="Référence, structure ou numéro d’annexe", method="search")

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(
            Q(reference__icontains="".join(value.split()))
            | Q(structure__denomination__icontains=value)
            | Q(annexe__numero__icontains="".join(value.split()))
        )


class VirementFilter(_ByStructure):
    etat = filters.ChoiceFilter(label="État", choices=Virement.Etat.choices[1:], empty_label="Tous")
    mois = MonthFilter(label="Mois de la campagne", field_name="campagne__mois")

    class Meta:
        model = Virement
        fields: list[str] = []
        form = FilterForm


class RejetFilter(_ByStructure):
    code = filters.ChoiceFilter(
        label="Code de la banque",
        field_name="code_rejet",
        choices=[(code, f"{code} {known.phrase}") for code, known in sorted(CODES.items())],
        empty_label="Tous",
    )

    class Meta:
        model = Virement
        fields: list[str] = []
        form = FilterForm


class RetourFilter(filters.FilterSet):  # type: ignore[misc]
    etat = filters.ChoiceFilter(
        label="État", choices=RetourBancaire.Etat.choices, empty_label="Tous"
    )
    format = filters.ChoiceFilter(
        label="Format", choices=RetourBancaire.Format.choices, empty_label="Tous"
    )

    class Meta:
        model = RetourBancaire
        fields: list[str] = []
        form = FilterForm


class LigneRetourFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(label="Référence", field_name="reference", lookup_expr="icontains")
    issue = filters.ChoiceFilter(
        label="Devenue", choices=LigneRetour.Issue.choices, empty_label="Toutes"
    )
    statut = filters.ChoiceFilter(
        label="Réponse de la banque", choices=LigneRetour.Statut.choices, empty_label="Toutes"
    )

    class Meta:
        model = LigneRetour
        fields: list[str] = []
        form = FilterForm


class InconnueFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(label="Référence reçue", field_name="reference", lookup_expr="icontains")
    statut = filters.ChoiceFilter(
        label="Réponse de la banque", choices=LigneRetour.Statut.choices, empty_label="Toutes"
    )

    class Meta:
        model = LigneRetour
        fields: list[str] = []
        form = FilterForm
