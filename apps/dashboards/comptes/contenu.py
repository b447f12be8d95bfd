"""Figures of a compte d’emploi as JSON and back, with the converter of the bilans.

`FORME` numbers the shape of the classes of `figures`: an account kept in another shape is refused
rather than read askew. Called when an account is prepared and each time one is read.
"""

from __future__ import annotations

from typing import Any

from apps.dashboards.bilans.contenu import converter
from apps.dashboards.comptes.figures import Compte

FORME = 1


def dump(compte: Compte) -> dict[str, Any]:
    """Ready for `CompteEmploi.contenu`."""
    return {"forme": FORME, "chiffres": converter.unstructure(compte)}


def load(contenu: dict[str, Any]) -> Compte:
    """The figures as they were kept; ValueError for a shape this version does not know."""
    if contenu.get("forme") != FORME:
        raise ValueError(f"unknown shape of an account: {contenu.get('forme')!r}")
    return converter.structure(contenu["chiffres"], Compte)
