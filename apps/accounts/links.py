"""The one-time link by which a person chooses a password, and the e-mails that carry it.

The token is Django's: a signature of the password, the last sign-in and the time, so that it is
worth nothing once used. Seven days for somebody who has no password yet, one for a forgotten one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import base36_to_int, urlsafe_base64_encode

from apps.accounts.models import User
from apps.core import mail
from apps.core.models import CourrielEnvoye

INVITATION, HABILITATION, OUBLI = "invitation", "habilitation", "mot_de_passe"
SUJETS = {
    INVITATION: "Votre accès à l’extranet",
    HABILITATION: "Une habilitation vous est ouverte",
    OUBLI: "Choisir un nouveau mot de passe",
}
FORGOTTEN_FOR = timedelta(days=1)


class OneTimeLinks(PasswordResetTokenGenerator):
    """Django's tokens, shorter for a password that is forgotten than for a first one.

    Worth nothing for an account that has been closed.
    """

    def check_token(self, user: Any, token: str | None) -> bool:
        if not super().check_token(user, token) or not user.is_active:
            return False
        made = base36_to_int(str(token).partition("-")[0])
        age = timedelta(seconds=self._num_seconds(self._now()) - made)  # type: ignore[attr-defined]
        return not user.has_usable_password() or age <= FORGOTTEN_FOR


links = OneTimeLinks()


def link_of(user: User) -> str:
    """The full address of the page where this person chooses a password."""
    return mail.site_link(
        reverse(
            "accounts:mot_de_passe_choisir",
            kwargs={
                "uidb64": urlsafe_base64_encode(force_bytes(user.pk)),
                "token": links.make_token(user),
            },
        )
    )


def _context(row: CourrielEnvoye) -> dict[str, Any] | None:
    user = User.objects.filter(pk=row.objet_id, is_active=True).first()
    if user is None:
        return None
    known = row.modele == HABILITATION
    first = not user.has_usable_password()
    return {
        "prenom": user.prenom,
        "identifiant": user.username,
        "deja_connu": known,
        "premier": first,
        "jours": settings.PASSWORD_RESET_TIMEOUT // 86400 if first else FORGOTTEN_FOR.days,
        "lien": mail.site_link(reverse("accounts:connexion")) if known else link_of(user),
    }


for _name in SUJETS:
    mail.MODELES[_name] = mail.Modele("emails/acces", _context)
