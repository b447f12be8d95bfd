"""Background work on the annexes: the letter of notification, drawn when a version is validated."""

from __future__ import annotations

from celery import shared_task

from apps.annexes.documents import notification_file
from apps.core.errors import Refus


@shared_task(name="annexes.draw_notification")
def draw_notification(version_id: int) -> str:
    """Draw and archive the letter of a version; returns why not when it is not done."""
    try:
        return notification_file(version_id).nom
    except Refus as refus:
        # No PDF on this server: the page that opens the letter says so.
        return str(refus)
