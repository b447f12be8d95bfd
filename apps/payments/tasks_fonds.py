"""Calls for funds proposed by the clock: advances in January, quarterly calls (spec 05 §3).

On the 5th of the second month of a quarter, five days before the call is due; a person issues it.
Run twice, it proposes once; one mandate that cannot be called does not stop the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import date

from celery import shared_task
from django.db import transaction

from apps.conventions.models import ConventionMandat
from apps.core.clock import today
from apps.core.errors import Refus
from apps.payments.appels import called_quarter
from apps.payments.fin_de_mandat import payment_obstacles
from apps.payments.models import AppelDeFonds
from apps.payments.services.appels import called_already, propose_advance, propose_quarterly

logger = logging.getLogger(__name__)
Modalite = ConventionMandat.Modalite
MOIS_DES_APPELS = (2, 5, 8, 11)


@shared_task(name="payments.propose_calls")
def propose_calls(on: str | None = None) -> int:
    """Propose the calls of the month of `on` (ISO date, today by default); returns how many."""
    day = date.fromisoformat(on) if on else today()
    mandats = ConventionMandat.objects.filter(signee_le__isnull=False, cloture__isnull=True)
    proposed = 0
    if day.month == 1:
        running = mandats.filter(debut__lte=day, fin__gte=day)
        proposed += _propose(running.order_by("pk"), _advance, day)
    if day.month in MOIS_DES_APPELS:
        quarterly = mandats.filter(modalite=Modalite.AVANCE_ET_APPELS, debut__lte=day)
        proposed += _propose(quarterly.order_by("pk"), _quarter, day)
    return proposed


def _propose(
    mandats: Iterable[ConventionMandat],
    act: Callable[[ConventionMandat, date], AppelDeFonds | None],
    day: date,
) -> int:
    count = 0
    for mandat in mandats:
        try:
            with transaction.atomic():
                count += act(mandat, day) is not None
        except Refus as refus:
            logger.warning("%s : appel de fonds non proposé. %s", mandat, refus)
    return count


def _advance(mandat: ConventionMandat, day: date) -> AppelDeFonds | None:
    if called_already(mandat, AppelDeFonds.Nature.AVANCE, date(day.year, 1, 1)):
        return None
    return propose_advance(None, mandat, annee=day.year, on=day)


def _quarter(mandat: ConventionMandat, day: date) -> AppelDeFonds | None:
    """None as well once nothing can be paid any more under the mandate."""
    first_day = called_quarter(day).debut.first_day
    if called_already(mandat, AppelDeFonds.Nature.TRIMESTRIEL, first_day):
        return None
    if not payment_obstacles(mandat, day):
        return None
    return propose_quarterly(None, mandat, on=day)
