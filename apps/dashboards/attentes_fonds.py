"""What the funds of the départements expect: calls to issue, to pay, sums to pay back.

Read by `expectations`; one query for each line.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse

from apps.accounts.models import Membership, Role
from apps.dashboards.attentes import Attente, attente
from apps.payments.models import (
    AppelDeFonds,
    NotificationDeFonds,
    RecetteDeFonds,
    ReversementDeFonds,
)
from apps.rules.money import ZERO


def calls_to_issue(acting: Membership, on: date) -> Attente:
    """Of the ordonnateur and of the agent comptable: not those they proposed themselves."""
    proposed = AppelDeFonds.objects.visible_to(acting).proposed()
    others = proposed.exclude(propose_par__isnull=False, propose_par=acting.user_id)
    return attente(
        others.count(),
        "appel de fonds proposé, à émettre",
        "appels de fonds proposés, à émettre",
        "fonds:appels",
        etat=AppelDeFonds.Etat.PROPOSE,
    )


def sums_to_pay_back(acting: Membership, on: date) -> Attente:
    """Of the agent comptable; leads to the oldest one."""
    ordered = ReversementDeFonds.objects.visible_to(acting).filter(
        etat=ReversementDeFonds.Etat.PROPOSE
    )
    others = ordered.exclude(ordonnance_par=acting.user_id).order_by("numero")
    found = list(others.values_list("pk", flat=True))
    if not found:
        return Attente(0, "", "")
    return Attente(
        len(found),
        "reversement de fonds ordonnancé, à payer"
        if len(found) == 1
        else "reversements de fonds ordonnancés, à payer, à commencer par le plus ancien",
        reverse("fonds:reversement", args=[found[0]]),
    )


def calls_to_pay(acting: Membership, on: date) -> Attente:
    """Of the département: calls issued and not received in full.

    The nearest deadline is that of the calls it has not ordered in full yet: a notified payment on
    its way is not late.
    """
    awaited = (
        AppelDeFonds.objects.visible_to(acting)
        .awaited()
        .filter(montant__gt=F("encaisse"))
        .annotate(annonce=Coalesce(Subquery(_announced()), ZERO))
    )
    to_order = Q(annonce__lt=F("montant") - F("encaisse"))
    found = awaited.aggregate(nombre=Count("pk"), premiere=Min("echeance", filter=to_order))
    return attente(
        found["nombre"] if acting.has_role(Role.DECIDEUR, Role.LECTEUR) else 0,
        "appel de fonds à payer",
        "appels de fonds à payer",
        "fonds:appels",
        until=found["premiere"],
        late=bool(found["premiere"] and found["premiere"] < on),
        etat="ATTENDU",
    )


def _announced() -> Any:
    """What was notified on a call and has not arrived yet."""
    arrived = RecetteDeFonds.objects.standing().filter(notification=OuterRef("pk"))
    return (
        NotificationDeFonds.objects.standing()
        .filter(~Exists(arrived), appel=OuterRef("pk"))
        .order_by()
        .values("appel")
        .annotate(somme=Sum("montant"))
        .values("somme")
    )
