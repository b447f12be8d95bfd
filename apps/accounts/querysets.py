"""Reads of accounts: organisations, users, memberships, notifications."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q

if TYPE_CHECKING:
    from apps.accounts.models import Membership, Organisation, User


class OrganisationQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> OrganisationQuerySet:
        """The administrator sees every organisation, the others their own."""
        return self if acting.is_admin else self.filter(pk=acting.organisation_id)

    def with_members(self, on: date) -> OrganisationQuerySet:
        """`membres`: how many people hold a membership in force that day."""
        in_force = Q(memberships__debut__lte=on, memberships__user__is_active=True) & (
            Q(memberships__fin__isnull=True) | Q(memberships__fin__gte=on)
        )
        return self.annotate(membres=Count("memberships__user", filter=in_force, distinct=True))


class UserQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> UserQuerySet:
        """The administrator sees every account, the others those of their organisation."""
        if acting.is_admin:
            return self
        return self.filter(memberships__organisation=acting.organisation_id).distinct()


class MembershipQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> MembershipQuerySet:
        """The administrator sees every membership, the others those of their organisation."""
        return self if acting.is_admin else self.filter(organisation=acting.organisation_id)

    def active(self, on: date) -> MembershipQuerySet:
        """Memberships in force on a day, of active users."""
        return self.filter(
            Q(fin__isnull=True) | Q(fin__gte=on), debut__lte=on, user__is_active=True
        )

    def held_by(self, user: User, on: date) -> MembershipQuerySet:
        """The memberships a person may act through on a day, in the order of the menus."""
        found = self.active(on).filter(user=user).select_related("organisation", "user")
        return found.order_by("organisation__nom", "role")

    def open(self, on: date) -> MembershipQuerySet:
        """Memberships that have not ended on a day, those still to begin included."""
        return self.filter(Q(fin__isnull=True) | Q(fin__gte=on))

    def addressed(
        self, organisations: Collection[Organisation], roles: Collection[str], on: date
    ) -> MembershipQuerySet:
        """Who is told of something that concerns these organisations, and these roles if any."""
        found = self.active(on).filter(organisation__in=organisations)
        return found.filter(role__in=roles) if roles else found


class NotificationQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> NotificationQuerySet:
        """What was addressed to the organisation, for this role or this person."""
        return self.filter(
            Q(roles=[]) | Q(roles__contains=[acting.role]),
            Q(personne__isnull=True) | Q(personne=acting.user_id),
            organisation=acting.organisation_id,
        )

    def with_reading(self, user: User) -> NotificationQuerySet:
        """`lue`: whether this person has read it."""
        lecture = self.model._meta.get_field("lectures").related_model
        read = lecture.objects.filter(notification=OuterRef("pk"), user=user)
        return self.annotate(lue=Exists(read))

    def unread_by(self, user: User) -> NotificationQuerySet:
        return self.with_reading(user).filter(lue=False)
