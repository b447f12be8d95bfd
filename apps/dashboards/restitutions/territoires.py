"""The territories of the structures a person sees: what « Département » may be chosen from.

Read by the form of the criteria, by the refusal of an unknown territory and by the « Critères »
sheet, which says nothing of a filter its reader does not have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from apps.accounts.models import Membership
from apps.conventions.models import Financeur
from apps.siae.models import Structure

# « Département du Pas-de-Calais » is the organisation; its territory is « Pas-de-Calais ».
ORGANISATION = re.compile(r"^Département (?:du |de la |de l[’']|des |de |d[’'])")


def territories(acting: Membership) -> list[str]:
    """Codes (« 062 ») in order; one query."""
    structures = Structure.objects.visible_to(acting).order_by("departement")
    return list(structures.values_list("departement", flat=True).distinct())


def named(codes: Iterable[str]) -> list[tuple[str, str]]:
    """(« 062 », « Pas-de-Calais (062) ») of each code; the code alone when no département of it
    is known. One query."""
    names = dict(Financeur.objects.filter(code__in=codes).values_list("code", "nom"))
    return [
        (code, f"{ORGANISATION.sub('', names[code])} ({code})" if code in names else code)
        for code in codes
    ]
