"""Filters of the monthly follow-up; their state is in the address of the page."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters as filters
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from apps.annexes.models import AnnexeFinanciere
from apps.core.clock import today
from apps.core.forms import FilterForm
from apps.presence.models import EtatMensuel
from apps.presence.services.suspensions import annexes_with_late_months
from apps.siae.codes import TypeMesure

FIRST_YEAR = 2017  # the extranet pays this aid since then
RETARD = "RETARD"


class SuiviFilter(filters.FilterSet):  # type: ignore[misc]
    """Annexes whose period touches the chosen year.

    By default the current year, or the last one with an annex: in February, what is left to do
    may be about the year before.
    """

    annee = filters.ChoiceFilter(label="Année", empty_label=None, method="of_year")
    q = filters.CharFilter(label="Structure ou numéro d’annexe", method="search")
    mesure = filters.ChoiceFilter(
        label="Mesure",
        choices=TypeMesure.choices,
        empty_label="Toutes",
        field_name="siae__mesure",
    )
    situation = filters.ChoiceFilter(
        label="Ayant au moins un mois",
        choices=[(RETARD, "En retard"), *EtatMensuel.Etat.choices],
        empty_label="Dans toute situation",
        method="in_situation",
    )

    class Meta:
        model = AnnexeFinanciere
        fields: list[str] = []
        form = FilterForm

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        on = today()
        data = data.copy() if data is not None else {}
        if not str(data.get("annee", "")).isdecimal():
            data["annee"] = str(_latest_year(kwargs.get("queryset"), on.year))
        super().__init__(data, *args, **kwargs)
        years = range(on.year + 1, FIRST_YEAR - 1, -1)
        self.filters["annee"].extra["choices"] = [(str(year), str(year)) for year in years]

    @property
    def year(self) -> int:
        """The chosen year; the current one when what was asked is not a year of the list."""
        chosen = int(self.data["annee"])
        return chosen if FIRST_YEAR <= chosen <= today().year + 1 else today().year

    def of_year(self, queryset: Any, name: str, value: str) -> QuerySet[AnnexeFinanciere]:
        year = int(value)
        return queryset.filter(
            courante__debut__lte=date(year, 12, 31), courante__fin__gte=date(year, 1, 1)
        )

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[AnnexeFinanciere]:
        number = "".join(value.split())
        return queryset.filter(
            Q(siae__structure__denomination__icontains=value) | Q(numero__icontains=number)
        )

    def in_situation(self, queryset: Any, name: str, value: str) -> QuerySet[AnnexeFinanciere]:
        if value == RETARD:
            return queryset.filter(pk__in=annexes_with_late_months(today()))
        seen = EtatMensuel.objects.visible_to(self.request.acting)
        return queryset.filter(Exists(seen.filter(annexe=OuterRef("pk"), etat=value)))


def _latest_year(annexes: QuerySet[AnnexeFinanciere] | None, current: int) -> int:
    last = None if annexes is None else annexes.aggregate(fin=Max("courante__fin"))["fin"]
    return min(current, last.year) if last else current
