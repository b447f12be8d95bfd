"""Passwords: asked again by who forgot it, chosen through a one-time link, changed."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from apps.accounts.links import INVITATION, OUBLI
from apps.accounts.models import Membership, Organisation, User
from apps.accounts.notices import SECRET, tell_owner
from apps.accounts.services.access import write_access
from apps.core import fence
from apps.core.models import CourrielEnvoye
from apps.journal.services import record

# A second request within this time sends nothing more: an address is not to be flooded.
AGAIN_AFTER = timedelta(minutes=5)


@transaction.atomic
def ask_new_password(courriel: str) -> None:
    """Send a link to the accounts of an address; says nothing of whether there are any."""
    users = User.objects.filter(email__iexact=courriel.strip(), is_active=True)
    for user in users.select_for_update().order_by("pk"):
        if not _written_lately(user):
            write_access(user, OUBLI if user.has_usable_password() else INVITATION)


@fence.system("asked before anybody is signed in")
def _written_lately(user: User) -> bool:
    return CourrielEnvoye.objects.filter(
        modele__in=(OUBLI, INVITATION),
        objet_id=user.pk,
        cree_le__gt=timezone.now() - AGAIN_AFTER,
    ).exists()


@transaction.atomic
def set_password(user: User, password: str, acting: Membership | None = None) -> None:
    """Keep the password chosen; whoever was locked out may sign in again.

    The owner of an account that had one already is told, whoever changed it.
    """
    if user.has_usable_password():
        tell_owner(user, SECRET, user.email)
    user.set_password(password)
    user.echecs, user.bloque_jusqu_a = 0, None
    user.save(update_fields=["password", "echecs", "bloque_jusqu_a"])
    author = acting or Membership(user=user, organisation=Organisation())
    record(author, "compte.mot_de_passe", user)
