"""Who may take which restitution away.

The scope of the rows is `visible_to`; this says which files an organisation is offered at all.
"""

from __future__ import annotations

from apps.accounts.models import Membership
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
