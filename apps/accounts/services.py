"""Writes of the accounts: which organisation a person acts for, signing in.

Called by the sign-in and choice pages. The choice is kept in the session; what it allows is
read again at each request (middleware), so that a right withdrawn has no effect any longer.
"""

from __future__ import annotations

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from apps.accounts.middleware import SESSION_KEY
from apps.accounts.models import Membership, Organisation, User
from apps.accounts.permissions import can_act_as
from apps.journal.services import record


def choose_membership(user: User, membership: Membership, session: SessionBase) -> Membership:
    """Act through `membership` from now on; raises Refus when it is not the person's own."""
    can_act_as(user, membership, timezone.localdate()).enforce()
    session[SESSION_KEY] = membership.pk
    record(membership, "compte.organisation_choisie", membership)
    return membership


def record_sign_in(user: User) -> None:
    """Journal a sign-in: the person is known, the organisation not always yet."""
    memberships = list(
        Membership.objects.active(timezone.localdate())
        .filter(user=user)
        .select_related("organisation", "user")[:2]
    )
    nobody_yet = Membership(user=user, organisation=Organisation())
    acting = memberships[0] if len(memberships) == 1 else nobody_yet
    record(acting, "compte.connexion", user)
