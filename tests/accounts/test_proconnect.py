"""Sign-in by ProConnect against a provider of this machine: what opens a session, what does not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from apps.accounts import services
from apps.accounts.models import Role, User
from apps.core.errors import Refus
from apps.journal.models import Entree
from tests.accounts.fake_provider import CLIENT, Provider
from tests.factories import make_membership, make_user

CALLBACK = "http://testserver/connexion/proconnect/retour/"
DOUBT = "La réponse de ProConnect n’a pas pu être vérifiée"


@pytest.fixture
def provider(settings) -> Iterator[Provider]:
    made = Provider()
    settings.PROCONNECT_ISSUER = made.issuer
    settings.PROCONNECT_CLIENT_ID = CLIENT["id"]
    settings.PROCONNECT_CLIENT_SECRET = CLIENT["secret"]
    yield made
    made.close()


@pytest.fixture
def zoe(db) -> User:
    user = make_user(email="Zoe@exemple.fr")
    make_membership(Role.LECTEUR, user=user)
    return user


def goes(client: Client, provider: Provider, next: str = "") -> dict[str, str]:
    query = {"next": next} if next else {}
    answer = client.post("/connexion/proconnect/", query_params=query)
    assert answer["Location"].startswith(f"{provider.issuer}/authorize?")
    return provider.authorize(answer["Location"])


def comes_back(client: Client, provider: Provider, next: str = ""):
    asked = goes(client, provider, next)
    return client.get("/connexion/proconnect/retour/", {"state": asked["state"], "code": "un-code"})


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def acts() -> list[str]:
    return list(Entree.objects.order_by("pk").values_list("action", flat=True))


def test_off_unless_the_three_settings_are_given(db, client: Client) -> None:
    assert "/connexion/proconnect/" not in client.get("/connexion/").text
    assert client.post("/connexion/proconnect/").status_code == 404


def test_no_link_of_another_site_opens_a_session(zoe, provider) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.get("/connexion/proconnect/").status_code == 405
    assert client.post("/connexion/proconnect/").status_code == 403
    assert 'action="/connexion/proconnect/"' in client.get("/connexion/").text


def test_a_person_signs_in_and_the_identity_is_kept(zoe, provider, client: Client) -> None:
    page = client.get("/connexion/?next=/profil/").text
    assert "S’identifier avec ProConnect" in page
    asked = goes(client, provider, "/profil/")
    assert asked["redirect_uri"] == CALLBACK
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert "openid email" in asked["scope"]
    before = client.session.session_key
    answer = client.get(
        "/connexion/proconnect/retour/", {"state": asked["state"], "code": "un-code"}
    )
    assert (answer.status_code, answer["Location"]) == (302, "/profil/")
    assert client.session.session_key != before
    assert client.get("/profil/").status_code == 200
    zoe.refresh_from_db()
    assert zoe.proconnect_sub == "sujet-1"
    assert acts() == ["compte.proconnect_lie", "compte.connexion"]


def test_afterwards_the_identity_is_enough_whatever_the_address(zoe, provider, client) -> None:
    User.objects.filter(pk=zoe.pk).update(proconnect_sub="sujet-1")
    make_user(email="autre@exemple.fr")
    provider.userinfo = {"email": "autre@exemple.fr"}
    comes_back(client, provider)
    assert client.session["_auth_user_id"] == str(zoe.pk)


def test_a_plain_userinfo_is_read_too(zoe, provider, client: Client) -> None:
    provider.signed_userinfo = False
    comes_back(client, provider)
    assert is_signed_in(client)


def test_no_way_out_of_the_site_through_next(zoe, provider, client: Client) -> None:
    assert comes_back(client, provider, "https://exemple.org/")["Location"] == "/"


# --- What opens nothing ------------------------------------------------------------------------


def now() -> int:
    return int(time.time())


@pytest.mark.parametrize(
    ("claims", "userinfo", "said"),
    [
        ({"nonce": "un-autre"}, {}, DOUBT),
        ({"nonce": None}, {}, DOUBT),
        ({"aud": "un-autre-service"}, {}, DOUBT),
        ({"aud": None}, {}, DOUBT),
        ({"iss": "https://ailleurs.exemple.fr"}, {}, DOUBT),
        ({"exp": now() - 300}, {}, DOUBT),
        ({"exp": None}, {}, DOUBT),
        ({"iat": now() + 3600}, {}, DOUBT),
        ({"sub": "sujet-2"}, {}, DOUBT),
        ({}, {"sub": "sujet-2"}, DOUBT),
        ({}, {"aud": "un-autre-service"}, DOUBT),
        ({}, {"email": "inconnue@exemple.fr"}, "Aucun compte actif de l’extranet"),
        ({}, {"email": ""}, "n’a pas donné d’adresse électronique vérifiée"),
        ({}, {"email_verified": False}, "n’a pas donné d’adresse électronique vérifiée"),
        ({}, {"email_verified": None}, "n’a pas donné d’adresse électronique vérifiée"),
        ({}, {"email_verified": "true"}, "n’a pas donné d’adresse électronique vérifiée"),
    ],
)
def test_an_answer_that_does_not_hold(zoe, provider, client, claims, userinfo, said) -> None:
    provider.claims, provider.userinfo = claims, userinfo
    users = User.objects.count()
    answer = comes_back(client, provider)
    assert answer.status_code == 403
    assert said in answer.text
    assert not is_signed_in(client)
    assert User.objects.count() == users
    assert acts() == []


def test_a_provider_that_gives_verified_addresses_only_may_be_declared_so(
    zoe, provider, client: Client, settings
) -> None:
    settings.PROCONNECT_EMAIL_VERIFIED = True
    provider.userinfo = {"email_verified": None}
    comes_back(client, provider)
    assert is_signed_in(client)


def test_a_wrong_signature(zoe, provider, client: Client) -> None:
    provider.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert DOUBT in comes_back(client, provider).text
    assert not is_signed_in(client)


def test_a_state_of_another_browser_or_used_twice(zoe, provider, client: Client) -> None:
    asked = goes(client, provider)
    back = {"state": asked["state"], "code": "un-code"}
    other = Client()
    assert DOUBT in other.get("/connexion/proconnect/retour/", back).text
    assert DOUBT in client.get("/connexion/proconnect/retour/", back | {"state": "x"}).text
    assert provider.asked["token"] == []
    client.get("/connexion/proconnect/retour/", back)
    assert is_signed_in(client)
    client.post("/deconnexion/")
    assert DOUBT in client.get("/connexion/proconnect/retour/", back).text
    assert len(provider.asked["token"]) == 1


def test_a_wrong_code_and_a_refusal_of_the_person(zoe, provider, client: Client) -> None:
    asked = goes(client, provider)
    answer = client.get("/connexion/proconnect/retour/", {"state": asked["state"], "code": "faux"})
    assert "ProConnect ne répond pas" in answer.text
    asked = goes(client, provider)
    back = {"state": asked["state"], "error": "access_denied"}
    assert "abandonnée ou refusée" in client.get("/connexion/proconnect/retour/", back).text
    assert not is_signed_in(client)


def test_a_provider_that_does_not_answer(zoe, provider, client: Client) -> None:
    provider.silent = True
    answer = client.post("/connexion/proconnect/")
    assert (answer.status_code, "ProConnect ne répond pas" in answer.text) == (503, True)
    assert client.get("/connexion/").status_code == 200


@pytest.mark.parametrize("linked", [False, True])
def test_an_inactive_account(zoe, provider, client: Client, linked: bool) -> None:
    sub = "sujet-1" if linked else None
    User.objects.filter(pk=zoe.pk).update(is_active=False, proconnect_sub=sub)
    said = "Votre compte est désactivé" if linked else "Aucun compte actif"
    assert said in comes_back(client, provider).text
    assert not is_signed_in(client)


def test_another_identity_does_not_take_an_account_over(zoe, provider, client: Client) -> None:
    User.objects.filter(pk=zoe.pk).update(proconnect_sub="sujet-0")
    assert "associé à une autre identité" in comes_back(client, provider).text
    assert not is_signed_in(client)
    services.unlink_proconnect(make_membership(Role.ADMINISTRATEUR), zoe)
    comes_back(client, provider)
    assert is_signed_in(client)
    with pytest.raises(Refus, match="gérés par l’administrateur"):
        services.unlink_proconnect(make_membership(Role.LECTEUR), zoe)


def test_two_accounts_of_one_address(zoe, provider, client: Client) -> None:
    make_user(email="zoe@exemple.fr")
    assert "Plusieurs comptes" in comes_back(client, provider).text
    assert not is_signed_in(client)


# --- The second factor, and the way out --------------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "enough"),
    [
        ({"amr": ["pwd", "mfa"]}, True),
        ({"acr": "eidas2"}, True),
        ({"amr": ["pwd"]}, False),
        ({"acr": "eidas1"}, False),
        ({}, False),
    ],
)
def test_two_factors_at_proconnect_are_enough(
    zoe, provider, client: Client, settings, claims, enough
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    make_membership(Role.GESTIONNAIRE, user=zoe)
    provider.claims = claims
    comes_back(client, provider)
    answer = client.get("/profil/")
    assert (answer.status_code == 200) is enough
    if not enough:
        assert answer["Location"].startswith("/profil/second-facteur/")
    assert ("compte.connexion" in acts()) is enough


def test_signing_out_ends_the_session_there_too(zoe, provider, client: Client) -> None:
    comes_back(client, provider)
    answer = client.post("/deconnexion/")
    sent = urlsplit(answer["Location"])
    query = {name: values[0] for name, values in parse_qs(sent.query).items()}
    assert f"{sent.scheme}://{sent.netloc}{sent.path}" == f"{provider.issuer}/session/end"
    assert query["id_token_hint"].count(".") == 2
    assert query["post_logout_redirect_uri"] == "http://testserver/connexion/proconnect/fin/"
    assert not is_signed_in(client)
    ended = "Vous êtes déconnecté de l’extranet et de ProConnect."
    wrong = client.get("/connexion/proconnect/fin/", {"state": "un-autre"}, follow=True)
    assert ended not in wrong.text
    comes_back(client, provider)
    state = parse_qs(urlsplit(client.post("/deconnexion/")["Location"]).query)["state"][0]
    assert ended in client.get("/connexion/proconnect/fin/", {"state": state}, follow=True).text


def test_a_password_session_signs_out_here_only(zoe, provider, client: Client) -> None:
    client.force_login(zoe)
    assert client.post("/deconnexion/")["Location"] == "/connexion/"
