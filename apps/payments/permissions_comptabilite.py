"""Who reads the ledger, reverses an entry, locks a period, grants a succession (spec 05 §2, §6).

The agent comptable keeps the accounts: locks, asks to open again, reverses. The ordonnateur
grants what needs a second person. The database holds the same separation as constraints.
"""

from __future__ import annotations

from apps.accounts.models import Membership, Role
from apps.core.errors import Refus
from apps.core.verdicts import ALLOWED, Verdict, refused
from apps.payments.models import Reouverture, Succession
from apps.payments.transitions_comptabilite import next_state_of


def can_read_accounts(acting: Membership) -> Verdict:
    if acting.is_asp or acting.is_cd:
        return ALLOWED
    return refused("La comptabilité est réservée à l’ASP et, pour sa part, au département.")


def can_read_locks(acting: Membership) -> Verdict:
    if acting.is_asp:
        return ALLOWED
    return refused("Les clôtures comptables sont réservées à l’ASP.")


def can_reverse(acting: Membership) -> Verdict:
    return _comptable(acting, "extourner une écriture")


def can_lock(acting: Membership) -> Verdict:
    return _comptable(acting, "verrouiller une période")


def can_ask_reopening(acting: Membership) -> Verdict:
    return _comptable(acting, "demander la réouverture d’un mois")


def can_decide_reopening(acting: Membership, demande: Reouverture) -> Verdict:
    if not acting.has_role(Role.ORDONNATEUR):
        return refused("Seul un ordonnateur de l’ASP peut décider de la réouverture d’un mois.")
    if demande.demandee_par_id == acting.user_id:
        return refused("Vous avez demandé cette réouverture : une autre personne doit en décider.")
    return _decidable(demande)


def can_propose_succession(acting: Membership) -> Verdict:
    if acting.has_role(Role.GESTIONNAIRE):
        return ALLOWED
    return refused("Seul un gestionnaire de l’ASP peut proposer la succession d’un département.")


def can_decide_succession(acting: Membership, succession: Succession) -> Verdict:
    if not acting.has_role(Role.ORDONNATEUR):
        return refused("Seul un ordonnateur de l’ASP peut décider d’une succession.")
    if succession.proposee_par_id == acting.user_id:
        return refused("Vous avez proposé cette succession : une autre personne doit en décider.")
    return _decidable(succession)


def _decidable(objet: Reouverture | Succession) -> Verdict:
    try:
        next_state_of(objet, "accorder")
    except Refus as refus:
        return refused(str(refus))
    return ALLOWED


def _comptable(acting: Membership, act: str) -> Verdict:
    if acting.has_role(Role.COMPTABLE):
        return ALLOWED
    return refused(f"Seul l’agent comptable peut {act}.")
