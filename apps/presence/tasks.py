"""Daily check of the statements: suspensions opened and lifted (cahier des charges §2.4).

Scheduled by the beat; run twice = once, so a retry after a lost worker is harmless.
"""

from __future__ import annotations

from celery import shared_task

from apps.presence.services import update_suspensions


@shared_task(name="presence.check_suspensions")
def check_suspensions() -> dict[str, int]:
    """Returns how many suspensions were opened and lifted."""
    opened, lifted = update_suspensions()
    return {"ouvertes": opened, "levees": lifted}
