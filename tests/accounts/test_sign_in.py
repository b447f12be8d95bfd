"""Signing in, choosing for whom to act, and what every page shows of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.middleware import SESSION_KEY
from apps.accounts.models import Membership, Role
from apps.accounts.services import choose_membership
from apps.core.errors import Refus
from apps.journal.models import Entree
from tests.factories import PASSWORD, make_membership, make_organisation, make_user

WRONG = "L’identifiant ou le mot de passe est incorrect. Vérifiez-les et recommencez. Après cinq "


def sign_in(client: Client, username: str, password: str = PASSWORD, next: str = ""):
    return client.post("/connexion/", {"username": username, "password": password, "next": next})


def test_a_person_signs_in_and_it_is_journaled(db: None, client: Client) -> None:
    membership = make_membership(Role.GESTIONNAIRE)
    answer = sign_in(client, membership.user.username)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    (entry,) = Entree.objects.all()
    assert (entry.action, entry.utilisateur, entry.organisation, entry.role) == (
        "compte.connexion",
        membership.user,
        membership.organisation.nom,
        "GESTIONNAIRE",
    )


def test_a_person_of_two_organisations_signs_in_before_choosing(db: None, client: Client) -> None:
    user = make_user()
    make_membership(Role.GESTIONNAIRE, user=user)
    make_membership(Role.LECTEUR, user=user)
    sign_in(client, user.username)
    (entry,) = Entree.objects.all()
    assert (entry.action, entry.utilisateur, entry.organisation) == ("compte.connexion", user, "")
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/organisation/")


@pytest.mark.parametrize("password", ["autre chose", ""])
def test_a_wrong_password_is_refused_without_saying_what_is_wrong(
    db: None, client: Client, password: str
) -> None:
    user = make_membership().user
    known = sign_in(client, user.username, password)
    unknown = sign_in(client, "personne d’autre", password)
    assert known.status_code == unknown.status_code == 200
    expected = WRONG if password else "Saisissez votre mot de passe."
    assert expected in known.text
    assert expected in unknown.text
    assert "_auth_user_id" not in client.session
    assert not Entree.objects.exists()


def test_an_inactive_account_is_refused_like_a_wrong_password(db: None, client: Client) -> None:
    user = make_membership(user=make_user(is_active=False)).user
    assert WRONG in sign_in(client, user.username).text
    assert "_auth_user_id" not in client.session


def test_sign_in_does_not_lead_to_another_site(db: None, client: Client) -> None:
    user = make_membership().user
    assert sign_in(client, user.username, next="https://exemple.org/")["Location"] == "/"


def test_signing_out_needs_a_post(db: None, client: Client) -> None:
    client.force_login(make_membership().user)
    assert client.get("/deconnexion/").status_code == 405
    assert "_auth_user_id" in client.session
    assert client.post("/deconnexion/")["Location"] == "/connexion/"
    assert "_auth_user_id" not in client.session


def test_one_chooses_for_whom_to_act_and_it_is_journaled(db: None, client: Client) -> None:
    user = make_user()
    make_membership(Role.GESTIONNAIRE, user=user)
    chosen = make_membership(Role.LECTEUR, make_organisation("CD", nom="Pas-de-Calais"), user)
    client.force_login(user)
    answer = client.post("/organisation/", {"habilitation": chosen.pk}, follow=True)
    assert client.session[SESSION_KEY] == chosen.pk
    assert "Vous agissez désormais pour Pas-de-Calais." in answer.text
    (entry,) = Entree.objects.all()
    assert (entry.action, entry.organisation) == (
        "compte.organisation_choisie",
        "Pas-de-Calais",
    )
    header = client.get("/profil/").text
    assert 'aria-label="Organisation pour laquelle agir"' in header
    assert f'<option value="{chosen.pk}" selected>Pas-de-Calais – Lecteur</option>' in header


def test_another_person_s_membership_cannot_be_chosen(db: None, client: Client) -> None:
    user = make_membership().user
    other = make_membership(Role.COMPTABLE)
    client.force_login(user)
    answer = client.post("/organisation/", {"habilitation": other.pk})
    assert answer.status_code == 200
    assert SESSION_KEY not in client.session
    assert not Entree.objects.exists()


@pytest.mark.parametrize("when", ["ended", "future", "other"])
def test_the_service_itself_refuses_a_membership_not_in_force(
    db: None, client: Client, when: str
) -> None:
    today = timezone.localdate()
    dates = {
        "ended": {"fin": today - timedelta(days=1)},
        "future": {"debut": today + timedelta(days=1)},
        "other": {},
    }[when]
    membership = make_membership(Role.GESTIONNAIRE, **dates)
    user = make_user() if when == "other" else membership.user
    session: dict = {}
    with pytest.raises(Refus, match="n’est pas la vôtre ou n’est plus en vigueur"):
        choose_membership(user, membership, session)
    assert session == {}
    assert not Entree.objects.exists()


def test_a_membership_withdrawn_has_no_effect_any_longer(db: None, client: Client) -> None:
    """Read again at each request, not kept in the session."""
    membership = make_membership(Role.ADMINISTRATEUR)
    client.force_login(membership.user)
    assert client.get("/habilitations/").status_code == 200
    yesterday = timezone.localdate() - timedelta(days=1)
    Membership.objects.filter(pk=membership.pk).update(fin=yesterday)
    answer = client.get("/habilitations/")
    assert (answer.status_code, answer["Location"]) == (302, "/organisation/")
    assert "Aucune habilitation en vigueur" in client.get("/organisation/").text


def test_a_person_of_one_organisation_is_not_offered_to_change(db: None, client: Client) -> None:
    client.force_login(make_membership().user)
    assert "Organisation pour laquelle agir" not in client.get("/profil/").text


def test_the_list_of_memberships_is_the_administrator_s(db: None, client: Client) -> None:
    client.force_login(make_membership(Role.COMPTABLE).user)
    answer = client.get("/habilitations/")
    assert answer.status_code == 403
    assert "Accès refusé" in answer.text


def test_the_accounts_of_the_demonstration_are_shown_there_only(
    db: None, client: Client, settings
) -> None:
    assert "Démonstration" not in client.get("/connexion/").text
    settings.DEMO_ACCOUNTS, settings.DEMO_PASSWORD = (("ddets", "DDETS"),), "mot-de-la-demo"
    page = client.get("/connexion/").text
    assert "<code>ddets</code>" in page
    assert "mot-de-la-demo" in page
