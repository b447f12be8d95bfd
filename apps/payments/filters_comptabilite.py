"""Filters of the balance, of an account and of the journal; their state is in the address.

The days bound what is summed rather than what is listed (the opening balance comes before them):
`balances` applies them, from `periode`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters as filters
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.conventions.models import ConventionMandat, Financeur
from apps.core.forms import FilterForm
from apps.payments.models import Compte, Ecriture, Mouvement

DETAIL = (
    ("compte", "Compte"),
    ("financeur", "Compte et financeur"),
    ("structure", "Compte, financeur, mandat et structure"),
    ("annexe", "Compte, financeur, mandat, structure et annexe"),
)


def _funders(request: Any) -> QuerySet[Financeur]:
    """Those whose movements the reader may see."""
    seen = Mouvement.objects.visible_to(request.acting).filter(financeur=OuterRef("pk"))
    return Financeur.objects.filter(Exists(seen))


def _mandates(request: Any) -> QuerySet[ConventionMandat]:
    return ConventionMandat.objects.visible_to(request.acting)


class _Periode(filters.FilterSet):  # type: ignore[misc]
    du = filters.DateFilter(label="Du", method="later")
    au = filters.DateFilter(label="Au", method="later")
    financeur = filters.ModelChoiceFilter(
        label="Financeur", queryset=_funders, empty_label="Tous", method="of_funder"
    )
    mandat = filters.ModelChoiceFilter(
        label="Convention de mandat", queryset=_mandates, empty_label="Toutes", method="of_mandate"
    )

    def later(self, queryset: Any, name: str, value: Any) -> Any:
        """The days are applied by `balances`."""
        return queryset

    def of_funder(self, queryset: Any, name: str, value: Any) -> Any:
        return queryset.filter(financeur=value)

    def of_mandate(self, queryset: Any, name: str, value: Any) -> Any:
        return queryset.filter(mandat=value)

    @property
    def periode(self) -> dict[str, date | None]:
        """The two days asked for, as `balances` takes them."""
        data = self.form.cleaned_data if self.form.is_valid() else {}
        return {"du": data.get("du"), "au": data.get("au")}


class MouvementFilter(_Periode):
    """Of movements: those of an account, or all of them before they are summed."""

    q = filters.CharFilter(label="Structure ou numéro d’annexe", method="search")
    annexe = filters.NumberFilter(label="Annexe (identifiant)", field_name="annexe_id")
    structure = filters.NumberFilter(label="Structure (identifiant)", field_name="structure_id")

    class Meta:
        model = Mouvement
        fields: list[str] = []
        form = FilterForm

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[Mouvement]:
        return queryset.filter(
            Q(structure__denomination__icontains=value)
            | Q(annexe__numero__icontains="".join(value.split()))
        )


class BalanceFilter(MouvementFilter):
    compte = filters.ModelChoiceFilter(
        label="Compte", queryset=Compte.objects.all(), empty_label="Tous"
    )
    detail = filters.ChoiceFilter(
        label="Une ligne par",
        choices=DETAIL,
        empty_label="Compte, financeur et mandat",
        method="later",
    )

    class Meta(MouvementFilter.Meta):
        pass

    @property
    def ligne_par(self) -> str:
        """Key of `balances.DETAILS`."""
        data = self.form.cleaned_data if self.form.is_valid() else {}
        return data.get("detail") or "mandat"


class EcritureFilter(_Periode):
    q = filters.CharFilter(label="Numéro d’écriture ou pièce (OR-12)", method="search")
    evenement = filters.ChoiceFilter(
        label="Évènement", choices=Ecriture.Evenement.choices, empty_label="Tous"
    )
    annexe = filters.NumberFilter(label="Annexe (identifiant)", method="of_annexe")
    campagne = filters.NumberFilter(label="Campagne n°", field_name="campagne__numero")

    class Meta:
        model = Ecriture
        fields: list[str] = []
        form = FilterForm

    def filter_queryset(self, queryset: Any) -> Any:
        """The days are those of the entries."""
        rows = super().filter_queryset(queryset)
        du, au = self.form.cleaned_data["du"], self.form.cleaned_data["au"]
        rows = rows.filter(jour__gte=du) if du else rows
        return rows.filter(jour__lte=au) if au else rows

    def search(self, queryset: Any, name: str, value: str) -> QuerySet[Ecriture]:
        found = Q(reference__iexact=value.strip())
        compact = "".join(value.split())
        if compact.isascii() and compact.isdigit() and len(compact) < 16:
            found |= Q(numero=int(compact))
        return queryset.filter(found)

    def of_funder(self, queryset: Any, name: str, value: Any) -> Any:
        return self._with(queryset, financeur=value)

    def of_mandate(self, queryset: Any, name: str, value: Any) -> Any:
        return self._with(queryset, mandat=value)

    def of_annexe(self, queryset: Any, name: str, value: Any) -> Any:
        return self._with(queryset, annexe=int(value))

    def _with(self, queryset: Any, **movement: Any) -> Any:
        """Entries with such a movement, among those the reader sees."""
        seen = Mouvement.objects.visible_to(self.request.acting).filter(
            ecriture=OuterRef("pk"), **movement
        )
        return queryset.filter(Exists(seen))
