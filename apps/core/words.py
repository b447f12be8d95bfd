"""A stored value in words, as a screen shows it: labels instead of codes, French dates and figures.

Called by the fiches, which show an object, and by the histories, which read what the journal
keeps (dates and decimals as text). Also the typography of the texts written as Markdown.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field
from django.utils import timezone

from apps.rules import explanation

EMPTY = "Non renseigné"
REPEATED_MAX = 60
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
ISO_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
FIGURE = re.compile(r"-?\d+\.\d+", re.ASCII)


def french_spaces(text: str) -> str:
    """A text in which no line begins with « : ; ? ! » or ends with an opening quotation mark."""
    return re.sub(r" (?=[:;?!»])|(?<=«) ", "\u00a0", text)


def repeated(typed: object) -> str:
    """What somebody typed as a message repeats it: on one line, sixty characters at most."""
    text = "".join(c if c.isprintable() else " " for c in str(typed)[: 2 * REPEATED_MAX])
    text = " ".join(text.split())
    return text if len(text) <= REPEATED_MAX else f"{text[:REPEATED_MAX]}…"


def label_of(field: Field[Any, Any]) -> str:
    """« Date de naissance »."""
    name = str(field.verbose_name)
    return name[:1].upper() + name[1:]


def in_words(field: Field[Any, Any] | None, value: Any) -> str:
    """The value of a field in words; of anything plain when there is no field."""
    if value is None or value == "":
        return EMPTY
    choices = {str(code): str(label) for code, label in (field.flatchoices if field else ())}
    if str(value) in choices:
        return choices[str(value)]
    if field is not None and field.get_internal_type() in ("DecimalField", "DateField"):
        try:
            return plain_words(field.to_python(value))
        except ValidationError:
            return str(value)
    if field is not None and field.get_internal_type() in ("CharField", "TextField"):
        return str(value)
    return plain_words(value)


def plain_words(value: Any) -> str:
    """Dates, figures, lists and yes or no, of whatever type the journal has kept them in."""
    if value is None or value == "":
        return EMPTY
    if isinstance(value, bool):
        return "Oui" if value else "Non"
    if isinstance(value, list | tuple):
        return ", ".join(map(plain_words, value)) or "Aucun"
    if isinstance(value, dict):
        return ", ".join(f"{key} : {plain_words(kept)}" for key, kept in value.items())
    if isinstance(value, str):
        return _typed_words(value)
    if isinstance(value, datetime):
        local = timezone.localtime(value) if value.tzinfo else value
        return f"{local:%d/%m/%Y à %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return explanation.nombre(value) if isinstance(value, Decimal) else str(value)


def _typed_words(text: str) -> str:
    try:
        if ISO_DATE.fullmatch(text):
            return f"{date.fromisoformat(text):%d/%m/%Y}"
        if ISO_INSTANT.fullmatch(text):
            return plain_words(datetime.fromisoformat(text.replace("Z", "+00:00")))
    except ValueError:  # it only looks like a day
        return text
    return explanation.nombre(Decimal(text)) if FIGURE.fullmatch(text) else text
