"""Sorting names as French readers expect: É with E, whatever the collation of the server.

The embedded server has no ICU collation and production ones differ: the key is a generated
column in lower case without accents. `without_accents` gives the same key in Python.
"""

from __future__ import annotations

import unicodedata

from django.db.models import Func, TextField


class SortKey(Func):
    """SQL expression of the key: decomposed, accents dropped, lower case. Immutable."""

    template = r"regexp_replace(normalize(lower(%(expressions)s), NFD), '[\u0300-\u036F]', '', 'g')"
    arity = 1
    output_field = TextField()


def without_accents(text: str) -> str:
    """The key of a text, as `SortKey` computes it."""
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(char for char in decomposed if not 0x0300 <= ord(char) <= 0x036F)
