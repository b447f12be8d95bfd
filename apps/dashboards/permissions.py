"""Who may take which restitution away.

The scope of the rows is `visible_to`; this says which files an organisation is offered at all.
"""

from __future__ import annotations

from apps.accounts.models import Membership, Role
from apps.core.verdicts import ALLOWED, Verdict, refused
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
