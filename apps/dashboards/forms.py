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
from apps.dashboards.restitutions.territoires import territories
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
    departement = forms.ChoiceField(label="Département", required=False)
    field_order = ("annexe", "departement", "mesure", "debut", "fin")

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
        if "departement" in self.fields:
            self._offer_territories(acting)

    def _offer_territories(self, acting: Membership) -> None:
        """Only to those who see several: for the others, it would be a filter that filters none."""
        codes = territories(acting)
        if len(codes) > 1:
            self.fields["departement"].choices = [("", "Tous"), *((code, code) for code in codes)]
        else:
            del self.fields["departement"]

    def parametres(self) -> dict[str, Any]:
        """Plain values for the job."""
        annexe = self.cleaned_data.get("annexe")
        return {**self.cleaned_data, "annexe": annexe.pk if annexe else None}


class CriteresForm(ExportForm):
    """The same on screen, where they filter the table: none is marked."""

    mark_optional = False
    use_required_attribute = False


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
