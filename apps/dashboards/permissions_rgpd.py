"""Who may do what with personal data: rights requests, a person's file, contacts, destructions."""

from __future__ import annotations

from apps.accounts.models import Membership, Role
from apps.conventions.models import Financeur
from apps.core.verdicts import ALLOWED, Verdict, refused
from apps.dashboards.models import DemandeDroit, Destruction


def can_read_requests(acting: Membership) -> Verdict:
    """The structure and the ASP, which receive them; the département, which they are sent to."""
    if acting.is_siae or acting.is_asp or acting.is_cd:
        return ALLOWED
    return refused("Les demandes de droits sont suivies par la structure, l’ASP et le département.")


def can_record_request(acting: Membership) -> Verdict:
    if acting.is_siae or acting.has_role(Role.GESTIONNAIRE):
        return ALLOWED
    return refused(
        "Une demande de droits est enregistrée par la structure ou par un gestionnaire de l’ASP."
    )


def can_export_person(acting: Membership) -> Verdict:
    """Whoever records a request gathers what is held on the person."""
    if acting.is_siae or acting.has_role(Role.GESTIONNAIRE):
        return ALLOWED
    return refused(
        "Les données d’une personne sont réunies par la structure ou par un gestionnaire de l’ASP."
    )


def can_answer_request(acting: Membership, demande: DemandeDroit) -> Verdict:
    """The département answers for its beneficiaries, or has the ASP answer; the ASP otherwise."""
    if acting.has_role(Role.GESTIONNAIRE):
        return ALLOWED
    if acting.has_role(Role.DECIDEUR) and demande.transmise_le:
        return ALLOWED
    return refused(
        "La réponse est enregistrée par un gestionnaire de l’ASP, ou par un décideur du "
        "département à qui la demande a été transmise."
    )


def can_edit_contact(acting: Membership, financeur: Financeur) -> Verdict:
    if acting.has_role(Role.GESTIONNAIRE):
        return ALLOWED
    own = acting.organisation_id in (
        financeur.organisation_id,
        financeur.successeur and financeur.successeur.organisation_id,
    )
    if acting.has_role(Role.DECIDEUR) and own:
        return ALLOWED
    return refused(
        "Les contacts d’un département sont tenus par l’un de ses décideurs ou par un "
        "gestionnaire de l’ASP."
    )


def can_read_destructions(acting: Membership) -> Verdict:
    if acting.is_asp or acting.is_cd:
        return ALLOWED
    return refused("Les attestations de destruction sont remises par l’ASP au département.")


def can_propose_destruction(acting: Membership) -> Verdict:
    if acting.has_role(Role.GESTIONNAIRE):
        return ALLOWED
    return refused("Une destruction de données est proposée par un gestionnaire de l’ASP.")


def can_sign_destruction(acting: Membership, destruction: Destruction) -> Verdict:
    """Four eyes: an agent comptable who has not proposed it (database constraint besides)."""
    if not acting.has_role(Role.COMPTABLE):
        return refused("Une destruction de données est signée par l’agent comptable de l’ASP.")
    if destruction.proposee_par_id == acting.user_id:
        return refused("Vous avez proposé cette destruction : une autre personne doit la signer.")
    return ALLOWED
