"""Who may notify and validate a modulated part: the DDETS decides it, the ASP validates it."""

from __future__ import annotations

from apps.accounts.models import Membership, Role
from apps.annexes.models import AnnexeFinanciere
from apps.core.verdicts import ALLOWED, Verdict, refused
from apps.payments.models import PartModulee


def can_read_modulation(acting: Membership) -> Verdict:
    """The State's money: a département has no part in it."""
    if acting.is_asp or acting.is_ddets or acting.is_siae:
        return ALLOWED
    return refused("La part modulée est financée par l’État seul.")


def can_notify_modulation(acting: Membership, annexe: AnnexeFinanciere) -> Verdict:
    if not acting.has_role(Role.INSTRUCTEUR):
        return refused("Seul un instructeur de la DDETS notifie une part modulée.")
    if acting.organisation.departement != annexe.siae.structure.departement:
        return refused("Cette annexe relève d’un autre département que le vôtre.")
    return ALLOWED


def can_decide_modulation(acting: Membership, part: PartModulee) -> Verdict:
    if not acting.has_role(Role.GESTIONNAIRE):
        return refused("Seul un gestionnaire de l’ASP valide ou refuse une part modulée.")
    if part.proposee_par_id == acting.user_id:
        return refused("Vous avez notifié cette part modulée : une autre personne doit la valider.")
    return ALLOWED
