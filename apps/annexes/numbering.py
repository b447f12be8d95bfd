"""Numbers of annexes: measure, département on 3 characters, year, order number ("ACI062230013").

The order number is gapless per kind of structure, département and year. Called when an annex is
created; a renewal keeps the number and raises its A.
"""

from __future__ import annotations

from datetime import date

from apps.core.errors import Refus
from apps.core.services import next_number
from apps.siae.models import Siae

DERNIER_NUMERO = 9999


def allocate_number(siae: Siae, debut: date) -> str:
    """Next number for a SIAE and the year its annex starts; inside a transaction."""
    kind = siae.mesure.removesuffix("_DC").removesuffix("_MP")
    prefix = f"{kind}{siae.structure.departement}{debut:%y}"
    order = next_number(f"annexe:{prefix}")
    if order > DERNIER_NUMERO:
        raise Refus(f"Tous les numéros d’annexe {prefix} de l’année ont été attribués.")
    return f"{prefix}{order:04d}"
