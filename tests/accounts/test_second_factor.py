"""The second factor: compulsory for some, asked before anything, used once, reset by another."""

from __future__ import annotations

import re
from base64 import b32decode
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail as outbox
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp

from apps.accounts import services
from apps.accounts.models import CodeDeSecours, Membership, Role, SecondFacteur, User
from apps.accounts.services import second_factor
from apps.core.encryption import decrypt
from apps.core.errors import Refus
from apps.journal.models import Entree
from tests.factories import PASSWORD, make_membership, make_user
from tests.security.matrix import ROWS
from tests.security.test_access_matrix import address
from tests.security.world import make_world

NOON = datetime(2023, 3, 1, 12, 0, tzinfo=UTC)
COMPULSORY = ["INSTRUCTEUR", "GESTIONNAIRE", "ORDONNATEUR", "COMPTABLE", "ADMINISTRATEUR"]
OPTIONAL = ["SAISIE", "RESPONSABLE", "LECTEUR", "DECIDEUR"]


@pytest.fixture(autouse=True)
def required(settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def code_of(secret: str) -> str:
    return f"{totp(b32decode(secret)):06d}"


def with_factor(user: User) -> tuple[str, list[str]]:
    """A person who has a second factor: the secret and the backup codes."""
    secret = second_factor.new_secret()
    codes = second_factor.enrol(user, secret, code_of(secret))
    user.refresh_from_db()
    return secret, codes


def sign_in(client: Client, user: User):
    return client.post("/connexion/", {"username": user.username, "password": PASSWORD})


def acts() -> list[str]:
    return list(Entree.objects.order_by("pk").values_list("action", flat=True))


# --- Who must ----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", COMPULSORY)
def test_who_must_have_one_makes_it_at_the_first_sign_in(db, client: Client, clock, role) -> None:
    user = make_membership(role).user
    sign_in(client, user)
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/profil/second-facteur/?next=%2F")
    page = client.get(answer["Location"]).text
    secret = re.search(r'ex-cle">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    assert 'src="data:image/svg+xml' in page
    assert acts() == []
    client.post("/profil/second-facteur/?next=/profil/", {"code": "000000"})
    assert not SecondFacteur.objects.exists()
    done = client.post("/profil/second-facteur/?next=/profil/", {"code": code_of(secret)}).text
    codes = re.findall(r"<code>([A-Z2-9-]{14})</code>", done)
    assert len(set(codes)) == 10
    assert 'href="/profil/"' in done
    assert client.get("/profil/").status_code == 200
    assert acts() == ["compte.facteur_active", "compte.connexion"]


@pytest.mark.parametrize("role", OPTIONAL)
def test_the_others_choose(db, client: Client, role) -> None:
    user = make_membership(role).user
    sign_in(client, user)
    assert client.get("/profil/").status_code == 200
    assert "Activer un second facteur" in client.get("/profil/").text
    assert acts() == ["compte.connexion"]


def test_one_membership_is_enough_to_have_to(db, client: Client) -> None:
    user = make_membership(Role.LECTEUR).user
    make_membership(Role.INSTRUCTEUR, user=user)
    sign_in(client, user)
    assert client.get("/profil/")["Location"].startswith("/profil/second-facteur/")


def test_where_it_is_not_required_it_may_be_made(db, client: Client, settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    user = make_membership(Role.GESTIONNAIRE).user
    sign_in(client, user)
    assert client.get("/profil/").status_code == 200
    with_factor(user)
    assert client.get("/profil/")["Location"].startswith("/connexion/code/")


# --- Nothing before it -------------------------------------------------------------------------


@pytest.mark.parametrize("enrolled", [False, True])
def test_a_session_without_it_reaches_no_page(db, enrolled: bool) -> None:
    """Every address of the matrix but the page that asks for it."""
    world = make_world()
    user = world.actors["gestionnaire"].user
    own = "accounts:second_facteur" if enrolled else "accounts:second_facteur_enroler"
    if enrolled:
        with_factor(user)
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    for page in set(ROWS) - {own}:
        url = address(page, world)
        for answer in (client.get(url), client.post(url)):
            assert answer.status_code == 302, page
            assert answer["Location"].split("?")[0] == reverse(own), page


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {"Accept": "application/json"}])
def test_a_script_is_told_so_rather_than_given_a_page(db, client: Client, headers) -> None:
    client.force_login(make_membership(Role.GESTIONNAIRE).user)
    answer = client.get("/profil/", headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (401, "text/plain; charset=utf-8")
    assert "second facteur" in answer.text


def test_even_a_missing_page_shows_nothing_of_the_organisation(db, client: Client) -> None:
    membership = make_membership(Role.GESTIONNAIRE)
    client.force_login(membership.user)
    page = client.get("/nulle-part/")
    assert page.status_code == 404
    assert membership.organisation.nom not in page.text


def test_an_enrolled_person_cannot_enrol_again_instead_of_giving_a_code(db, client, clock) -> None:
    user = make_membership(Role.GESTIONNAIRE).user
    with_factor(user)
    sign_in(client, user)
    assert client.get("/profil/second-facteur/")["Location"].startswith("/connexion/code/")
    answer = client.post("/profil/second-facteur/", {"code": "123456", "mot_de_passe": PASSWORD})
    assert answer["Location"].startswith("/connexion/code/")


# --- The code ----------------------------------------------------------------------------------


def test_the_code_opens_the_session_under_another_key(db, client: Client, clock) -> None:
    user = make_membership(Role.GESTIONNAIRE).user
    secret, _ = with_factor(user)
    clock.shift(60)
    sign_in(client, user)
    before = client.session.session_key
    assert "compte.connexion" not in acts()
    answer = client.post("/connexion/code/?next=/profil/", {"code": code_of(secret)})
    assert (answer.status_code, answer["Location"]) == (302, "/profil/")
    assert client.session.session_key != before
    assert acts()[-1] == "compte.connexion"
    assert client.get("/profil/").status_code == 200


def test_a_code_serves_once(db, client: Client, clock) -> None:
    user = make_membership(Role.GESTIONNAIRE).user
    secret, _ = with_factor(user)
    clock.shift(60)
    code = code_of(secret)
    assert second_factor.verify(user, code)
    assert not second_factor.verify(user, code)
    clock.shift(30)
    assert second_factor.verify(user, code_of(secret))


@pytest.mark.parametrize(
    ("seconds", "accepted"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)]
)
def test_a_telephone_may_be_a_step_early_or_late(db, clock, seconds, accepted) -> None:
    user = make_user()
    secret, _ = with_factor(user)
    clock.shift(600)
    with time_machine.travel(NOON + timedelta(seconds=600 + seconds), tick=False):
        shown = code_of(secret)
    assert second_factor.verify(user, shown) is accepted


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "-12345", "1e5"])
def test_what_is_not_six_digits_is_refused(db, client: Client, clock, code) -> None:
    user = make_membership(Role.GESTIONNAIRE).user
    with_factor(user)
    sign_in(client, user)
    answer = client.post("/connexion/code/", {"code": code})
    assert answer.status_code == 200
    assert client.get("/profil/").status_code == 302


