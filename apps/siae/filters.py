"""Filters of the lists of structures and salariés; their state is in the address of the page."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core.clock import today
from apps.core.fields import MonthField
from apps.core.forms import FilterForm
from apps.rules.periods import Month
from apps.siae.codes import FormeContrat, TypeMesure
from apps.siae.models import Contrat, CoordonneesBancaires, Salarie, Siae, Structure


class MonthFilter(filters.Filter):  # type: ignore[misc]
    field_class = MonthField


class SuggestionInput(forms.TextInput):
    """Free text with the matching structures suggested as it is typed; plain text otherwise."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        options = f"suggestions-{name}"
        asked = {
            "autocomplete": "off",
            "list": options,
            "hx-get": reverse("siae:structures_suggestions"),
            "hx-target": f"#{options}",
            "hx-trigger": "input changed delay:300ms",
            "hx-vals": json.dumps({"champ": name}),
            # What the form of the list does with its own requests is not for these.
            "hx-swap": "innerHTML",
            "hx-select": "unset",
            "hx-select-oob": "unset",
            "hx-push-url": "false",
            "hx-sync": "this:replace",
        }
        field = super().render(name, value, {**(attrs or {}), **asked}, renderer)
        return format_html('{}<datalist id="{}"></datalist>', field, options)


class StructureSuggestionFilter(filters.CharFilter):  # type: ignore[misc]
    """A structure by its name, SIRET or ASP id; `field_name` is the path to it (« structure »)."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "Structure (nom, SIRET ou identifiant ASP)")
        super().__init__(widget=SuggestionInput, **kwargs)

    def filter(self, qs: Any, value: str) -> Any:
        if not value:
            return qs
        return qs.filter(**{f"{self.field_name}__in": Structure.objects.search(value)})


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
    structure = StructureSuggestionFilter()

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


class ContratFilter(filters.FilterSet):  # type: ignore[misc]
    SITUATIONS = [
        ("EN_COURS", "En cours"),
        ("FIN_PROCHE", "Finit dans les deux mois, à renouveler ou à sortir"),
        ("PASS_PROCHE", "PASS IAE qui finit dans les deux mois"),
        ("A_VENIR", "À venir"),
        ("SORTIE", "Sortie enregistrée"),
        ("ECHU", "Échu sans sortie ni renouvellement"),
    ]

    q = filters.CharFilter(label="Nom, numéro ou PASS IAE du salarié", method="search")
    situation = filters.ChoiceFilter(
        label="Situation", choices=SITUATIONS, empty_label="Tous les contrats", method="in_state"
    )
    mesure = filters.ChoiceFilter(
        label="Mesure", field_name="siae__mesure", choices=TypeMesure.choices, empty_label="Toutes"
    )
    forme = filters.ChoiceFilter(
        label="Forme du contrat", choices=FormeContrat.choices, empty_label="Toutes"
    )
    brsa = filters.ChoiceFilter(
        label="RSA avant l’embauche",
        choices=[("OUI", "Bénéficiaires du RSA"), ("NON", "Autres salariés")],
        empty_label="Tous",
        method="of_rsa",
    )
    structure = StructureSuggestionFilter(field_name="siae__structure")

    class Meta:
        model = Contrat
        fields: list[str] = []
        form = FilterForm

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.request.acting.is_siae:
            del self.filters["structure"]

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[Contrat]:
        return queryset.filter(salarie__in=Salarie.objects.search(value))

    def of_rsa(self, queryset: Any, name: str, value: str) -> QuerySet[Contrat]:
        without = Contrat.Rsa.NON
        return queryset.filter(rsa=without) if value == "NON" else queryset.exclude(rsa=without)

    def in_state(self, queryset: Any, name: str, value: str) -> QuerySet[Contrat]:
        on = today()
        month = Month.of(on) + 2
        soon = min(month.last_day, month.first_day + timedelta(days=on.day - 1))
        if value == "EN_COURS":
            return queryset.in_progress(on)
        if value == "FIN_PROCHE":
            return queryset.ending_between(on, soon)
        if value == "PASS_PROCHE":
            return queryset.with_pass_ending_between(on, soon)
        if value == "A_VENIR":
            return queryset.filter(debut__gt=on)
        if value == "SORTIE":
            return queryset.filter(date_sortie__isnull=False)
        return queryset.ending_between(date.min, on - timedelta(days=1))
