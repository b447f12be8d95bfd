"""Scheduled work of the comptes d’emploi: prepared on 1 January, reminded, said to be late.

`watch_accounts` is called each morning by the clock; it may run twice without harm. People sign.
"""

from __future__ import annotations

import logging
from datetime import date

from celery import shared_task
from django.urls import reverse

from apps.accounts.models import Nature, Organisation, Role
from apps.accounts.notifications import notify
from apps.conventions.models import ConventionMandat
from apps.core.clock import today
from apps.core.errors import Refus
from apps.dashboards.comptes.document import account_pdf, account_workbook
from apps.dashboards.comptes.echeances import Attendu, expected_accounts
from apps.dashboards.models import CompteEmploi
from apps.dashboards.services_comptes import prepare_account

logger = logging.getLogger(__name__)
# Days of January on which what is not signed is told: four days left, then late.
RAPPEL, RETARD = 11, 16


@shared_task(name="dashboards.draw_account")
def draw_account(compte_id: int) -> None:
    """Archive the two files of a signed account, ahead of the first reader."""
    account_pdf(compte_id)
    account_workbook(compte_id)


@shared_task(name="dashboards.watch_accounts")
def watch_accounts(on: str | None = None) -> dict[str, int]:
    """Prepare the provisional accounts of the year that is over; tell what is not signed in time.

    In January only: prepared from the 1st, reminded on the 11th, late from the 16th.
    """
    day = date.fromisoformat(on) if on else today()
    if day.month != 1:
        return {"prepares": 0, "refuses": 0, "en_attente": 0}
    due = [
        attendu
        for attendu in expected_accounts(ConventionMandat.objects.all(), day)
        if attendu.annee == day.year - 1 and not attendu.est_rendu
    ]
    prepared = refused = 0
    for attendu in due:
        if attendu.provisoire is None and attendu.certifie is None:
            if _prepare(attendu, day):
                prepared += 1
            else:
                refused += 1
    if due and day.day in (RAPPEL, RETARD):
        _remind(len(due), day)
    return {"prepares": prepared, "refuses": refused, "en_attente": len(due)}


def _prepare(attendu: Attendu, day: date) -> CompteEmploi | None:
    """One account; a refusal concerns it alone and is told to the accountant, on 1 January."""
    try:
        return prepare_account(
            None, attendu.mandat, attendu.arrete_au, CompteEmploi.Nature.PROVISOIRE, on=day
        )
    except Refus as refus:
        logger.warning("%s, %s : %s", attendu.mandat, attendu.annee, refus)
        if day.day == 1:
            notify(
                Organisation.objects.filter(type=Organisation.Type.ASP),
                "Compte d’emploi non préparé",
                f"{attendu.mandat}, année {attendu.annee} : {refus}",
                reverse("reddition:comptes"),
                nature=Nature.PAIEMENT,
                roles=[Role.COMPTABLE],
                courriel=True,
                on=day,
            )
        return None


def _remind(count: int, day: date) -> None:
    late = day.day == RETARD
    notify(
        Organisation.objects.filter(type=Organisation.Type.ASP),
        "Comptes d’emploi en retard" if late else "Comptes d’emploi à signer avant le 15 janvier",
        f"Comptes d’emploi de l’année {day.year - 1} non signés : {count}. La convention de mandat "
        "(article 3.1) prévoit leur envoi au plus tard 15 jours après la fin de l’année.",
        reverse("reddition:comptes"),
        nature=Nature.PAIEMENT,
        roles=[Role.COMPTABLE],
        courriel=True,
        on=day,
    )
