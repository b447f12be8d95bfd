"""What a password may not be, and the password asked again before an address changes."""

from __future__ import annotations

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from apps.accounts.models import Role
from tests.factories import PASSWORD, make_membership, make_organisation, make_user


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("court-7!", "trop court"),
        ("x7" * 65, "trop long"),
        ("Extranet-IAE-2023", "mots du service"),
        ("motdepasse123456", "mots du service"),
        ("Insertion!Inclusion!", "mots du service"),
        ("asp.ddets.2024.asp", "mots du service"),
        ("Jardins-Morinie-2023", "mots du service"),
        ("Dominique-Personne", "votre nom"),
        ("personne2023!", "trop semblable"),
    ],
)
def test_a_password_that_others_would_try_is_refused(db, password, said) -> None:
    structure = make_organisation("SIAE", nom="Les Jardins de la Morinie")
    user = make_user("zoe", prenom="Dominique", nom="Personne")
    make_membership(Role.SAISIE, structure, user)
    with pytest.raises(ValidationError) as refused:
        validate_password(password, user)
    assert said in " ".join(refused.value.messages)


@pytest.mark.parametrize(
    "password", ["quatre chevaux sous la pluie", "k7#asp9Qz!2mT4xw", "l’extranet ronronne fort"]
)
def test_a_word_of_the_service_among_others_is_not(db, password) -> None:
    validate_password(password, make_user())


def test_an_administrator_gives_the_password_to_change_an_address(db, client: Client) -> None:
    admin = make_membership(Role.ADMINISTRATEUR)
    user = make_user(email="avant@exemple.fr", nom="Avant")
    client.force_login(admin.user)
    values = {"prenom": user.prenom, "nom": "Après", "email": "avant@exemple.fr"}
    assert client.post(f"/comptes/{user.pk}/modifier/", values).status_code == 302
    for typed in ("", "faux"):
        changed = values | {"email": "apres@exemple.fr", "mot_de_passe": typed}
        page = client.post(f"/comptes/{user.pk}/modifier/", changed)
        assert "Ce n’est pas votre mot de passe." in page.text
    user.refresh_from_db()
    assert (user.nom, user.email) == ("Après", "avant@exemple.fr")
    client.post(f"/comptes/{user.pk}/modifier/", changed | {"mot_de_passe": PASSWORD})
    user.refresh_from_db()
    assert user.email == "apres@exemple.fr"
