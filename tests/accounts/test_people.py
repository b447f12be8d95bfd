"""Managing people: the administrator everywhere, a responsable in the structure, nobody oneself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts import services
from apps.accounts.models import Membership, Organisation, Role, User
from apps.core import mail
from apps.core.errors import Refus
from apps.journal.models import Entree
from tests.factories import PASSWORD, make_membership, make_organisation, make_user

ALONE = "votre propre habilitation"


@pytest.fixture
def admin(db: None) -> Membership:
    return make_membership(Role.ADMINISTRATEUR)


def acts() -> list[str]:
    return list(Entree.objects.order_by("pk").values_list("action", flat=True))


# --- Memberships -------------------------------------------------------------------------------


def test_a_responsable_invites_changes_and_ends(db: None, client: Client) -> None:
    """The three acts of the page « Utilisateurs », through the screens."""
    responsable = make_membership(Role.RESPONSABLE)
    pk = responsable.organisation_id
    client.force_login(responsable.user)
    person = {"courriel": "zoe@exemple.fr", "prenom": "Zoé", "nom": "Martin"}
    values = person | {"role": "SAISIE", "debut": "2023-01-01"}
    page = client.post(f"/organisations/{pk}/inviter/", values, follow=True).text
    assert "Un courriel part à zoe@exemple.fr." in page
    invited = Membership.objects.get(user__username="zoe@exemple.fr")
    client.post(f"/habilitations/{invited.pk}/", {"role": "RESPONSABLE"})
    yesterday = timezone.localdate() - timedelta(days=1)
    client.post(f"/habilitations/{invited.pk}/terminer/", {"fin": yesterday.isoformat()})
    invited.refresh_from_db()
    assert (invited.role, invited.fin) == ("RESPONSABLE", yesterday)
    assert acts() == ["habilitation.ouverte", "habilitation.modifiee", "habilitation.terminee"]
    assert not Membership.objects.active(timezone.localdate()).filter(pk=invited.pk).exists()


@pytest.mark.parametrize("role", [Role.RESPONSABLE, Role.ADMINISTRATEUR])
def test_nobody_withdraws_their_own_rights(db: None, role: Role) -> None:
    """So that a structure, or the extranet, never loses its last manager."""
    acting = make_membership(role)
    with pytest.raises(Refus, match=ALONE):
        services.end_membership(acting, acting, fin=timezone.localdate())
    with pytest.raises(Refus, match=ALONE):
        services.change_membership(acting, acting, role=Role.SAISIE)
    with pytest.raises(Refus):
        services.deactivate_account(acting, acting.user)
    acting.refresh_from_db()
    acting.user.refresh_from_db()
    assert (acting.role, acting.fin, acting.user.is_active) == (role, None, True)
    assert acts() == []


def test_two_administrators_who_end_each_other_leave_one(admin: Membership) -> None:
    other = make_membership(Role.ADMINISTRATEUR, admin.organisation)
    yesterday = timezone.localdate() - timedelta(days=1)
    services.end_membership(admin, other, fin=yesterday)
    with pytest.raises(Refus, match="vient d’être retirée"):
        services.end_membership(other, admin, fin=yesterday)
    admin.refresh_from_db()
    assert admin.fin is None


def test_a_responsable_does_nothing_in_another_structure(db: None, client: Client) -> None:
    acting, other = make_membership(Role.RESPONSABLE), make_membership(Role.SAISIE)
    with pytest.raises(Refus):
        services.end_membership(acting, other, fin=timezone.localdate())
    client.force_login(acting.user)
    assert client.get(f"/organisations/{other.organisation_id}/").status_code == 404
    assert client.post(f"/habilitations/{other.pk}/", {"role": "SAISIE"}).status_code == 404
    other.refresh_from_db()
    assert (other.role, other.fin) == ("SAISIE", None)


def test_a_membership_does_not_end_before_it_begins(admin: Membership) -> None:
    member = make_membership(Role.LECTEUR, debut=date(2023, 5, 1))
    with pytest.raises(Refus, match="commence le 01/05/2023"):
        services.end_membership(admin, member, fin=date(2023, 4, 30))


def test_a_membership_already_ended_is_not_changed(admin: Membership) -> None:
    member = make_membership(Role.LECTEUR, fin=date(2021, 1, 1))
    with pytest.raises(Refus, match="déjà terminée"):
        services.change_membership(admin, member, role=Role.DECIDEUR)
    member.refresh_from_db()
    assert member.role == "LECTEUR"


# --- Accounts and organisations ----------------------------------------------------------------


def test_a_deactivated_person_is_out_at_once_and_comes_back(
    admin: Membership, client: Client
) -> None:
    member = make_membership(Role.LECTEUR)
    client.force_login(member.user)
    services.deactivate_account(admin, member.user)
    assert client.get("/profil/").status_code == 302
    with pytest.raises(Refus, match="déjà désactivé"):
        services.deactivate_account(admin, member.user)
    services.activate_account(admin, member.user)
    client.force_login(User.objects.get(pk=member.user_id))
    assert client.get("/profil/").status_code == 200
    assert acts() == ["compte.desactive", "compte.reactive"]


def test_an_address_belongs_to_one_account(admin: Membership) -> None:
    make_user(email="prise@exemple.fr")
    user = make_user(email="zoe@exemple.fr")
    with pytest.raises(Refus, match="celle d’un autre compte"):
        services.update_account(
            admin, user, prenom=user.prenom, nom=user.nom, email="PRISE@exemple.fr"
        )
    user.refresh_from_db()
    assert user.email == "zoe@exemple.fr"
    assert acts() == []


def test_only_the_administrator_changes_accounts(db: None) -> None:
    acting, user = make_membership(Role.RESPONSABLE), make_user(nom="Avant")
    with pytest.raises(Refus):
        services.update_account(acting, user, prenom="Z", nom="Après", email="")
    with pytest.raises(Refus):
        services.create_organisation(acting, type="ASP", nom="Une ASP")
    user.refresh_from_db()
    assert user.nom == "Avant"
    assert not Organisation.objects.filter(nom="Une ASP").exists()


def test_organisations_but_those_of_structures_are_created(
    admin: Membership, client: Client
) -> None:
    client.force_login(admin.user)
    values = {"type": "DDETS", "nom": "DDETS du Nord", "departement": ""}
    page = client.post("/organisations/creer/", values).text
    assert "Indiquez le département de la DDETS" in page
    client.post("/organisations/creer/", values | {"departement": "059\n"})
    created = Organisation.objects.get(nom="DDETS du Nord")
    assert (created.type, created.departement) == ("DDETS", "059")
    with pytest.raises(Refus, match="existe déjà"):
        services.create_organisation(admin, type="DDETS", nom="ddets du nord", departement="059")
    with pytest.raises(Refus, match="créée avec elle"):
        services.create_organisation(admin, type="SIAE", nom="Une structure")


# --- Locked accounts ---------------------------------------------------------------------------


def sign_in(client: Client, username: str, password: str) -> Any:
    return client.post("/connexion/", {"username": username, "password": password})


def test_five_wrong_passwords_lock_the_account_for_a_while(
    admin: Membership, client: Client
) -> None:
    user = make_membership(Role.LECTEUR).user
    for _ in range(4):
        sign_in(client, user.username, "faux")
    user.refresh_from_db()
    assert (user.echecs, user.bloque_jusqu_a) == (4, None)
    fifth = sign_in(client, user.username, "faux").text
    right = sign_in(client, user.username, PASSWORD)
    assert right.status_code == 200
    assert "quinze minutes" in fifth
    assert "_auth_user_id" not in client.session
    services.unlock_account(admin, user)
    assert sign_in(client, user.username, PASSWORD).status_code == 302
    assert acts() == ["compte.bloque", "compte.debloque", "compte.connexion"]


def test_attempts_sent_all_at_once_are_no_more_than_five(committed_db: None) -> None:
    user = make_user("zoe")

    def attempt(_number: int) -> None:
        try:
            sign_in(Client(), "zoe", "faux")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as attackers:
        list(attackers.map(attempt, range(8)))
    user.refresh_from_db()
    assert user.bloque_jusqu_a is not None
    assert (user.echecs, acts()) == (0, ["compte.bloque"])


def test_a_locked_account_answers_no_sooner_than_an_unknown_one(
    db: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One password is hashed each time: the time of the answer says nothing."""
    hashed: list[str] = []
    real = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher,
        "encode",
        lambda self, password, salt: hashed.append(password) or real(self, password, salt),
    )
    later = timezone.now() + timedelta(minutes=1)
    make_user("locked", bloque_jusqu_a=later)
    hashed.clear()
    for username in ("locked", "unknown"):
        sign_in(client, username, "faux")
        assert len(hashed) == 1, username
        hashed.clear()


