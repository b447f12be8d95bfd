"""Filters of the list of memberships."""

from __future__ import annotations

import django_filters

from apps.accounts.models import Membership, Organisation, Role
from apps.core.forms import FilterForm


class HabilitationFilter(django_filters.FilterSet):
    personne = django_filters.CharFilter(
        field_name="user__nom", lookup_expr="icontains", label="Nom de la personne"
    )
    organisation_type = django_filters.ChoiceFilter(
        label="Type d’organisation", choices=Organisation.Type.choices, empty_label="Tous"
    )
    role = django_filters.ChoiceFilter(label="Rôle", choices=Role.choices, empty_label="Tous")

    class Meta:
        model = Membership
        form = FilterForm
        fields = ("personne", "organisation_type", "role")
