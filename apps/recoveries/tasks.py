"""Night work of the recovery: what is due is done, what is to be decided is told (spec 05 §5).

Orders issued are notified, unpaid ones reminded once their deadline is past, plans not respected
broken. Formal notices and enforcements are proposed to the agent comptable. Idempotent: run twice
the same night, it finds nothing more to do.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from celery import shared_task
from django.urls import reverse

from apps.accounts.models import Nature, Notification, Organisation, Role
from apps.accounts.notifications import notify
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.jobs import dispatch
from apps.core.models import Fichier
from apps.recoveries.documents_actes import acte_file, compensation_file, plan_file
from apps.recoveries.models import (
    ActeDeRecouvrement,
    Compensation,
    OrdreDeRecouvrer,
    PlanDePaiement,
)
from apps.recoveries.poursuites import suspensions_by_order
from apps.recoveries.services.actes import pursue as make_act
from apps.recoveries.services.ordres import close_ended
from apps.recoveries.services.plans import break_plan

logger = logging.getLogger(__name__)
Etat = OrdreDeRecouvrer.Etat

LETTERS: dict[str, Callable[[int], Fichier]] = {
    "acte": acte_file,
    "plan": plan_file,
    "compensation": compensation_file,
}
KINDS: dict[type[Any], str] = {
    ActeDeRecouvrement: "acte",
    PlanDePaiement: "plan",
    Compensation: "compensation",
}
A_DECIDER = "Actes de recouvrement à décider"


@shared_task(name="recoveries.pursue")
def pursue(on: str | None = None) -> dict[str, int]:
    """Everything the day asks for (ISO date, today by default); returns how many of each."""
    day = date.fromisoformat(on) if on else today()
    close_ended(day)
    broken = sum(break_plan(plan, on=day) for plan in _plans_in_force())
    orders = OrdreDeRecouvrer.objects.order_by("numero")
    notified = _make("notifier", orders.filter(etat=Etat.EMIS), day)
    late = orders.late(day)
    reminded = _make("relancer", late.filter(etat=Etat.NOTIFIE), day)
    proposed = _propose(late.filter(etat__in=(Etat.RELANCE, Etat.MIS_EN_DEMEURE)), day)
    return {"plans": broken, "notifies": notified, "relances": reminded, "a_decider": proposed}


@shared_task(name="recoveries.archive_letter")
def archive_letter(kind: str, pk: int) -> None:
    """Draw and archive the letter of an act, a plan or a set-off, before anyone asks for it."""
    LETTERS[kind](pk)


def request_letter(made: object) -> None:
    """Have the letter of what was just made archived once the transaction is committed."""
    for model, kind in KINDS.items():
        if isinstance(made, model):
            dispatch(archive_letter, kind, made.pk)


def _make(event: str, orders: Iterable[OrdreDeRecouvrer], day: date) -> int:
    """The act on each order that nothing suspends; a refusal is logged and stops no other."""
    orders = list(orders)
    suspended = suspensions_by_order([ordre.pk for ordre in orders], day)
    made = 0
    for ordre in orders:
        if ordre.pk in suspended or not ordre.reste:
            continue
        try:
            acte = make_act(None, ordre, event, on=day)
        except Refus as refus:
            logger.warning("%s, %s : %s", ordre, event, refus)
            continue
        made += 1
        # On a server that cannot draw, the letter is made on demand: the act is done all the same.
        with suppress(Refus):
            acte_file(acte.pk)
    return made


def _propose(orders: Iterable[OrdreDeRecouvrer], day: date) -> int:
    """Tell the agent comptable, once, of the orders that became late the day before or since the
    last notice; the page of late orders shows them all."""
    orders = list(orders)
    suspended = suspensions_by_order([ordre.pk for ordre in orders], day)
    waiting = [ordre for ordre in orders if ordre.pk not in suspended]
    told = Notification.objects.filter(titre=A_DECIDER).order_by("-le").first()
    since = told.le if told else date.min
    fresh = [o for o in waiting if o.echeance and o.echeance + timedelta(days=1) > since]
    if fresh:
        notify(
            Organisation.objects.filter(type=Organisation.Type.ASP),
            A_DECIDER,
            f"Des ordres de recouvrer restent impayés après leur dernière échéance "
            f"({len(waiting)} au total) : décidez une mise en demeure ou le recouvrement forcé.",
            reverse("recoveries:retards"),
            nature=Nature.ORDRE,
            roles=[Role.COMPTABLE],
            on=day,
        )
    return len(waiting)


def _plans_in_force() -> Iterable[PlanDePaiement]:
    return PlanDePaiement.objects.filter(etat=PlanDePaiement.Etat.ACCORDE).order_by("pk")
