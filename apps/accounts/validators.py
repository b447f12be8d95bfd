"""Rules of a password that are this service's own, beside Django's (settings).

Words that one would try first (the person's name, the service, their organisation) do not count:
what remains must be long enough to be a password. No change is ever forced by a date.
"""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.accounts.models import Membership
from apps.core.sorting import without_accents

# fmt: off
WORDS = (
    "extranet", "insertion", "inclusion", "structure", "siae", "annexe", "financiere",
    "departement", "departemental", "conseil", "prefecture", "ddets", "asp", "iae", "etat",
    "france", "republique", "chantier", "atelier", "entreprise", "association", "motdepasse",
    "password", "azerty", "qwerty", "bonjour", "soleil", "bienvenue", "administrateur", "admin",
)
# fmt: on
# Letters that must remain once these words and the figures are taken away.
LETTERS_LEFT = 6


class MaximumLengthValidator:
    """A password longer than this would only be work for the server."""

    def __init__(self, max_length: int = 128) -> None:
        self.max_length = max_length

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > self.max_length:
            raise ValidationError(
                f"Ce mot de passe est trop long : {self.max_length} caractères au plus.",
                code="password_too_long",
            )

    def get_help_text(self) -> str:
        return f"Le mot de passe compte {self.max_length} caractères au plus."


class ServiceWordsValidator:
    """A password made of one's name, of words of the service or of one's organisation."""

    def validate(self, password: str, user: Any = None) -> None:
        typed = re.sub(r"[^a-z]", "", without_accents(password))
        rest = typed
        for word in sorted({*WORDS, *_of_person(user)}, key=len, reverse=True):
            rest = rest.replace(word, "")
        if rest != typed and len(rest) < LETTERS_LEFT:
            raise ValidationError(
                "Ce mot de passe est fait de votre nom, ou de mots du service ou de votre "
                "organisation, que l’on essaierait d’abord : choisissez-en d’autres.",
                code="password_service_words",
            )

    def get_help_text(self) -> str:
        return "Le mot de passe n’est pas fait de mots du service, ni de votre nom."


def _of_person(user: Any) -> set[str]:
    """Words of four letters or more in the names of a person and of their organisations."""
    if user is None:
        return set()
    names = [user.prenom, user.nom, user.username]
    if user.pk is not None:
        held = Membership.objects.active(timezone.localdate()).filter(user=user)
        names += held.values_list("organisation__nom", flat=True)
    return {word for name in names for word in re.findall(r"[a-z]{4,}", without_accents(name))}
