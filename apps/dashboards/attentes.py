"""One thing to do, on the home page: how many, what, until when, where.

What each role has to do is in `expectations` and, for the bank, in `attentes_banque`,
for the funds, in `attentes_fonds`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Attente:
    """One thing to do: how many, what (agreeing with the number), until when, where."""

    nombre: int
    texte: str
    url: str
    echeance: date | None = None
    en_retard: bool = False


def attente(
    count: int,
    one: str,
    many: str,
    url_name: str,
    *,
    until: date | None = None,
    late: bool = False,
    **filters: object,
) -> Attente:
    """`filters`: those of the list the line leads to, so that it shows what was counted."""
    url = reverse(url_name, query=filters or None)
    return Attente(count, one if count == 1 else many, url, until, late)
