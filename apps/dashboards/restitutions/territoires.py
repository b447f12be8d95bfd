"""The territories of the structures a person sees: what « Département » may be chosen from.

Read by the form of the criteria, by the refusal of an unknown territory and by the « Critères »
sheet, which says nothing of a filter its reader does not have.
"""

from __future__ import annotations

from apps.accounts.models import Membership
from apps.siae.models import Structure


def territories(acting: Membership) -> list[str]:
    """Codes (« 062 ») in order; one query."""
    structures = Structure.objects.visible_to(acting).order_by("departement")
    return list(structures.values_list("departement", flat=True).distinct())
