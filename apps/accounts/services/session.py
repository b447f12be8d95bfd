"""Signing in and choosing for whom one acts.

Called by the sign-in and choice pages. The choice is kept in the session; what it allows is
read again at each request (middleware), so that a right withdrawn has no effect any longer.
"""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.middleware import SESSION_KEY
from apps.accounts.models import Membership, Organisation, User
from apps.accounts.permissions import can_act_as
from apps.core.logs import security_event
from apps.journal.services import record

# After this many failures in a row, an account refuses every password for a while.
FAILURES_MAX = 5
LOCKED_FOR = timedelta(minutes=15)


def choose_membership(user: User, membership: Membership, session: SessionBase) -> Membership:
    """Act through `membership` from now on; raises Refus when it is not the person's own."""
    can_act_as(user, membership, timezone.localdate()).enforce()
    session[SESSION_KEY] = membership.pk
    record(membership, "compte.organisation_choisie", membership)
    return membership


def forget_failures(user: User) -> None:
    """The right password was given: the wrong ones before count no longer."""
    User.objects.filter(pk=user.pk).exclude(echecs=0).update(echecs=0, bloque_jusqu_a=None)


def record_sign_in(user: User) -> None:
    """Journal a sign-in, once complete: the person is known, the organisation not always yet."""
    memberships = list(
        Membership.objects.active(timezone.localdate())
        .filter(user=user)
        .select_related("organisation", "user")[:2]
    )
    nobody_yet = Membership(user=user, organisation=Organisation())
    acting = memberships[0] if len(memberships) == 1 else nobody_yet
    record(acting, "compte.connexion", user)


@transaction.atomic
def close_other_sessions(user: User) -> None:
    """Every session of the person ends; the screen keeps its own."""
    User.objects.filter(pk=user.pk).update(generation_sessions=F("generation_sessions") + 1)
    user.refresh_from_db(fields=["generation_sessions"])
    record(Membership(user=user, organisation=Organisation()), "compte.sessions_fermees", user)


def is_locked(username: str) -> bool:
    """Too many failures lately: not even the right password opens the account.

    Attempts on one account are judged one after the other (until the end of the request): sent all
    at once, they are no more than five. A locked one hashes a password all the same: an answer that
    comes sooner would say that the account exists.
    """
    user = User.objects.select_for_update().filter(username=username).first()
    until = user.bloque_jusqu_a if user else None
    if until is None or until <= timezone.now():
        return False
    make_password(username)
    return True


def record_failure(username: str) -> None:
    """Count a wrong password; the fifth in a row locks the account, which is journaled."""
    user = User.objects.select_for_update().filter(username=username).first()
    security_event("connexion refusée", user=user.pk if user else None)
    if user is None:
        return
    user.echecs += 1
    if user.echecs >= FAILURES_MAX:
        user.echecs, user.bloque_jusqu_a = 0, timezone.now() + LOCKED_FOR
        record(None, "compte.bloque", user)
        security_event("compte bloqué", user=user.pk)
    user.save(update_fields=["echecs", "bloque_jusqu_a"])
