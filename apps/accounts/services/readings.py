"""A person has read a notification, or all of them."""

from __future__ import annotations

from apps.accounts.models import Lecture, Membership, Notification


def mark_read(acting: Membership, notification: Notification) -> None:
    """Once is enough: marked again, nothing changes."""
    Lecture.objects.bulk_create(
        [Lecture(notification=notification, user=acting.user)], ignore_conflicts=True
    )


def mark_all_read(acting: Membership) -> int:
    """Everything addressed to the acting membership; returns how many were unread."""
    unread = Notification.objects.visible_to(acting).unread_by(acting.user)
    readings = [Lecture(notification=found, user=acting.user) for found in unread]
    Lecture.objects.bulk_create(readings, ignore_conflicts=True, batch_size=1000)
    return len(readings)
