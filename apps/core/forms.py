"""Base forms: the Système de design de l'État, figures in French, errors tied to their fields.

Every form of the product derives from `Form` or `ModelForm`. A field announces its hint *and*
its error (RGAA 11.10); the summary of `components/error_summary.html` links to the fields.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms.boundfield import BoundField

from apps.core.fields import NombreField

# Dates of the trade: what is outside is a slip, and would overflow when months are added to it.
PREMIER_JOUR, DERNIER_JOUR = date(1900, 1, 1), date(2100, 12, 31)
DASHES = BLANK_CHOICE_DASH[0][1]
MENU_CLASS = "fr-select"
UNSTYLED = (
    forms.CheckboxInput,
    forms.CheckboxSelectMultiple,
    forms.RadioSelect,
    forms.FileInput,
)


class ChampLie(BoundField):
    """A field bound to its form, rendered with the markup of the design system."""

    @property
    def template_name(self) -> str:
        widget = self.field.widget
        if chosen := getattr(self.field, "template_name", None):
            return str(chosen)
        if isinstance(widget, forms.CheckboxInput):
            return "components/fields/checkbox.html"
        if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
            return "components/fields/fieldset.html"
        if isinstance(widget, forms.FileInput):
            return "components/fields/upload.html"
        return "components/fields/input.html"

    @property
    def group_class(self) -> str:
        is_menu = isinstance(self.field.widget, forms.Select)
        return "fr-select-group" if is_menu else "fr-input-group"

    @property
    def optional_mark(self) -> bool:
        """Optional fields are marked, compulsory ones are the rule (design system)."""
        return not self.field.required and getattr(self.form, "mark_optional", True)

    @property
    def target_id(self) -> str:
        """Where the error summary sends: the control, or its group for several controls."""
        return f"groupe-{self.auto_id}" if self.use_fieldset else str(self.auto_id)

    @property
    def described_by(self) -> str:
        ids = [f"{self.auto_id}-indice"] if self.help_text else []
        if self.errors:
            ids.append(f"{self.auto_id}-erreur")
        return " ".join(ids)

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: forms.Widget | None = None
    ) -> dict[str, Any]:
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        attrs.pop("aria-describedby", None)
        if not self.use_fieldset and self.described_by:
            attrs["aria-describedby"] = self.described_by
        if widget.is_hidden:
            return attrs
        if isinstance(widget, UNSTYLED):
            if self.use_fieldset:
                attrs.pop("aria-invalid", None)  # said by the group; not allowed on a choice
            if isinstance(widget, forms.FileInput):
                attrs["class"] = "fr-upload"
            return attrs
        own = widget.attrs.get("class", "")
        base = MENU_CLASS if isinstance(widget, forms.Select) else "fr-input"
        attrs["class"] = f"{base} {own}".strip() if base not in own.split() else own
        return attrs


class Formulaire(forms.BaseForm):
    """What `Form` and `ModelForm` share."""

    template_name = "components/form_fields.html"
    bound_field_class = ChampLie
    mark_optional = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            self.fields[name] = _in_french(field)


class Form(Formulaire, forms.Form):
    pass


class ModelForm(Formulaire, forms.ModelForm):  # type: ignore[type-arg]
    pass


class FilterForm(Form):
    """The form of a list's filters (`Meta.form` of a FilterSet): all optional, none marked."""

    mark_optional = False
    use_required_attribute = False


def _in_french(field: Any) -> Any:
    """Decimals are typed as text with a comma; dates with the browser's own date entry."""
    if type(field) is forms.DecimalField:
        names = ("max_digits", "decimal_places", "min_value", "max_value", "required", "label")
        kept = {name: getattr(field, name) for name in (*names, "initial", "help_text", "disabled")}
        return NombreField(**kept)
    _name_the_empty_choice(field)
    if isinstance(field, forms.DateField):
        field.validators.append(_plausible)
    if type(field.widget) is forms.DateInput:
        field.widget = forms.DateInput({**field.widget.attrs, "type": "date"}, format="%Y-%m-%d")
    return field


def _name_the_empty_choice(field: Any) -> None:
    """A menu opens on words, not on dashes."""
    words = "À choisir" if field.required else "Non renseigné"
    if isinstance(field, forms.ModelChoiceField):
        if field.empty_label == DASHES:
            field.empty_label = words
    elif isinstance(field, forms.ChoiceField):
        choices: list[Any] = [*field.choices]  # type: ignore[misc]
        if choices[:1] == [("", DASHES)]:
            field.choices = [("", words), *choices[1:]]


def _plausible(day: date) -> None:
    if not PREMIER_JOUR <= day <= DERNIER_JOUR:
        raise ValidationError(
            f"Saisissez une date comprise entre le {PREMIER_JOUR:%d/%m/%Y} et le "
            f"{DERNIER_JOUR:%d/%m/%Y}."
        )
