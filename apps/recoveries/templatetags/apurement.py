"""`{% suites_de ordre %}`: disputes, remissions, write-offs of an order, on its page.

Shows what the reader sees of them, and the acts that he may begin.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context
from django.urls import reverse

from apps.recoveries.models import Apurement, LigneNonValeur, OrdreDeRecouvrer, ProcedureCollective
from apps.recoveries.permissions_apurement import can_file, can_propose_extinction
from apps.recoveries.services.contestations import CONTESTABLES

register = template.Library()


@register.inclusion_tag("apurement/suites.html", takes_context=True)
def suites_de(context: Context, ordre: OrdreDeRecouvrer) -> dict[str, Any]:
    request = context["request"]
    acting = request.acting
    contestations = list(ordre.contestations.visible_to(acting))
    remises = list(ordre.remises.visible_to(acting))
    extinctions = list(ordre.extinctions.visible_to(acting))
    is_open = ordre.etat in OrdreDeRecouvrer.OUVERTS
    begins = []
    if can_file(acting, ordre):
        if ordre.etat in CONTESTABLES and not _pending(contestations):
            begins.append(("Contester l’ordre", "apurement:contester"))
        if is_open and not _pending(remises):
            begins.append(("Demander une remise", "apurement:remise_demander"))
    if can_propose_extinction(acting) and is_open and not _pending(extinctions):
        begins.append(("Proposer l’extinction", "apurement:extinction_proposer"))
    return {
        "request": request,
        "contestations": contestations,
        "remises": remises,
        "extinctions": extinctions,
        "non_valeurs": LigneNonValeur.objects.visible_to(acting)
        .filter(ordre=ordre)
        .select_related("liste"),
        "procedures": ProcedureCollective.objects.visible_to(acting).filter(
            structure=ordre.structure_id
        ),
        "apurement": Apurement.objects.filter(ordre=ordre).first(),
        "actes": [
            {"libelle": words, "url": reverse(page, args=[ordre.pk])} for words, page in begins
        ],
    }


def _pending(rows: list[Any]) -> bool:
    return any(row.etat in row.OUVERTES for row in rows)
