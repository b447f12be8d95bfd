"""French grammar in every template, without a `load`: the plural begins at two."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any

from django import template
from django.template.defaultfilters import pluralize as english

register = template.Library()


@register.filter
def pluralize(value: Any, forms: str = "s") -> str:
    """Django's own filter, but « 0 résultat » and « 1,5 jour » are singular."""
    count = len(value) if isinstance(value, Sized) and not isinstance(value, str) else value
    try:
        several = abs(float(count)) >= 2
    except (TypeError, ValueError):
        return ""
    return str(english(2 if several else 1, forms))
