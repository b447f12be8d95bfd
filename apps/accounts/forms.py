"""Forms of sign-in, passwords, choice of organisation, people and organisations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm
from django.core.exceptions import ValidationError

from apps.accounts import services
from apps.accounts.models import ROLES_BY_TYPE, Membership, Nature, Organisation, User
from apps.accounts.services.accounts import CREATABLE
from apps.core.clock import today
from apps.core.forms import Form, Formulaire, ModelForm

WRONG = (
    "L’identifiant ou le mot de passe est incorrect. Vérifiez-les et recommencez. "
    "Après cinq échecs, le compte refuse toute connexion pendant quinze minutes."
)
REGLES = (
    "De 12 à 128 caractères, sans votre nom ni votre identifiant ; ni un mot courant, ni des mots "
    "du service ou de votre organisation."
)


class ConnexionForm(Formulaire, AuthenticationForm):
    """Identifier and password; one message whichever is wrong, or when the account rests."""

    error_messages = {"invalid_login": WRONG, "inactive": WRONG}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Identifiant"
        self.fields[
            "username"
        ].help_text = "Celui de votre invitation, le plus souvent votre adresse électronique."
        self.fields["username"].error_messages["required"] = "Saisissez votre identifiant."
        self.fields["password"].error_messages["required"] = "Saisissez votre mot de passe."

    def clean(self) -> dict[str, Any]:
        username = self.cleaned_data.get("username", "")
        if services.is_locked(username):
            raise self.get_invalid_login_error()
        try:
            return super().clean()
        except ValidationError:
            services.record_failure(username)
            raise


class MotDePasseForm(Form):
    """The password once more, before what touches the safety of one's own account."""

    mot_de_passe = forms.CharField(
        label="Votre mot de passe",
        strip=False,
        max_length=128,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
        error_messages={"required": "Saisissez votre mot de passe."},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_mot_de_passe(self) -> str:
        return check_password(self.user, self.cleaned_data["mot_de_passe"])


def check_password(user: User, typed: str) -> str:
    """The password typed, when it is the person's own; wrong ones count as at the sign-in."""
    if not user.has_usable_password():
        raise ValidationError(
            "Votre compte n’a pas de mot de passe : choisissez-en un avec « Mot de passe oublié » "
            "sur la page de connexion, puis recommencez."
        )
    if services.is_locked(user.username):
        raise ValidationError("Trop de mots de passe erronés : recommencez dans quinze minutes.")
    if not user.check_password(typed):
        services.record_failure(user.username)
        raise ValidationError("Ce n’est pas votre mot de passe.")
    return typed


class CodeForm(Form):
    """Six digits of the application."""

    code = forms.CharField(
        label="Code à six chiffres",
        max_length=12,
        help_text="Celui que votre application affiche en ce moment.",
        widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": "Saisissez le code à six chiffres."},
    )


class SecoursForm(Form):
    code = forms.CharField(
        label="Code de secours",
        max_length=20,
        help_text="Douze lettres et chiffres, par exemple ABCD-EFGH-2345. Il ne sert qu’une fois.",
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": "Saisissez un code de secours."},
    )


class EnrolementForm(MotDePasseForm, CodeForm):
    """A first code and, in a session already open, the password."""


class CourrielForm(Form):
    """Address of who has forgotten the password."""

    courriel = forms.EmailField(
        label="Adresse électronique",
        help_text="Celle de votre compte, par exemple prenom.nom@exemple.fr",
        widget=forms.EmailInput({"autocomplete": "email"}),
    )


class ChoisirMotDePasseForm(Formulaire, SetPasswordForm):
    """A password typed twice, through the one-time link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].label = "Nouveau mot de passe"
        self.fields["new_password1"].help_text = REGLES
        self.fields["new_password2"].label = "Le même mot de passe, une seconde fois"
        self.fields["new_password2"].help_text = ""


class ChangerMotDePasseForm(ChoisirMotDePasseForm, PasswordChangeForm):
    """The same, from the profile: the current password is asked first."""

    field_order = ("old_password", "new_password1", "new_password2")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = "Mot de passe actuel"


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


class PreferencesForm(Form):
    """What also comes by e-mail, nature by nature."""

    natures = forms.MultipleChoiceField(
        label="Recevoir aussi par courriel les notifications sur",
        help_text="Toutes restent dans la page Notifications.",
        choices=Nature.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    mark_optional = False


class InvitationForm(Form):
    """A person, her address and the role she is given in an organisation."""

    courriel = forms.EmailField(
        label="Adresse électronique", help_text="L’invitation y est envoyée."
    )
    prenom = forms.CharField(label="Prénom", max_length=80)
    nom = forms.CharField(label="Nom", max_length=80)
    role = forms.ChoiceField(label="Rôle")
    debut = forms.DateField(label="À partir du")

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        kwargs["initial"] = {"debut": today()} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        roles = ROLES_BY_TYPE[organisation.type]
        choices = [(role.value, role.label) for role in roles]
        empty = [("", "À choisir")] if len(choices) > 1 else []
        self.fields["role"].choices = empty + choices  # type: ignore[attr-defined]


class RoleForm(Form):
    """Another role in the same organisation."""

    role = forms.ChoiceField(label="Nouveau rôle")

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [r for r in ROLES_BY_TYPE[membership.organisation_type] if r != membership.role]
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            ("", "À choisir"),
            *((role.value, role.label) for role in others),
        ]


class FinForm(Form):
    """Last day of a membership."""

    fin = forms.DateField(
        label="Dernier jour de l’habilitation",
        help_text="La date d’hier la retire immédiatement.",
    )


class CompteForm(ModelForm):
    """Name and address of a person; the administrator's password when the address changes."""

    mot_de_passe = forms.CharField(
        label="Votre mot de passe",
        help_text="Demandé pour changer l’adresse électronique, qui donne accès au compte.",
        required=False,
        strip=False,
        max_length=128,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )

    class Meta:
        model = User
        fields = ("prenom", "nom", "email")

    def __init__(self, *args: Any, author: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.author = author

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data.pop("mot_de_passe", "")
        if "email" in self.changed_data:
            try:
                check_password(self.author, typed)
            except ValidationError as error:
                self.add_error("mot_de_passe", error)
        return self.cleaned_data


class NouvelleOrganisationForm(Form):
    """An organisation that is not a structure."""

    type = forms.ChoiceField(
        label="Type d’organisation",
        choices=[("", "À choisir"), *((t.value, t.label) for t in CREATABLE)],
    )
    nom = forms.CharField(
        label="Nom", max_length=200, help_text="Par exemple DDETS du Pas-de-Calais"
    )
    departement = forms.RegexField(
        r"^[0-9A-Z]{3}\Z",
        strip=True,
        label="Département",
        required=False,
        help_text="Pour une DDETS, sur trois caractères : 062, 02A, 971",
        error_messages={"invalid": "Saisissez le département sur trois caractères, comme 062."},
    )
