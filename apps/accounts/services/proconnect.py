"""The account of the extranet behind an identity of ProConnect.

The first time, the e-mail address that the provider has verified finds it; afterwards, the
identifier (`sub`) kept then, whatever the address becomes. No account is ever created.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction

from apps.accounts.models import Membership, Organisation, User
from apps.accounts.notices import PROCONNECT, tell_owner
from apps.accounts.permissions import can_manage_accounts
from apps.core.errors import Refus
from apps.journal.services import record

UNVERIFIED = (
    "ProConnect n’a pas donné d’adresse électronique vérifiée : vérifiez-la auprès de votre "
    "fournisseur d’identité, ou connectez-vous avec votre mot de passe."
)
UNKNOWN = (
    "Aucun compte actif de l’extranet n’a l’adresse électronique {address}. Demandez à la personne "
    "qui gère les utilisateurs de votre organisation de vous inviter à cette adresse."
)
INACTIVE = "Votre compte est désactivé : adressez-vous à l’administrateur de l’extranet."
OTHER_IDENTITY = (
    "Le compte de l’adresse {address} est associé à une autre identité ProConnect : demandez à "
    "l’administrateur de l’extranet de l’en dissocier."
)
SEVERAL = (
    "Plusieurs comptes ont l’adresse électronique {address} : connectez-vous avec votre "
    "identifiant et votre mot de passe."
)


@transaction.atomic
def account_of(claims: dict[str, Any]) -> User:
    """The active account of these claims; raises Refus with what to do when there is none."""
    linked = User.objects.filter(proconnect_sub=claims["sub"]).first()
    if linked:
        if not linked.is_active:
            raise Refus(INACTIVE)
        return linked
    address = str(claims.get("email") or "").strip()
    verified = claims.get("email_verified", settings.PROCONNECT_EMAIL_VERIFIED)
    if not address or verified is not True:
        raise Refus(UNVERIFIED)
    found = list(User.objects.select_for_update().filter(email__iexact=address, is_active=True))
    if not found:
        raise Refus(UNKNOWN.format(address=address))
    if len(found) > 1:
        raise Refus(SEVERAL.format(address=address))
    (user,) = found
    if user.proconnect_sub:
        raise Refus(OTHER_IDENTITY.format(address=address))
    user.proconnect_sub = claims["sub"]
    user.save(update_fields=["proconnect_sub"])
    record(Membership(user=user, organisation=Organisation()), "compte.proconnect_lie", user)
    tell_owner(user, PROCONNECT, user.email)
    return user


@transaction.atomic
def unlink_proconnect(acting: Membership, user: User) -> None:
    """The next sign-in by ProConnect looks for the account by its address again."""
    can_manage_accounts(acting).enforce()
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.proconnect_sub is None:
        raise Refus("Ce compte n’est pas associé à ProConnect.")
    user.proconnect_sub = None
    user.generation_sessions += 1
    user.save(update_fields=["proconnect_sub", "generation_sessions"])
    record(acting, "compte.proconnect_delie", user)
