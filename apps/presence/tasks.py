"""Background work on the statements; run twice = once, so a lost worker is harmless.

The daily check of suspensions (cahier des charges §2.4) is scheduled by the clock; the PDF of a
statement is drawn when it is certified, so that it opens at once.
"""

from __future__ import annotations

from celery import shared_task

from apps.core.errors import Refus
from apps.presence.documents import statement_file
from apps.presence.models import EtatMensuel
from apps.presence.services import update_suspensions


@shared_task(name="presence.check_suspensions")
def check_suspensions() -> dict[str, int]:
    """Returns how many suspensions were opened and lifted."""
    opened, lifted = update_suspensions()
    return {"ouvertes": opened, "levees": lifted}


@shared_task(name="presence.draw_statement")
def draw_statement(etat_id: int) -> str:
    """Draw and archive the PDF of a certified statement; returns why not when it is not done."""
    try:
        return statement_file(EtatMensuel.objects.get(pk=etat_id)).nom
    except Refus as refus:
        # Re-opened meanwhile, or no PDF on this server: it is drawn, or said, on demand.
        return str(refus)
