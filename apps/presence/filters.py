"""Filters of the follow-up, of the queue and of the controls; their state is in the address."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters as filters
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from apps.annexes.models import AnnexeFinanciere
from apps.core.clock import today
from apps.core.fields import MonthField
from apps.core.forms import FilterForm
from apps.presence.models import Controle, EtatMensuel
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

    @property
    def years_around(self) -> list[str]:
        """The chosen year between the one before and the one after, within the choices."""
        offered = {value for value, _ in self.filters["annee"].extra["choices"]}
        around = (str(year) for year in (self.year - 1, self.year, self.year + 1))
        return [year for year in around if year in offered]

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


class MoisFilter(filters.Filter):  # type: ignore[misc]
    field_class = MonthField


class ReviewFilter(filters.FilterSet):  # type: ignore[misc]
    """The queue of the ASP: by what calls for an examination, month, territory, measure."""

    ANOMALIES = [
        ("non", "Sans anomalie"),
        ("oui", "À examiner"),
        ("ecarts", "Écarts justifiés"),
        ("ineligibles", "Heures non éligibles"),
        ("version", "Nouvelle version"),
        ("signe", "État signé déposé"),
    ]
    q = filters.CharFilter(label="Structure ou numéro d’annexe", method="search")
    mois = MoisFilter(label="Mois (par exemple 03/2023)")
    departement = filters.CharFilter(
        label="Département (par exemple 062)", field_name="annexe__siae__structure__departement"
    )
    mesure = filters.ChoiceFilter(
        label="Mesure",
        choices=TypeMesure.choices,
        empty_label="Toutes",
        field_name="annexe__siae__mesure",
    )
    examen = filters.ChoiceFilter(
        label="Examen", choices=ANOMALIES, empty_label="Tous les états", method="to_examine"
    )

    class Meta:
        model = EtatMensuel
        fields: list[str] = []
        form = FilterForm

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[EtatMensuel]:
        number = "".join(value.split())
        return queryset.filter(
            Q(annexe__siae__structure__denomination__icontains=value)
            | Q(annexe__numero__icontains=number)
        )

    def to_examine(self, queryset: Any, name: str, value: str) -> QuerySet[EtatMensuel]:
        chosen = {
            "non": Q(anomalie=False),
            "oui": Q(anomalie=True),
            "ecarts": ~Q(justification=""),
            "ineligibles": Q(heures_ineligibles__gt=0),
            "version": Q(version__gt=1),
            "signe": Q(est_signe=True),
        }
        return queryset.filter(chosen[value])


class ControleFilter(filters.FilterSet):  # type: ignore[misc]
    """Controls on documents."""

    EN_COURS, RETARD = "EN_COURS", "RETARD"
    q = filters.CharFilter(label="Structure ou numéro d’annexe", method="search")
    etat = filters.ChoiceFilter(
        label="État",
        choices=[
            (EN_COURS, "En cours"),
            (RETARD, "Pièces en retard"),
            *Controle.Etat.choices,
        ],
        empty_label="Tous",
        method="in_state",
    )

    class Meta:
        model = Controle
        fields: list[str] = []
        form = FilterForm

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[Controle]:
        number = "".join(value.split())
        return queryset.filter(
            Q(etat_mensuel__annexe__siae__structure__denomination__icontains=value)
            | Q(etat_mensuel__annexe__numero__icontains=number)
        )

    def in_state(self, queryset: Any, name: str, value: str) -> QuerySet[Controle]:
        if value == self.EN_COURS:
            return queryset.filter(etat__in=Controle.ETATS_EN_COURS)
        if value == self.RETARD:
            return queryset.filter(etat=Controle.Etat.DEMANDE, echeance__lt=today())
        return queryset.filter(etat=value)


def _latest_year(annexes: QuerySet[AnnexeFinanciere] | None, current: int) -> int:
    last = None if annexes is None else annexes.aggregate(fin=Max("courante__fin"))["fin"]
    return min(current, last.year) if last else current
