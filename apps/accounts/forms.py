"""Forms of sign-in and of the choice of organisation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from apps.accounts.models import Membership
from apps.core.forms import Form, Formulaire


class ConnexionForm(Formulaire, AuthenticationForm):
    """Identifier and password; one message whichever of the two is wrong."""

    error_messages = {
        "invalid_login": (
            "L’identifiant ou le mot de passe est incorrect. Vérifiez-les et recommencez."
        ),
        "inactive": (
            "L’identifiant ou le mot de passe est incorrect. Vérifiez-les et recommencez."
        ),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Identifiant"


class OrganisationForm(Form):
    """For which organisation, and with which role, one acts."""

    habilitation = forms.TypedChoiceField(
        label="Organisation pour laquelle vous agissez",
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez l’organisation pour laquelle vous agissez."},
    )

    def __init__(self, *args: Any, memberships: list[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.memberships = {membership.pk: membership for membership in memberships}
        self.fields["habilitation"].choices = [  # type: ignore[attr-defined]
            (pk, f"{membership.organisation} – {membership.get_role_display()}")
            for pk, membership in self.memberships.items()
        ]

    @property
    def chosen(self) -> Membership:
        return self.memberships[self.cleaned_data["habilitation"]]
