"""Who may record financeurs, CAOM, conventions de mandat and conventions IAE (spec 01 §1).

The ASP keeps what binds it (mandates, financeurs); the DDETS keeps what the State signs on its
territory (CAOM, conventions IAE). Enforced by `services`, shown by the screens.
"""

from __future__ import annotations

from apps.accounts.models import Membership, Role
from apps.conventions.models import Financeur, ValeurReferentiel
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


def can_propose_valeur(acting: Membership) -> Verdict:
    if acting.has_role(Role.GESTIONNAIRE):
        return ALLOWED
    return refused("Seul un gestionnaire de l’ASP propose une valeur de référentiel.")


def can_decide_valeur(acting: Membership, valeur: ValeurReferentiel | None = None) -> Verdict:
    """Anybody of the ASP but the person who proposed; without a value, whether the page is hers."""
    if not acting.is_asp:
        return refused("Seule l’ASP approuve une valeur de référentiel.")
    if valeur is None:
        return ALLOWED
    if valeur.etat != ValeurReferentiel.Etat.PROPOSEE:
        return refused(
            "Cette valeur a déjà été décidée : pour la corriger, proposez-en une nouvelle."
        )
    if valeur.proposee_par_id == acting.user_id:
        return refused(
            "Vous avez proposé cette valeur : une autre personne de l’ASP doit l’approuver."
        )
    return ALLOWED
