"""Who may do what to the management fees: prepared by one, issued by another, cashed by a third.

The database holds the four eyes as constraints (models/frais.py). Called by the services, which
enforce, and by the screens.
"""

from __future__ import annotations

from apps.accounts.models import Membership, Role
from apps.core.verdicts import ALLOWED, Verdict, refused
from apps.payments.models import AvisTarif, FactureFrais


def can_read_fees(acting: Membership) -> Verdict:
    if acting.is_asp or acting.is_cd:
        return ALLOWED
    return refused("Les frais de gestion ne concernent que l’ASP et les départements.")


def can_prepare_fees(acting: Membership | None) -> Verdict:
    """`acting` None is the product's own schedule."""
    if acting is None or acting.has_role(Role.GESTIONNAIRE):
        return ALLOWED
    return refused("Seul un gestionnaire de l’ASP peut préparer une facture de frais de gestion.")


def can_issue_fees(acting: Membership, facture: FactureFrais) -> Verdict:
    if not acting.has_role(Role.ORDONNATEUR):
        return refused("Seul un ordonnateur de l’ASP peut émettre une facture de frais de gestion.")
    if facture.preparee_par_id == acting.user_id:
        return refused("Vous avez préparé cette facture : une autre personne doit l’émettre.")
    return ALLOWED


def can_discard_fees(acting: Membership, facture: FactureFrais) -> Verdict:
    if acting.has_role(Role.GESTIONNAIRE, Role.ORDONNATEUR):
        return ALLOWED
    return refused("Seul un gestionnaire ou un ordonnateur de l’ASP peut abandonner une facture.")


def can_receive_fees(acting: Membership, facture: FactureFrais) -> Verdict:
    if acting.has_role(Role.COMPTABLE):
        return ALLOWED
    return refused("Seul l’agent comptable enregistre ce que paie un département.")


def can_notify_tarif(acting: Membership, avis: AvisTarif) -> Verdict:
    if not acting.has_role(Role.ORDONNATEUR):
        return refused("Seul un ordonnateur de l’ASP notifie les tarifs des frais de gestion.")
    if avis.prepare_par_id == acting.user_id:
        return refused("Vous avez préparé cet avis : une autre personne doit le notifier.")
    return ALLOWED