def test_the_lock_ends_by_itself(db: None, client: Client) -> None:
    past = timezone.now() - timedelta(seconds=1)
    user = make_membership(user=make_user(bloque_jusqu_a=past)).user
    assert sign_in(client, user.username, PASSWORD).status_code == 302


def test_a_right_password_forgets_the_failures_before(db: None, client: Client) -> None:
    user = make_membership(user=make_user(echecs=4)).user
    sign_in(client, user.username, PASSWORD)
    user.refresh_from_db()
    assert user.echecs == 0


def test_an_account_that_is_not_locked_is_not_unlocked(admin: Membership) -> None:
    with pytest.raises(Refus, match="n’est pas bloqué"):
        services.unlock_account(admin, make_user())


def test_the_administrator_reads_the_page_of_an_account(admin: Membership, client: Client) -> None:
    """Identity, memberships, history; no case."""
    member = make_membership(Role.LECTEUR, make_organisation("CD", nom="Pas-de-Calais"))
    services.deactivate_account(admin, member.user)
    for name, subject in (("notification", "Contrôle de Le Fil"), ("invitation", "Votre accès")):
        mail.queue([mail.Courriel(name, name, member.user_id, "zoe@exemple.fr", subject)])
    client.force_login(admin.user)
    page = client.get(f"/comptes/{member.user_id}/").text
    assert "Pas-de-Calais" in page
    assert "a désactivé le compte" in page
    assert "Réactiver" in page
    assert "Votre accès" in page
    assert "Contrôle de Le Fil" not in page
