"""Filters of the lists of memberships, accounts, organisations and notifications."""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q

from apps.accounts.models import Membership, Nature, Notification, Organisation, Role, User
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


class CompteFilter(django_filters.FilterSet):
    ETATS = (
        ("actif", "Actif"),
        ("invite", "Invité, sans mot de passe"),
        ("desactive", "Désactivé"),
    )

    personne = django_filters.CharFilter(
        label="Nom, identifiant ou adresse", method="filter_personne"
    )
    etat = django_filters.ChoiceFilter(
        label="État", choices=ETATS, empty_label="Tous", method="filter_etat"
    )

    class Meta:
        model = User
        form = FilterForm
        fields = ("personne", "etat")

    def filter_personne(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(
            Q(nom__icontains=value) | Q(username__icontains=value) | Q(email__icontains=value)
        )

    def filter_etat(self, queryset: Any, name: str, value: str) -> Any:
        if value == "desactive":
            return queryset.filter(is_active=False)
        without = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
        return queryset.filter(without if value == "invite" else ~without, is_active=True)


class OrganisationFilter(django_filters.FilterSet):
    nom = django_filters.CharFilter(lookup_expr="icontains", label="Nom")
    type = django_filters.ChoiceFilter(
        label="Type", choices=Organisation.Type.choices, empty_label="Tous"
    )

    class Meta:
        model = Organisation
        form = FilterForm
        fields = ("nom", "type")


class NotificationFilter(django_filters.FilterSet):
    lecture = django_filters.ChoiceFilter(
        label="Lecture",
        choices=(("non", "Non lues"), ("oui", "Lues")),
        empty_label="Toutes",
        method="filter_lecture",
    )
    nature = django_filters.ChoiceFilter(label="Sujet", choices=Nature.choices, empty_label="Tous")

    class Meta:
        model = Notification
        form = FilterForm
        fields = ("lecture", "nature")

    def filter_lecture(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(lue=value == "oui")
