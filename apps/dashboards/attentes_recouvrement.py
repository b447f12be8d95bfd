"""What the recovery orders expect: of the debtor and the funder, of the ASP.

Read by `expectations`; one query for each line.
"""

from __future__ import annotations

from datetime import date

from django.db.models import Count, Min, Q

from apps.accounts.models import Membership
from apps.dashboards.attentes import Attente, attente
from apps.recoveries.models import Excedent, OrdreDeRecouvrer, PlanDePaiement, Remboursement

Etat = OrdreDeRecouvrer.Etat


def debt_line(acting: Membership, on: date) -> Attente:
    """Of a structure: what it has to pay, and until when; of a département: what is owed to it."""
    orders = OrdreDeRecouvrer.objects.visible_to(acting).open().filter(montant__gt=0)
    found = orders.with_plan().aggregate(
        nombre=Count("pk"), premiere=Min("echeance", filter=Q(en_plan=False))
    )
    first, received = found["premiere"], acting.is_siae
    return attente(
        found["nombre"],
        "ordre de recouvrer à payer" if received else "ordre de recouvrer émis pour votre part",
        "ordres de recouvrer à payer" if received else "ordres de recouvrer émis pour votre part",
        "recoveries:liste",
        until=first if received else None,
        late=bool(received and first and first < on),
        situation="A_PAYER",
    )


def recovery_lines(acting: Membership, on: date) -> list[Attente]:
    """Of the agent comptable: plans to decide, acts to make, refunds to pay."""
    late = dict(
        OrdreDeRecouvrer.objects.visible_to(acting)
        .late(on)
        .order_by()
        .values_list("etat")
        .annotate(nombre=Count("pk"))
    )
    plans = PlanDePaiement.objects.visible_to(acting).filter(etat=PlanDePaiement.Etat.DEMANDE)
    refunds = Remboursement.objects.visible_to(acting).filter(etat=Remboursement.Etat.ORDONNE)
    return [
        attente(
            plans.count(),
            "plan de paiement demandé, à accorder ou à refuser",
            "plans de paiement demandés, à accorder ou à refuser",
            "recoveries:liste",
            situation="PLAN_DEMANDE",
        ),
        attente(
            late.get(Etat.RELANCE, 0),
            "ordre de recouvrer relancé et impayé, à mettre en demeure",
            "ordres de recouvrer relancés et impayés, à mettre en demeure",
            "recoveries:liste",
            late=True,
            situation="A_METTRE_EN_DEMEURE",
        ),
        attente(
            late.get(Etat.MIS_EN_DEMEURE, 0),
            "ordre de recouvrer impayé après mise en demeure, à recouvrer par voie forcée",
            "ordres de recouvrer impayés après mise en demeure, à recouvrer par voie forcée",
            "recoveries:liste",
            late=True,
            situation="A_FORCER",
        ),
        attente(
            refunds.count(),
            "remboursement d’excédent ordonné, à payer",
            "remboursements d’excédents ordonnés, à payer",
            "recoveries:excedents",
        ),
    ]


def surplus_line(acting: Membership) -> Attente:
    """Of the ordonnateur: surpluses of the structures, neither used nor to be refunded."""
    kept = Excedent.objects.visible_to(acting).available()
    return attente(
        kept.count(),
        "excédent de versement à imputer ou à rembourser",
        "excédents de versement à imputer ou à rembourser",
        "recoveries:excedents",
        disponible="oui",
    )
