"""Filters of the list of CAOM; their state is in the address of the page."""

from __future__ import annotations

import django_filters as filters

from apps.conventions.models import Caom
from apps.core.forms import FilterForm


class CaomFilter(filters.FilterSet):  # type: ignore[misc]
    annee = filters.NumberFilter(label="Année")
    departement = filters.CharFilter(
        label="Département (par exemple 062)", field_name="financeur__code"
    )

    class Meta:
        model = Caom
        fields: list[str] = []
        form = FilterForm
