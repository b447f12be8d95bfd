"""The criteria of a restitution: an annex, a period, a measure, as the restitution takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.accounts.models import Membership
from apps.annexes.models import AnnexeFinanciere
from apps.conventions.territoires import named
from apps.core.errors import Refus
from apps.core.fields import MonthField
from apps.core.forms import FilterForm, Form
from apps.dashboards.alertes.alerte import Gravite, Nature
from apps.dashboards.restitutions.choix_annexe import (
    PlusieursAnnexes,
    find_annexe,
    listed_annexes,
)
from apps.dashboards.restitutions.restitution import Restitution
from apps.dashboards.restitutions.territoires import territories
from apps.siae.codes import TypeMesure


class AnnexeInput(forms.TextInput):
    """A number or a structure, typed; the annexes one sees are suggested when they are few."""

    annexes: Sequence[AnnexeFinanciere] = ()

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        if not self.annexes:
            return super().render(name, value, attrs, renderer)
        known = f"annexes-{name}"
        field = super().render(name, value, {**(attrs or {}), "list": known}, renderer)
        options = format_html_join(
            "",
            '<option value="{}">{}</option>',
            ((annexe, annexe.siae.structure.denomination) for annexe in self.annexes),
        )
        return format_html('{}<datalist id="{}">{}</datalist>', field, known, options)


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

    annexe = forms.CharField(
        label="Annexe financière",
        max_length=200,
        widget=AnnexeInput({"autocomplete": "off"}),
        help_text="Son numéro, par exemple ACI 062 23 0001 A0, ou le nom de la structure.",
        error_messages={"required": "Indiquez l’annexe : son numéro ou le nom de la structure."},
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
        self.acting = acting
        for name in list(self.fields):
            if name not in restitution.filters:
                del self.fields[name]
        if "annexe" in self.fields:
            self.fields["annexe"].widget.annexes = listed_annexes(acting)
            self.fields["annexe"].required = "annexe" in restitution.required
        for name in {"mesure", "departement"} & set(self.fields):
            self.fields[name].error_messages["invalid_choice"] = (
                "« %(value)s » n’est pas proposé : choisissez dans la liste."
            )
        if "departement" in self.fields:
            self._offer_territories(acting)

    def clean_annexe(self) -> AnnexeFinanciere | None:
        """The annex meant; when several answer, the field becomes the menu of those."""
        typed = self.cleaned_data["annexe"]
        try:
            return find_annexe(self.acting, typed) if typed else None
        except PlusieursAnnexes as several:
            choices = [(str(a), f"{a}, {a.siae.structure.denomination}") for a in several.annexes]
            self.fields["annexe"].widget = forms.Select(choices=[("", "À choisir"), *choices])
            self["annexe"].help_text = "Pour en chercher une autre, validez sans choisir."
            raise ValidationError(str(several)) from None
        except Refus as refus:
            raise ValidationError(str(refus)) from None

    def _offer_territories(self, acting: Membership) -> None:
        """Only to those who see several: for the others, it would be a filter that filters none."""
        codes = territories(acting)
        if len(codes) > 1:
            self.fields["departement"].choices = [("", "Tous"), *named(codes)]
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
    """Filters of the alerts; « Département » for those who see several."""

    nature = forms.ChoiceField(
        label="Alerte", choices=[("", "Toutes"), *Nature.choices], required=False
    )
    gravite = forms.ChoiceField(
        label="Gravité", choices=[("", "Toutes"), *Gravite.choices], required=False
    )
    mesure = forms.ChoiceField(
        label="Mesure", choices=[("", "Toutes"), *TypeMesure.choices], required=False
    )
    departement = forms.ChoiceField(label="Département", required=False)
    periode = forms.ChoiceField(
        label="Annexes",
        choices=[("", "Toutes"), ("en-cours", "En cours"), ("terminees", "Terminées")],
        required=False,
    )
    q = forms.CharField(label="Structure ou numéro d’annexe", required=False, max_length=100)

    def __init__(self, *args: Any, acting: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = territories(acting)
        if len(codes) > 1:
            self.fields["departement"].choices = [("", "Tous"), *named(codes)]
        else:
            del self.fields["departement"]
