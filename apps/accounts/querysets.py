"""Reads of memberships."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from apps.accounts.models import Membership


class MembershipQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> MembershipQuerySet:
        """The administrator sees every membership, the others none."""
        return self if acting.is_admin else self.none()

    def active(self, on: date) -> MembershipQuerySet:
        """Memberships in force on a day, of active users."""
        return self.filter(
            Q(fin__isnull=True) | Q(fin__gte=on), debut__lte=on, user__is_active=True
        )
