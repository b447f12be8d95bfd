"""The criteria of a restitution: an annex, a period, a measure, as the restitution takes them."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.accounts.models import Membership
from apps.annexes.models import AnnexeFinanciere
from apps.core.fields import MonthField
from apps.core.forms import FilterForm, Form
from apps.dashboards.alertes.alerte import Gravite, Nature
from apps.dashboards.restitutions.restitution import Restitution
from apps.siae.codes import TypeMesure


class AnnexeField(forms.ModelChoiceField):
    def label_from_instance(self, obj: AnnexeFinanciere) -> str:
        return f"{obj}, {obj.siae.structure.denomination}"


class PeriodeForm(Form):
    """A run of months, each end optional."""

    mark_optional = False

    debut = MonthField(
        label="Premier mois", required=False, help_text="Par exemple 01/2023 ou janvier 2023."
    )
    fin = MonthField(
        label="Dernier mois", required=False, help_text="Par exemple 12/2023 ou décembre 2023."
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("debut"), cleaned.get("fin")
        if first and last and first > last:
            self.add_error("fin", "Le dernier mois précède le premier : corrigez l’un ou l’autre.")
        return cleaned


class ExportForm(PeriodeForm):
    """Built for one restitution: only the filters it takes are there."""

    mark_optional = True

    annexe = AnnexeField(
        AnnexeFinanciere.objects.none(),
        label="Annexe financière",
        empty_label="Choisissez une annexe",
    )
    mesure = forms.ChoiceField(
        label="Mesure", choices=[("", "Toutes"), *TypeMesure.choices], required=False
    )
    field_order = ("annexe", "mesure", "debut", "fin")

    def __init__(
        self, *args: Any, acting: Membership, restitution: Restitution, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in list(self.fields):
            if name not in restitution.filters:
                del self.fields[name]
        if "annexe" in self.fields:
            annexes = AnnexeFinanciere.objects.visible_to(acting)
            self.fields["annexe"].queryset = annexes.select_related("siae__structure")
            self.fields["annexe"].required = "annexe" in restitution.required

    def parametres(self) -> dict[str, Any]:
        """Plain values for the job."""
        annexe = self.cleaned_data.get("annexe")
        return {**self.cleaned_data, "annexe": annexe.pk if annexe else None}


class AlerteForm(FilterForm):
    """Filters of the alerts."""

    nature = forms.ChoiceField(
        label="Alerte", choices=[("", "Toutes"), *Nature.choices], required=False
    )
    gravite = forms.ChoiceField(
        label="Gravité", choices=[("", "Toutes"), *Gravite.choices], required=False
    )
    mesure = forms.ChoiceField(
        label="Mesure", choices=[("", "Toutes"), *TypeMesure.choices], required=False
    )
    q = forms.CharField(label="Structure ou numéro d’annexe", required=False, max_length=100)
