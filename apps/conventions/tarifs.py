"""Terms proposed for the next avenant financier of a mandate (convention de mandat, art. 3.2).

The year after the last one, with its number of annexes, and its prices moved by the consumer price
index when both indices are recorded; the person who records it decides. Called by its form.
"""

from __future__ import annotations

from typing import Any

from apps.conventions.models import ConventionMandat
from apps.rules.indexation import Tarif, revise
from apps.rules.parameter import ParametreInconnu


def proposed_terms(mandat: ConventionMandat) -> dict[str, Any]:
    """First values of the form: nothing for a first avenant nor after the last year."""
    last = mandat.avenants.order_by("annee").last()
    if last is None or last.annee >= mandat.fin.year:
        return {}
    annee = last.annee + 1
    terms: dict[str, Any] = {"annee": annee, "annexes_prevues": last.annexes_prevues}
    try:
        revision = revise(Tarif(last.prix_annexe, last.forfait_annuel), annee)
    except ParametreInconnu:
        return terms
    tarif = revision.tarif
    return terms | {"prix_annexe": tarif.prix_annexe, "forfait_annuel": tarif.forfait_annuel}
