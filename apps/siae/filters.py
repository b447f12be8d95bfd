"""Filters of the lists of structures and salariés; their state is in the address of the page."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Exists, OuterRef, QuerySet

from apps.core.fields import MonthField
from apps.core.forms import FilterForm
from apps.rules.periods import Month
from apps.siae.codes import TypeMesure
from apps.siae.models import Contrat, CoordonneesBancaires, Salarie, Siae, Structure


class MonthFilter(filters.Filter):  # type: ignore[misc]
    field_class = MonthField


class StructureFilter(filters.FilterSet):  # type: ignore[misc]
    BANQUE = [
        ("A_CONTROLER", "Proposition à contrôler"),
        ("ACTIVES", "Coordonnées actives"),
        ("ABSENTES", "Aucune coordonnée active"),
    ]

    q = filters.CharFilter(label="Nom, commune, SIRET ou identifiant ASP", method="search")
    mesure = filters.ChoiceFilter(
        label="Mesure", choices=TypeMesure.choices, empty_label="Toutes", method="of_mesure"
    )
    banque = filters.ChoiceFilter(
        label="Coordonnées bancaires", choices=BANQUE, empty_label="Toutes", method="of_bank"
    )

    class Meta:
        model = Structure
        fields: list[str] = []
        form = FilterForm

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.request.acting.is_asp:
            del self.filters["banque"]

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[Structure]:
        return queryset.search(value)

    def of_mesure(self, queryset: Any, name: str, value: str) -> QuerySet[Structure]:
        seen = Siae.objects.visible_to(self.request.acting)
        return queryset.filter(Exists(seen.filter(structure=OuterRef("pk"), mesure=value)))

    def of_bank(self, queryset: Any, name: str, value: str) -> QuerySet[Structure]:
        details = CoordonneesBancaires.objects.filter(structure=OuterRef("pk"))
        if value == "A_CONTROLER":
            return queryset.filter(Exists(details.filter(etat="PROPOSEE")))
        active = Exists(details.filter(etat="ACTIVE"))
        return queryset.filter(active if value == "ACTIVES" else ~active)


class SalarieFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(label="Nom, numéro ou PASS IAE", method="search")
    mois = MonthFilter(label="Sous contrat en", method="under_contract")
    mesure = filters.ChoiceFilter(
        label="Mesure", choices=TypeMesure.choices, empty_label="Toutes", method="under_contract"
    )
    structure = filters.NumberFilter(
        label="Identifiant ASP de la structure", field_name="structure__asp_id"
    )

    class Meta:
        model = Salarie
        fields: list[str] = []
        form = FilterForm

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.request.acting.is_siae:
            del self.filters["structure"]

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[Salarie]:
        return queryset.search(value)

    def under_contract(self, queryset: Any, name: str, value: Any) -> QuerySet[Salarie]:
        """Month and measure speak of the same contract, one that the reader may see."""
        mois, mesure = (self.form.cleaned_data.get(key) for key in ("mois", "mesure"))
        if name == "mesure" and mois:
            return queryset  # already taken into account with the month
        contrats = Contrat.objects.visible_to(self.request.acting).filter(salarie=OuterRef("pk"))
        if mois:
            month = Month.of(mois)
            contrats = contrats.open_between(month.first_day, month.last_day)
        if mesure:
            contrats = contrats.filter(siae__mesure=mesure)
        return queryset.filter(Exists(contrats))
