"""Who may take which restitution away, and who renders the accounts of a mandate.

The scope of the rows is `visible_to`; this says which files an organisation is offered at all.
"""

from __future__ import annotations

from apps.accounts.models import Membership, Role
from apps.core.verdicts import ALLOWED, Verdict, refused
from apps.dashboards.models import CompteEmploi
from apps.dashboards.restitutions.restitution import Restitution


def can_export(acting: Membership, restitution: Restitution) -> Verdict:
    """The organisations it is made for, never the administration, which sees no case."""
    if acting.is_admin:
        return refused(
            "L’administration de l’extranet gère les comptes et n’a accès à aucun dossier : "
            "elle ne produit pas de restitution."
        )
    if acting.organisation_type not in restitution.audience:
        return refused(
            f"« {restitution.title} » n’est pas proposée à votre organisation : "
            "choisissez une autre restitution."
        )
    return ALLOWED


def can_read_thresholds(acting: Membership) -> Verdict:
    """Thresholds of the alerts are set by départements, each for itself."""
    if not acting.is_cd:
        return refused(
            "Les seuils des alertes sont fixés par chaque département pour ses propres alertes : "
            "les vôtres sont les seuils usuels."
        )
    return ALLOWED


def can_set_thresholds(acting: Membership) -> Verdict:
    """The décideurs of the département."""
    readable = can_read_thresholds(acting)
    if readable and not acting.has_role(Role.DECIDEUR):
        return refused("Seul un décideur du département peut modifier les seuils des alertes.")
    return readable


def can_schedule(acting: Membership, restitution: Restitution) -> Verdict:
    """Every file one may take away, except those of a single annex: they would end with it."""
    offered = can_export(acting, restitution)
    if offered and "annexe" in restitution.required:
        return refused(
            f"« {restitution.title} » porte sur une seule annexe : demandez-la depuis la page "
            "« Exports »."
        )
    return offered


def can_read_accounts(acting: Membership) -> Verdict:
    """The ASP, which renders the accounts, and the départements they are rendered to."""
    if acting.is_asp or acting.is_cd:
        return ALLOWED
    return refused("Les comptes d’emploi sont rendus par l’ASP à chaque département.")


def can_prepare_account(acting: Membership) -> Verdict:
    """Managers and accountants of the ASP; the ordonnateur does not keep the accounts."""
    if acting.has_role(Role.GESTIONNAIRE, Role.COMPTABLE):
        return ALLOWED
    return refused(
        "Un compte d’emploi est préparé par un gestionnaire ou par l’agent comptable de l’ASP."
    )


def can_sign_account(acting: Membership, compte: CompteEmploi) -> Verdict:
    """An accountant other than the person who prepared it (database constraint besides)."""
    if not acting.has_role(Role.COMPTABLE):
        return refused("Un compte d’emploi est signé par l’agent comptable de l’ASP.")
    if compte.prepare_par_id == acting.user_id:
        return refused("Vous avez préparé ce compte d’emploi : une autre personne doit le signer.")
    return ALLOWED
