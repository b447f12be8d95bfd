"""What the rendering of accounts expects: comptes d’emploi to sign.

Read by `expectations`; one query.
"""

from __future__ import annotations

from datetime import date

from django.db.models import Count, Min, Q

from apps.accounts.models import Membership
from apps.dashboards.attentes import Attente, attente
from apps.dashboards.comptes.echeances import DELAI
from apps.dashboards.models import CompteEmploi

Etat = CompteEmploi.Etat


def accounts_to_sign(acting: Membership, on: date) -> Attente:
    """Of the agent comptable: not those they prepared; a provisional one has a deadline."""
    others = (
        CompteEmploi.objects.visible_to(acting)
        .filter(etat=Etat.PREPARE)
        .exclude(prepare_par__isnull=False, prepare_par=acting.user_id)
    )
    provisional = Q(nature=CompteEmploi.Nature.PROVISOIRE, arrete_au__month=12)
    found = others.aggregate(nombre=Count("pk"), premier=Min("arrete_au", filter=provisional))
    until = found["premier"] + DELAI if found["premier"] else None
    return attente(
        found["nombre"],
        "compte d’emploi à signer",
        "comptes d’emploi à signer",
        "reddition:comptes",
        until=until,
        late=bool(until and until < on),
        etat=Etat.PREPARE,
    )
