"""Names of the territories, known by the funders that are named after them.

« Département du Pas-de-Calais » is the organisation; its territory is « Pas-de-Calais ». Read by
the forms, the totals and the files that show a territory beside its code.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from apps.conventions.models import Financeur

ORGANISATION = re.compile(r"^Département (?:du |de la |de l[’']|des |de |d[’'])")


def territory_of(nom: str) -> str:
    """« Pas-de-Calais » of « Département du Pas-de-Calais »; any other name as it is."""
    return ORGANISATION.sub("", nom)


def named(codes: Collection[str]) -> list[tuple[str, str]]:
    """(« 062 », « Pas-de-Calais (062) ») of each code; the code alone when no département of it
    is known. One query."""
    names = dict(Financeur.objects.filter(code__in=codes).values_list("code", "nom"))
    return [
        (code, f"{territory_of(names[code])} ({code})" if code in names else code) for code in codes
    ]
