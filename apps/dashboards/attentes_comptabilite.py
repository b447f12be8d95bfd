"""What the accounts expect of an ordonnateur: months to open again, successions to decide.

Read by `expectations`; one query for each line. Whoever asked or proposed does not decide.
"""

from __future__ import annotations

from apps.accounts.models import Membership
from apps.dashboards.attentes import Attente, attente
from apps.payments.models import Reouverture, Succession


def accounts_to_decide(acting: Membership) -> list[Attente]:
    asked = Reouverture.objects.visible_to(acting).filter(etat=Reouverture.Etat.DEMANDEE)
    proposed = Succession.objects.visible_to(acting).filter(etat=Succession.Etat.PROPOSEE)
    return [
        attente(
            asked.exclude(demandee_par=acting.user).count(),
            "réouverture d’un mois comptable à décider",
            "réouvertures de mois comptables à décider",
            "comptabilite:clotures",
        ),
        attente(
            proposed.exclude(proposee_par=acting.user).count(),
            "succession de département à décider",
            "successions de départements à décider",
            "comptabilite:successions",
        ),
    ]
