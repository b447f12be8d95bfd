"""Nightly work on the debts that will not be recovered; run twice is once.

The silence of the départements, then the automatic clearing (convention de mandat, art. 5).
Scheduled by the clock (config/celery.py); loaded by the configuration of the application. The debts
to declare before their deadline are shown by the home page.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from celery import shared_task

from apps.core.clock import today
from apps.core.errors import Refus
from apps.recoveries.documents_apurement import remission_letter
from apps.recoveries.models import DemandeRemise, ListeNonValeur
from apps.recoveries.services.admissions import accept_list_silently
from apps.recoveries.services.apurement import clear_small_debts
from apps.recoveries.services.remises import accept_remission_silently


@shared_task(name="recoveries.settle_silence")
def settle_silence(on: str | None = None) -> dict[str, int]:
    """Accept what the départements have not answered in four months; how many of each.

    `on` is an ISO date, today by default. Each file is a transaction of its own.
    """
    day = date.fromisoformat(on) if on else today()
    received = DemandeRemise.objects.filter(etat=DemandeRemise.Etat.A_DECIDER)
    remissions = [
        accept_remission_silently(pk, day)
        for pk in received.order_by("pk").values_list("pk", flat=True)
    ]
    for remise in filter(None, remissions):
        # On a server that cannot draw, the letter is made on demand.
        with suppress(Refus):
            remission_letter(remise.pk)
    lists = ListeNonValeur.objects.filter(etat=ListeNonValeur.Etat.RECUE)
    admitted = [
        ligne
        for pk in lists.order_by("pk").values_list("pk", flat=True)
        for ligne in accept_list_silently(pk, day)
    ]
    return {"remises": sum(1 for done in remissions if done), "non_valeurs": len(admitted)}


@shared_task(name="recoveries.clear_small_debts")
def clear_small(on: str | None = None) -> int:
    """Clear the debts of 30 € or less; returns how many."""
    return len(clear_small_debts(date.fromisoformat(on) if on else None))
