"""Form fields that read figures the way people write them in French.

Hours (« 151,67 », « 7h30 »), amounts (« 1 234,50 »), months (« mars 2023 »). Any kind of space
may separate thousands; what could be read in two ways is refused, with the expected form.
Used by the forms of every application; the stored value is an exact Decimal or a date.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.core.words import repeated
from apps.rules.money import divide, hours2
from apps.rules.periods import NOMS, Month

# Space, no-break space, figure space, thin space, narrow no-break space.
SPACES = re.compile("[ \u00a0\u2007\u2009\u202f]+")
PLAIN = re.compile(r"-?\d+(?:[.,]\d+)?", re.ASCII)
GROUPED = re.compile(r"-?\d{1,3}(?: \d{3})+(?:[.,]\d+)?", re.ASCII)
CLOCK = re.compile(r"(\d{1,4}) ?(?:[hH] ?(\d{2})?|:(\d{2}))", re.ASCII)


def parse_nombre(text: str, *, exemple: str) -> Decimal:
    """Read a number written in French or with a decimal point.

    Raises ValidationError, with `exemple` as the expected form, for anything ambiguous
    (« 1.234,56 », « 12 34 ») or that is not a number.
    """
    plain = SPACES.sub(" ", text.strip()).strip().replace("\u2212", "-")
    if PLAIN.fullmatch(plain) or GROUPED.fullmatch(plain):
        return Decimal(plain.replace(" ", "").replace(",", "."))
    if re.fullmatch(r"-?[\d., ]+", plain, re.ASCII):
        raise ValidationError(
            f"« {repeated(text)} » peut se lire de plusieurs façons. Écrivez le nombre avec une "
            f"seule virgule, sans point entre les milliers, par exemple {exemple}.",
            code="ambiguous",
        )
    raise ValidationError(
        f"« {repeated(text)} » n’est pas un nombre. Écrivez par exemple {exemple}.", code="invalid"
    )


class NombreField(forms.DecimalField):
    """A decimal figure typed as text: comma or point, spaces between thousands."""

    widget = forms.TextInput
    exemple = "1234,50"
    suffixe = ""

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        if value in self.empty_values:
            return None
        if isinstance(value, Decimal):
            return value
        text = str(value).strip()
        if self.suffixe:
            text = text.removesuffix(self.suffixe)
        return self.parse(text)

    def parse(self, text: str) -> Decimal:
        return parse_nombre(text, exemple=self.exemple)

    def prepare_value(self, value: Any) -> Any:
        """A stored figure is shown with a comma; what was typed is shown as typed."""
        return str(value).replace(".", ",") if isinstance(value, Decimal) else value

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "decimal", "autocomplete": "off"}


class HoursField(NombreField):
    """Hours of a month, two decimals: « 151,67 », « 151.67 », « 7h30 », « 7:30 »."""

    exemple = "151,67 ou 7h30"
    suffixe = "h"

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 6)
        kwargs.setdefault("decimal_places", 2)
        kwargs.setdefault("min_value", Decimal(0))
        super().__init__(**kwargs)
        self.error_messages.setdefault("min_value", "Le nombre d’heures ne peut pas être négatif.")

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        if isinstance(value, str):
            clock = CLOCK.fullmatch(SPACES.sub(" ", value.strip()))
            if clock:
                return self._from_clock(int(clock[1]), int(clock[2] or clock[3] or 0))
        return super().to_python(value)

    @staticmethod
    def _from_clock(hours: int, minutes: int) -> Decimal:
        if minutes > 59:
            raise ValidationError(
                "Le nombre de minutes doit être compris entre 0 et 59, par exemple 7h30.",
                code="invalid",
            )
        return hours2(Decimal(hours) + divide(Decimal(minutes), Decimal(60)))


class EuroField(NombreField):
    """An amount in euros, two decimals: « 1 234,50 », « 1234.50 € »."""

    exemple = "1234,50"
    suffixe = "€"

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 12)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(**kwargs)


class MonthField(forms.Field):
    """A civil month, given as its first day: « 03/2023 », « mars 2023 » or « 2023-03 »."""

    widget = forms.TextInput
    default_error_messages = {
        "invalid": "Saisissez un mois et une année, par exemple 03/2023 ou mars 2023."
    }

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        if isinstance(value, date):
            return value.replace(day=1)
        month = _parse_month(str(value))
        if month is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return month.first_day

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%m/%Y}" if isinstance(value, date) else value


def _parse_month(text: str) -> Month | None:
    text = SPACES.sub(" ", text.strip().lower())
    try:
        if match := re.fullmatch(r"(\d{1,2})[/-](\d{4})", text, re.ASCII):
            return Month(int(match[2]), int(match[1]))
        if match := re.fullmatch(r"([^\W\d_]+) (\d{4})", text):
            return Month(int(match[2]), _NUMBERS[_without_accents(match[1])])
        return Month.parse(text)
    except (ValueError, KeyError):
        return None


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


_NUMBERS = {_without_accents(nom): number for number, nom in enumerate(NOMS, start=1)}