def test_five_wrong_codes_refuse_the_right_one_for_a_while(db, client: Client, clock) -> None:
    """A right password in between forgets nothing: who tries has the password."""
    user = make_membership(Role.GESTIONNAIRE, user=make_user(email="zoe@exemple.fr")).user
    secret, _ = with_factor(user)
    clock.shift(60)
    for _ in range(5):
        sign_in(client, user)
        client.post("/connexion/code/", {"code": "000000"})
    answer = client.post("/connexion/code/", {"code": code_of(secret)})
    assert "Trop de codes erronés" in answer.text
    assert client.get("/profil/").status_code == 302
    assert acts().count("compte.facteur_bloque") == 1
    clock.shift(15 * 60 + 1)
    sign_in(client, user)
    assert client.post("/connexion/code/", {"code": code_of(secret)}).status_code == 302
    assert client.get("/profil/").status_code == 200


def test_the_secret_is_not_readable_in_the_database(db, clock) -> None:
    user = make_user()
    secret, codes = with_factor(user)
    stored = SecondFacteur.objects.get(user=user).secret
    assert secret not in stored
    assert decrypt(stored) == secret
    hashes = set(CodeDeSecours.objects.values_list("empreinte", flat=True))
    assert len(hashes) == 10
    assert hashes.isdisjoint(codes)


# --- Backup codes ------------------------------------------------------------------------------


def test_a_backup_code_serves_once(db, client: Client, clock) -> None:
    user = make_membership(Role.GESTIONNAIRE).user
    _, codes = with_factor(user)
    sign_in(client, user)
    typed = codes[0].lower().replace("-", " ")
    answer = client.post("/connexion/code/?secours=1", {"code": typed}, follow=True)
    assert "Il vous reste 9 codes de secours" in answer.text
    again = Client()
    sign_in(again, user)
    assert "a déjà servi" in again.post("/connexion/code/?secours=1", {"code": codes[0]}).text
    assert again.get("/profil/").status_code == 302


