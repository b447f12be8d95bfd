"""Finding the annex a person means: its number as printed or typed, its structure, its SIRET.

Used by the criterion « Annexe financière » of the restitutions, which cannot be a menu: the ASP
sees thousands of annexes.
"""

from __future__ import annotations

import re

from django.db.models import Q

from apps.accounts.models import Membership
from apps.annexes.models import AnnexeFinanciere
from apps.core.errors import Refus
from apps.siae.models import Structure

# « ACI 062 23 0001 A0 », the renewal and the amendment being optional.
NUMERO = re.compile(r"((?:ACI|EI|AI|ETTI|EITI)\d{2}[A-Z\d]\d{6})(?:A(\d))?(?:M\d)?", re.ASCII)
# As many as a menu may hold.
LISTED = 50


class PlusieursAnnexes(Refus):
    """Several annexes answer: `annexes`, to choose from."""

    def __init__(self, text: str, annexes: list[AnnexeFinanciere]) -> None:
        super().__init__(
            f"Plusieurs annexes correspondent à « {text} » : choisissez-en une dans la liste."
        )
        self.annexes = annexes


def listed_annexes(acting: Membership) -> list[AnnexeFinanciere]:
    """All the annexes this person sees when they are few; none of them otherwise (one query)."""
    found = list(_seen(acting)[: LISTED + 1])
    return found if len(found) <= LISTED else []


def find_annexe(acting: Membership, text: str) -> AnnexeFinanciere:
    """The annex meant. Raises `Refus` when this person sees none or too many that answer,
    `PlusieursAnnexes` with those that do when they can be listed (one query)."""
    typed = " ".join(text.split())
    compact = typed.replace(" ", "").upper()
    number = NUMERO.fullmatch(compact)
    if number:
        asked = Q(numero=number[1])
        if number[2]:
            asked &= Q(renouvellement=int(number[2]))
    else:
        asked = Q(numero__icontains=compact)
        asked |= Q(siae__structure__in=Structure.objects.search(typed))
    found = list(_seen(acting).filter(asked)[: LISTED + 1])
    if not found:
        raise Refus(
            f"Aucune annexe de votre périmètre ne correspond à « {typed} » : vérifiez le numéro, "
            "par exemple ACI 062 23 0001 A0, ou donnez le nom de la structure."
        )
    if len(found) > LISTED:
        raise Refus(
            f"Plus de {LISTED} annexes correspondent à « {typed} » : donnez le numéro complet, par "
            "exemple ACI 062 23 0001 A0, ou le nom entier de la structure."
        )
    if len(found) > 1:
        raise PlusieursAnnexes(typed, found)
    return found[0]


def _seen(acting: Membership):  # type: ignore[no-untyped-def]
    return AnnexeFinanciere.objects.visible_to(acting).select_related("siae__structure")
