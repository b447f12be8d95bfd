"""Filters of the list of recovery orders; their state is in the address of the page."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet, TextChoices

from apps.conventions.models import Financeur
from apps.core.clock import today
from apps.core.forms import FilterForm
from apps.recoveries.models import (
    Compensation,
    Encaissement,
    Excedent,
    OrdreDeRecouvrer,
    PlanDePaiement,
)

Etat = OrdreDeRecouvrer.Etat


class Situation(TextChoices):
    """What is awaited on an order, whatever its state."""

    A_PAYER = "A_PAYER", "À payer"
    RETARD = "RETARD", "En retard"
    A_METTRE_EN_DEMEURE = "A_METTRE_EN_DEMEURE", "À mettre en demeure"
    A_FORCER = "A_FORCER", "À recouvrer par voie forcée"
    PLAN_DEMANDE = "PLAN_DEMANDE", "Plan de paiement à décider"
    PLAN_ACCORDE = "PLAN_ACCORDE", "Plan de paiement en cours"
    COMPENSATION = "COMPENSATION", "Compensation décidée"


class OrdreFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(
        label="Structure, numéro d’annexe ou d’ordre, référence bancaire", method="search"
    )
    financeur = filters.ChoiceFilter(
        label="Financeur",
        field_name="financeur__type",
        choices=Financeur.Type.choices,
        empty_label="Tous",
    )
    etat = filters.ChoiceFilter(
        label="État", choices=OrdreDeRecouvrer.Etat.choices, empty_label="Tous"
    )
    situation = filters.ChoiceFilter(
        label="Situation", choices=Situation.choices, empty_label="Toutes", method="by_situation"
    )
    emis_apres = filters.DateFilter(
        label="Émis à partir du", field_name="emis_le", lookup_expr="gte"
    )

    class Meta:
        model = OrdreDeRecouvrer
        fields: list[str] = []
        form = FilterForm

    def by_situation(self, queryset: Any, name: str, value: str) -> QuerySet[OrdreDeRecouvrer]:
        late = Q(pk__in=OrdreDeRecouvrer.objects.late(today()).values("pk"))
        plans = PlanDePaiement.objects.values("ordre")
        measures = Compensation.objects.filter(etat=Compensation.Etat.DECIDEE)
        found = {
            Situation.A_PAYER: Q(etat__in=OrdreDeRecouvrer.OUVERTS),
            Situation.RETARD: late,
            Situation.A_METTRE_EN_DEMEURE: late & Q(etat=Etat.RELANCE),
            Situation.A_FORCER: late & Q(etat=Etat.MIS_EN_DEMEURE),
            Situation.PLAN_DEMANDE: Q(pk__in=plans.filter(etat=PlanDePaiement.Etat.DEMANDE)),
            Situation.PLAN_ACCORDE: Q(pk__in=plans.filter(etat=PlanDePaiement.Etat.ACCORDE)),
            Situation.COMPENSATION: Q(pk__in=measures.values("ordre")),
        }
        return queryset.filter(found[Situation(value)])

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[OrdreDeRecouvrer]:
        paid = Encaissement.objects.filter(reference__icontains=value).values("ordre")
        compact = "".join(value.split())
        found = Q(structure__denomination__icontains=value) | Q(annexe__numero__icontains=compact)
        found |= Q(pk__in=paid)
        if compact.isascii() and compact.isdigit() and len(compact) < 10:
            found |= Q(numero=int(compact))
        return queryset.filter(found)


class RetardFilter(OrdreFilter):
    """Those of the late orders: the days of issue and the situations are not theirs."""

    situation = None
    emis_apres = None
    etat = filters.ChoiceFilter(
        label="État",
        choices=[choice for choice in Etat.choices if choice[0] in OrdreDeRecouvrer.OUVERTS],
        empty_label="Tous",
    )


class ExcedentFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(
        label="Structure", field_name="structure__denomination", lookup_expr="icontains"
    )
    disponible = filters.ChoiceFilter(
        label="Reste à utiliser",
        choices=[("oui", "Oui"), ("non", "Non")],
        empty_label="Tous",
        method="by_rest",
    )

    class Meta:
        model = Excedent
        fields: list[str] = []
        form = FilterForm

    def by_rest(self, queryset: Any, name: str, value: str) -> QuerySet[Excedent]:
        left = Q(disponible__gt=0)
        return queryset.filter(left if value == "oui" else ~left)
