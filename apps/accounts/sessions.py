"""What a session knows: when it was opened, when it was last used, which second factor was given.

Kept in the session itself, read at each request by the middleware, written by the sign-in screens.
A session made otherwise (tests, sign-ins from before) is as old as the last sign-in of its person.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from apps.accounts.models import Membership, Organisation, User

OPENED, SEEN, VERIFIED = "ouverte_le", "vue_le", "second_facteur"
# A request writes the session again only when the last writing is older than this, in seconds.
WRITTEN_EVERY = 60
PROCONNECT = "proconnect"
# What is still to be given before anything is reached.
CODE, ENROLEMENT = "code", "enrolement"
COMPULSORY_FOR = (Organisation.Type.ASP, Organisation.Type.DDETS, Organisation.Type.ADMIN)


def begin(session: SessionBase) -> None:
    """A session that has just been opened by a password or by ProConnect."""
    session[OPENED] = session[SEEN] = _now()


def remaining(session: SessionBase, user: User) -> int:
    """Seconds before the session ends if nothing is done; 0 or below when it has ended."""
    opened = session.get(OPENED, _signed_in(user))
    seen = session.get(SEEN, opened)
    ends = min(seen + settings.SESSION_IDLE_SECONDS, opened + settings.SESSION_COOKIE_AGE)
    return int(ends - _now())


def renew(session: SessionBase, user: User, *, at_once: bool = False) -> None:
    """Something was done: the idle time begins again, written at most once a minute."""
    opened = session.get(OPENED, _signed_in(user))
    if at_once or _now() - session.get(SEEN, opened) >= WRITTEN_EVERY:
        session[OPENED], session[SEEN] = opened, _now()


def mark_verified(session: SessionBase, user: User, by: str = "") -> None:
    """The second factor was given: this one, or that of ProConnect."""
    session[VERIFIED] = by or _mark(user.second_facteur_le)


def awaited(session: SessionBase, user: User, memberships: Collection[Membership]) -> str:
    """`CODE` when the person has a second factor to give, `ENROLEMENT` when one is to be made.

    Empty when nothing more is asked. A factor replaced or reset is to be given again.
    """
    given = session.get(VERIFIED)
    if given == PROCONNECT:
        return ""
    if user.second_facteur_le:
        return "" if given == _mark(user.second_facteur_le) else CODE
    return ENROLEMENT if is_compulsory(memberships) else ""


def is_compulsory(memberships: Collection[Membership]) -> bool:
    """For whoever holds one membership of the ASP, of a DDETS or of the administration."""
    return settings.SECOND_FACTOR_REQUIRED and any(
        membership.organisation_type in COMPULSORY_FOR for membership in memberships
    )


def _mark(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _signed_in(user: User) -> float:
    return user.last_login.timestamp() if user.last_login else 0.0


def _now() -> float:
    return timezone.now().timestamp()
