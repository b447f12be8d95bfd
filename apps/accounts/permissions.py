"""Who may act for which organisation, and who manages the accounts."""

from __future__ import annotations

from datetime import date

from apps.accounts.models import Membership, Role, User
from apps.core.verdicts import ALLOWED, Verdict, refused


def can_act_as(user: User, membership: Membership, on: date) -> Verdict:
    """A person acts only through a membership of their own, in force that day."""
    ended = membership.fin is not None and membership.fin < on
    if membership.user_id != user.pk or ended or membership.debut > on:
        return refused(
            "Cette habilitation n’est pas la vôtre ou n’est plus en vigueur. "
            "Choisissez une autre organisation."
        )
    return ALLOWED


def can_read_memberships(acting: Membership) -> Verdict:
    """Accounts and roles are the administrator's."""
    if acting.has_role(Role.ADMINISTRATEUR):
        return ALLOWED
    return refused("Seul l’administrateur de l’extranet consulte les habilitations.")
