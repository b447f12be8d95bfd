"""Who may read the history of a recovery order: the ASP, the State, the département it is for."""

from __future__ import annotations

from apps.accounts.models import Membership
from apps.core.verdicts import ALLOWED, Verdict, refused


def can_read_history(acting: Membership) -> Verdict:
    if acting.is_asp or acting.is_ddets or acting.is_cd:
        return ALLOWED
    return refused("L’historique des ordres est réservé à l’ASP et aux financeurs.")
