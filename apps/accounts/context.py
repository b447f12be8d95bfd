"""What the header of every page shows of the notifications (context processor)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from apps.accounts.models import Notification

# The badge says « 99+ » beyond: counting further would serve nobody.
SHOWN_MAX = 99


def unread(request: HttpRequest) -> dict[str, Any]:
    """`notifications_non_lues`: counted, in one query, only where the header is shown."""

    def count() -> int:
        acting = getattr(request, "acting", None)
        if acting is None:
            return 0
        found = Notification.objects.visible_to(acting).unread_by(acting.user).order_by()
        return found[: SHOWN_MAX + 1].count()

    return {"notifications_non_lues": count}
