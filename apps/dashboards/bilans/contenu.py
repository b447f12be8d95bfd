"""Figures of a bilan as JSON and back: exact decimals as text, days as ISO dates, months `YYYY-MM`.

`FORME` numbers the shape of the classes of `figures`: a bilan issued in another shape is refused
rather than read askew. Called when a bilan is issued and each time an issued one is read.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from cattrs import Converter

from apps.dashboards.bilans.figures import Bilan, BilanObjectifs
from apps.rules.periods import Month

FORME = 1
T = TypeVar("T", Bilan, BilanObjectifs)

converter = Converter(forbid_extra_keys=True)
converter.register_unstructure_hook(Decimal, str)
converter.register_structure_hook(Decimal, lambda text, _type: Decimal(text))
converter.register_unstructure_hook(date, date.isoformat)
converter.register_structure_hook(date, lambda text, _type: date.fromisoformat(text))
converter.register_unstructure_hook(Month, str)
converter.register_structure_hook(Month, lambda text, _type: Month.parse(text))


def dump(bilan: Bilan | BilanObjectifs) -> dict[str, Any]:
    """Ready for `BilanEmis.contenu`."""
    return {"forme": FORME, "chiffres": converter.unstructure(bilan)}


def load(contenu: dict[str, Any], kind: type[T]) -> T:
    """The figures as they were issued; ValueError for a shape this version does not know."""
    if contenu.get("forme") != FORME:
        raise ValueError(f"unknown shape of a bilan: {contenu.get('forme')!r}")
    return converter.structure(contenu["chiffres"], kind)