def test_somebody_else_s_backup_code_is_worth_nothing(db, clock) -> None:
    one, other = make_user(), make_user()
    with_factor(one)
    _, codes = with_factor(other)
    assert not second_factor.verify_backup(one, codes[0])
    assert second_factor.verify_backup(other, codes[0])


def test_new_codes_replace_the_others_once_the_password_is_given(db, client, clock) -> None:
    user = make_membership(Role.LECTEUR).user
    secret, codes = with_factor(user)
    clock.shift(60)
    sign_in(client, user)
    client.post("/connexion/code/", {"code": code_of(secret)})
    refused = client.post("/profil/second-facteur/codes/", {"mot_de_passe": "faux"})
    assert "Ce n’est pas votre mot de passe." in refused.text
    assert second_factor.verify_backup(user, codes[0])
    shown = client.post("/profil/second-facteur/codes/", {"mot_de_passe": PASSWORD}).text
    assert len(re.findall(r"<code>[A-Z2-9-]{14}</code>", shown)) == 10
    assert not second_factor.verify_backup(user, codes[1])


# --- Replaced, taken away, reset ---------------------------------------------------------------


def verified(client: Client, membership: Membership, clock) -> str:
    secret, _ = with_factor(membership.user)
    clock.shift(60)
    sign_in(client, membership.user)
    client.post("/connexion/code/", {"code": code_of(secret)})
    return secret


def test_replacing_it_needs_the_password_and_a_code_of_the_new_one(db, client, clock) -> None:
    membership = make_membership(Role.LECTEUR)
    verified(client, membership, clock)
    elsewhere = Client()
    old = decrypt(SecondFacteur.objects.get().secret)
    clock.shift(60)
    sign_in(elsewhere, membership.user)
    elsewhere.post("/connexion/code/", {"code": code_of(old)})
    page = client.get("/profil/second-facteur/").text
    secret = re.search(r'ex-cle">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    values = {"code": code_of(secret), "mot_de_passe": "faux"}
    assert "Ce n’est pas votre mot de passe." in client.post("/profil/second-facteur/", values).text
    assert decrypt(SecondFacteur.objects.get().secret) == old
    client.post("/profil/second-facteur/", values | {"mot_de_passe": PASSWORD})
    assert decrypt(SecondFacteur.objects.get().secret) == secret
    assert client.get("/profil/").status_code == 200
    assert elsewhere.get("/profil/")["Location"].startswith("/connexion/code/")
    assert acts()[-1] == "compte.facteur_remplace"


@pytest.mark.parametrize(("role", "removed"), [("LECTEUR", True), ("GESTIONNAIRE", False)])
def test_only_who_may_do_without_it_takes_it_away(db, client, clock, role, removed) -> None:
    membership = make_membership(role)
    verified(client, membership, clock)
    client.post("/profil/second-facteur/retirer/", {"mot_de_passe": PASSWORD})
    assert SecondFacteur.objects.exists() is not removed
    assert ("compte.facteur_retire" in acts()) is removed


def test_the_administrator_resets_it_and_the_person_is_told(
    db, client: Client, clock, django_capture_on_commit_callbacks
) -> None:
    admin = make_membership(Role.ADMINISTRATEUR)
    member = make_membership(Role.GESTIONNAIRE, user=make_user(email="zoe@exemple.fr"))
    verified(client, member, clock)
    with django_capture_on_commit_callbacks(execute=True):
        services.reset_second_factor(admin, member.user)
    assert not SecondFacteur.objects.exists()
    assert not CodeDeSecours.objects.exists()
    assert client.get("/profil/")["Location"].startswith("/connexion/?")
    assert acts()[-1] == "compte.facteur_reinitialise"
    assert [message.to for message in outbox.outbox] == [["zoe@exemple.fr"]]
    sign_in(client, member.user)
    assert client.get("/profil/")["Location"].startswith("/profil/second-facteur/")


def test_nobody_resets_their_own_nor_without_being_administrator(db, clock) -> None:
    admin, asp = make_membership(Role.ADMINISTRATEUR), make_membership(Role.ORDONNATEUR)
    with_factor(admin.user)
    with pytest.raises(Refus, match="votre propre second facteur"):
        services.reset_second_factor(admin, admin.user)
    with pytest.raises(Refus, match="gérés par l’administrateur"):
        services.reset_second_factor(asp, admin.user)
    assert SecondFacteur.objects.count() == 1
    with pytest.raises(Refus, match="n’a pas de second facteur"):
        services.reset_second_factor(admin, asp.user)
