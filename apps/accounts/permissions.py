"""Who may act for which organisation, and who manages the accounts."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from apps.accounts.models import Delegation, Membership, Organisation, Role, User
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


def can_manage_accounts(acting: Membership) -> Verdict:
    """Accounts, organisations and every membership are the administrator's."""
    if acting.has_role(Role.ADMINISTRATEUR):
        return ALLOWED
    return refused(
        "Les comptes et les organisations sont gérés par l’administrateur de l’extranet."
    )


def can_see_journal_state(acting: Membership) -> Verdict:
    """Its seals and verifications, not what it says of the cases."""
    if acting.has_role(Role.ADMINISTRATEUR):
        return ALLOWED
    return refused("L’état du journal est consulté par l’administrateur de l’extranet.")


def can_read_memberships(acting: Membership) -> Verdict:
    """The administrator reads all memberships, a responsable those of the structure."""
    if acting.has_role(Role.ADMINISTRATEUR, Role.RESPONSABLE):
        return ALLOWED
    return refused(
        "Les habilitations sont consultées par l’administrateur de l’extranet et, dans une "
        "structure, par son responsable."
    )


def can_manage_members(acting: Membership, organisation: Organisation) -> Verdict:
    """The administrator everywhere; in a structure, its responsable (spec 01 §1)."""
    if acting.has_role(Role.ADMINISTRATEUR):
        return ALLOWED
    if acting.has_role(Role.RESPONSABLE) and acting.organisation_id == organisation.pk:
        return ALLOWED
    return refused(
        "Les utilisateurs d’une structure sont gérés par son responsable, ceux des autres "
        "organisations par l’administrateur de l’extranet : adressez-lui votre demande."
    )


def can_change_membership(acting: Membership, membership: Membership) -> Verdict:
    """Nobody changes nor ends their own rights: an organisation never loses its last manager."""
    if verdict := can_manage_members(acting, membership.organisation):
        if membership.user_id == acting.user_id:
            return refused(
                "Vous ne pouvez pas modifier ni retirer votre propre habilitation : demandez-le "
                "à une autre personne qui gère les utilisateurs."
            )
        return ALLOWED
    return verdict


def can_change_account(acting: Membership, user: User) -> Verdict:
    """The administrator changes every account; closing one’s own is refused."""
    if verdict := can_manage_accounts(acting):
        if user.pk == acting.user_id:
            return refused("Vous ne pouvez pas désactiver votre propre compte.")
        return ALLOWED
    return verdict


def can_reset_second_factor(acting: Membership, user: User) -> Verdict:
    """Nobody resets their own: it would make it worth nothing."""
    if verdict := can_manage_accounts(acting):
        if user.pk == acting.user_id:
            return refused(
                "Vous ne pouvez pas réinitialiser votre propre second facteur : demandez-le à un "
                "autre administrateur, ou remplacez-le depuis votre profil."
            )
        return ALLOWED
    return verdict


def can_sign(acting: Membership, on: date) -> Verdict:
    """A département decides by the hand of who holds a delegation that day (convention, art. 6)."""
    held = Delegation.objects.filter(organisation=acting.organisation_id, user=acting.user_id)
    if any(delegation.covers(on) for delegation in held):
        return ALLOWED
    return refused(
        f"Aucune délégation de signature à votre nom n’est valable le {on:%d/%m/%Y} : "
        "faites-la enregistrer avant de décider."
    )


def can_send_access(acting: Membership, user: User) -> Verdict:
    """The administrator to anybody; a responsable to the people of the structure."""
    if acting.has_role(Role.ADMINISTRATEUR):
        return ALLOWED
    members = Membership.objects.open(timezone.localdate()).filter(
        organisation=acting.organisation_id, user=user
    )
    if acting.has_role(Role.RESPONSABLE) and members.exists():
        return ALLOWED
    return refused("Seul le responsable de la structure renvoie l’invitation d’un utilisateur.")
