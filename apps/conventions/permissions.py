"""Who may record financeurs, CAOM, conventions de mandat and conventions IAE (spec 01 §1).

The ASP keeps what binds it (mandates, financeurs); the DDETS keeps what the State signs on its
territory (CAOM, conventions IAE). Enforced by `services`, shown by the screens.
"""

from __future__ import annotations

from apps.accounts.models import Membership, Role
from apps.conventions.models import Financeur
from apps.core.verdicts import ALLOWED, Verdict, refused
from apps.siae.models import Siae


def can_record(acting: Membership) -> Verdict:
    """Whether the screens that record a CAOM or a convention are for this role."""
    if acting.has_role(Role.GESTIONNAIRE, Role.INSTRUCTEUR):
        return ALLOWED
    return refused("Seules l’ASP et la DDETS enregistrent les CAOM et les conventions.")


def can_manage_financeurs(acting: Membership) -> Verdict:
    if acting.has_role(Role.GESTIONNAIRE):
        return ALLOWED
    return refused("Seul un gestionnaire de l’ASP peut enregistrer un financeur.")


def can_manage_mandat(acting: Membership) -> Verdict:
    if acting.has_role(Role.GESTIONNAIRE):
        return ALLOWED
    return refused("Seul un gestionnaire de l’ASP peut enregistrer une convention de mandat.")


def can_manage_caom(acting: Membership, financeur: Financeur) -> Verdict:
    if acting.has_role(Role.GESTIONNAIRE):
        return ALLOWED
    if not acting.has_role(Role.INSTRUCTEUR):
        return refused("Seules l’ASP et la DDETS peuvent enregistrer une CAOM.")
    if acting.organisation.departement != financeur.code:
        return refused("Cette CAOM relève d’un autre département que le vôtre.")
    return ALLOWED


def can_manage_convention(acting: Membership, siae: Siae) -> Verdict:
    if acting.has_role(Role.GESTIONNAIRE):
        return ALLOWED
    if not acting.has_role(Role.INSTRUCTEUR):
        return refused("Seules l’ASP et la DDETS peuvent enregistrer une convention.")
    if acting.organisation.departement != siae.structure.departement:
        return refused("Cette structure relève d’un autre département que le vôtre.")
    return ALLOWED
