"""Accounts and organisations, kept by the administrator; preferences, kept by each person."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from apps.accounts.models import Membership, Nature, Organisation, User
from apps.accounts.notices import ADRESSE, tell_owner
from apps.accounts.permissions import can_change_account, can_manage_accounts
from apps.accounts.services.memberships import lock_rights
from apps.core.errors import Refus
from apps.journal.services import record

# The organisation of a structure is made with the structure.
CREATABLE = (
    Organisation.Type.DDETS,
    Organisation.Type.CD,
    Organisation.Type.ASP,
    Organisation.Type.ADMIN,
)


@transaction.atomic
def create_organisation(
    acting: Membership, *, type: str, nom: str, departement: str = ""
) -> Organisation:
    """A DDETS with its territory, a département, the ASP or an administration."""
    can_manage_accounts(acting).enforce()
    if type not in CREATABLE:
        raise Refus("L’organisation d’une structure est créée avec elle, par la DDETS ou l’ASP.")
    is_ddets = type == Organisation.Type.DDETS
    if is_ddets and not departement:
        raise Refus("Indiquez le département de la DDETS : il délimite ce qu’elle voit.")
    if Organisation.objects.filter(type=type, nom__iexact=nom.strip()).exists():
        raise Refus(f"L’organisation « {nom.strip()} » existe déjà.")
    organisation = Organisation.objects.create(
        type=type, nom=nom.strip(), departement=departement if is_ddets else ""
    )
    record(acting, "organisation.creee", organisation, apres={"type": type, "nom": nom.strip()})
    return organisation


@transaction.atomic
def update_account(acting: Membership, user: User, *, prenom: str, nom: str, email: str) -> User:
    """Name and address of a person; the identifier does not change."""
    can_manage_accounts(acting).enforce()
    user = _locked(user)
    after = {"prenom": prenom.strip(), "nom": nom.strip(), "email": email.strip().lower()}
    before = {name: getattr(user, name) for name in after}
    changed = [name for name in after if before[name] != after[name]]
    others = User.objects.filter(email__iexact=after["email"], is_active=True)
    if "email" in changed and after["email"] and others.exclude(pk=user.pk).exists():
        raise Refus("Cette adresse électronique est celle d’un autre compte.")
    if changed:
        for name in changed:
            setattr(user, name, after[name])
        user.save(update_fields=changed)
        if "email" in changed:
            tell_owner(user, ADRESSE, before["email"])
        # What changed, not the values: the journal outlives personal data.
        names = ", ".join(str(User._meta.get_field(name).verbose_name) for name in changed)
        record(acting, "compte.modifie", user, apres={"modification": names})
    return user


@transaction.atomic
def deactivate_account(acting: Membership, user: User) -> None:
    """Close an account: sessions end at once, the journal keeps its name."""
    lock_rights(acting)
    can_change_account(acting, user).enforce()
    _set_active(acting, user, False, "compte.desactive", "Ce compte est déjà désactivé.")


@transaction.atomic
def activate_account(acting: Membership, user: User) -> None:
    """Open an account again, with the memberships still in force."""
    can_change_account(acting, user).enforce()
    _set_active(acting, user, True, "compte.reactive", "Ce compte est déjà actif.")


@transaction.atomic
def unlock_account(acting: Membership, user: User) -> None:
    """Let a person try again without waiting, after too many wrong passwords."""
    can_manage_accounts(acting).enforce()
    user = _locked(user)
    if user.bloque_jusqu_a is None:
        raise Refus("Ce compte n’est pas bloqué.")
    user.echecs, user.bloque_jusqu_a = 0, None
    user.save(update_fields=["echecs", "bloque_jusqu_a"])
    record(acting, "compte.debloque", user)


def save_preferences(user: User, natures: Collection[str]) -> None:
    """Which natures of notifications this person also receives by e-mail."""
    user.sans_courriel = [nature for nature in Nature.values if nature not in natures]
    user.save(update_fields=["sans_courriel"])


def _set_active(acting: Membership, user: User, active: bool, action: str, already: str) -> None:
    user = _locked(user)
    if user.is_active == active:
        raise Refus(already)
    user.is_active = active
    user.save(update_fields=["is_active"])
    record(acting, action, user)


def _locked(user: User) -> User:
    return User.objects.select_for_update().get(pk=user.pk)
