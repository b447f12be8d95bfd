"""Access by e-mail: invitation, one-time link, first annex of a structure, forgotten password."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.test import Client

from apps.accounts.links import links
from apps.accounts.models import ROLES_BY_TYPE, Membership, Notification, Role, User
from apps.accounts.services import (
    invite,
    open_access,
    send_access,
    set_password,
    update_account,
)
from apps.core import mail
from apps.core.errors import Refus
from apps.core.models import CourrielEnvoye
from apps.journal.models import Entree
from tests.factories import PASSWORD, make_membership, make_organisation, make_user

NEW = "un tout autre mot de passe"
PERSON = {"courriel": "Zoe@Exemple.fr", "prenom": "Zoé", "nom": "Martin"}


def link_sent(address: str = "zoe@exemple.fr") -> str:
    """Path of the link of the last e-mail."""
    mail.send_waiting()
    message = outbox.outbox[-1]
    assert message.to == [address]
    return re.search(r"https?://[^/]+(/mot-de-passe/\S+)", str(message.body)).group(1)


def wait(monkeypatch: pytest.MonkeyPatch, **time: float) -> None:
    """The links are as old as that (Django dates them without a time zone)."""
    monkeypatch.setattr(links, "_now", lambda: datetime.now() + timedelta(**time))  # noqa: DTZ005


def choose(client: Client, link: str, password: str = NEW) -> Any:
    page = client.get(link, follow=True)
    values = {"new_password1": password, "new_password2": password}
    return client.post(page.request["PATH_INFO"], values, follow=True)


def invited(**changes: Any) -> Membership:
    admin = make_membership(Role.ADMINISTRATEUR)
    return invite(admin, make_organisation("ASP"), role=Role.GESTIONNAIRE, **(PERSON | changes))


def test_an_invitation_opens_an_account_without_password(db: None, client: Client) -> None:
    membership = invited()
    assert (membership.user.username, membership.user.nom_complet) == (
        "zoe@exemple.fr",
        "Zoé Martin",
    )
    assert not membership.user.has_usable_password()
    assert Entree.objects.get(action="habilitation.ouverte").objet_id == membership.pk
    answer = choose(client, link_sent())
    assert "Votre mot de passe est enregistré. Connectez-vous." in answer.text
    assert client.login(username="zoe@exemple.fr", password=NEW)


def test_the_link_serves_once(db: None, client: Client) -> None:
    invited()
    link = link_sent()
    choose(client, link)
    again = Client()
    page = again.get(link, follow=True)
    assert "Ce lien n’est plus valable" in page.text


@pytest.mark.parametrize(("days", "valid"), [(6, True), (8, False)])
def test_the_link_is_good_for_seven_days(
    db: None, client: Client, monkeypatch: pytest.MonkeyPatch, days: int, valid: bool
) -> None:
    invited()
    link = link_sent()
    wait(monkeypatch, days=days)
    page = client.get(link, follow=True)
    assert ("Ce lien n’est plus valable" not in page.text) is valid


def test_a_weak_password_is_refused_in_words(db: None, client: Client) -> None:
    membership = invited()
    answer = choose(client, link_sent(), "court")
    assert "Ce mot de passe est trop court" in answer.text
    membership.user.refresh_from_db()
    assert not membership.user.has_usable_password()


def test_a_person_already_known_keeps_account_and_name(db: None) -> None:
    user = make_user("zoe", email="zoe@exemple.fr", prenom="Zoé", nom="Dupont")
    membership = invited()
    assert membership.user == user
    user.refresh_from_db()
    assert user.nom == "Dupont"
    mail.send_waiting()
    assert "mot-de-passe" not in str(outbox.outbox[-1].body)
    assert "votre mot de passe habituels" in str(outbox.outbox[-1].body)


def test_a_person_invited_twice_is_refused(db: None) -> None:
    membership = invited()
    with pytest.raises(Refus, match="a déjà ce rôle"):
        invite(
            make_membership(Role.ADMINISTRATEUR),
            membership.organisation,
            role=Role.GESTIONNAIRE,
            **PERSON,
        )
    assert Membership.objects.filter(user=membership.user).count() == 1


@pytest.mark.parametrize("role", [Role.ADMINISTRATEUR, Role.RESPONSABLE])
def test_nobody_gives_themselves_a_role(db: None, role: Role) -> None:
    """An administrator sees no case: neither by an invitation to one's own address."""
    acting = make_membership(role, user=make_user(email="zoe@exemple.fr"))
    organisation = acting.organisation
    if role is Role.ADMINISTRATEUR:
        organisation = make_organisation("ASP")
    with pytest.raises(Refus, match="à vous-même"):
        invite(acting, organisation, role=ROLES_BY_TYPE[organisation.type][0], **PERSON)
    assert list(Membership.objects.all()) == [acting]


def test_an_address_given_up_does_not_lead_to_its_former_owner(db: None) -> None:
    """The identifier stays when the address changes: somebody else may have that address now."""
    former = make_user("zoe@exemple.fr", email="zoe.durand@exemple.fr")
    with pytest.raises(Refus, match="une autre adresse électronique"):
        invited()
    assert not former.memberships.exists()


def test_a_responsable_sends_nothing_to_who_has_left(db: None, client: Client) -> None:
    responsable = make_membership(Role.RESPONSABLE)
    person = make_user(email="zoe@exemple.fr")
    person.set_unusable_password()
    person.save()
    make_membership(Role.SAISIE, responsable.organisation, person, fin=date(2023, 1, 31))
    with pytest.raises(Refus, match="Seul le responsable"):
        send_access(responsable, person)
    client.force_login(responsable.user)
    assert client.post(f"/comptes/{person.pk}/relancer/").status_code == 403
    assert not CourrielEnvoye.objects.exists()


def test_the_link_of_a_closed_account_is_worth_nothing(db: None, client: Client) -> None:
    user = invited().user
    link = link_sent()
    User.objects.update(is_active=False)
    assert "Ce lien n’est plus valable" in client.get(link, follow=True).text
    user.refresh_from_db()
    assert not user.has_usable_password()


def test_a_role_of_another_kind_of_organisation_is_refused(db: None) -> None:
    admin = make_membership(Role.ADMINISTRATEUR)
    with pytest.raises(Refus, match="Ce rôle n’existe pas"):
        invite(admin, make_organisation("SIAE"), role=Role.COMPTABLE, **PERSON)
    assert not CourrielEnvoye.objects.exists()


@pytest.mark.parametrize("role", [Role.SAISIE, Role.GESTIONNAIRE, Role.DECIDEUR])
def test_who_manages_nobody_invites_nobody(db: None, role: Role) -> None:
    acting = make_membership(role)
    with pytest.raises(Refus, match="gérés par son responsable"):
        invite(acting, acting.organisation, role=acting.role, **PERSON)
    assert not User.objects.filter(username="zoe@exemple.fr").exists()


def test_the_invitation_is_sent_again_until_a_password_is_chosen(db: None, client: Client) -> None:
    membership = invited()
    admin = make_membership(Role.ADMINISTRATEUR)
    send_access(admin, membership.user)
    assert CourrielEnvoye.objects.filter(modele="invitation").count() == 2
    choose(client, link_sent())
    membership.user.refresh_from_db()
    with pytest.raises(Refus, match="a déjà choisi son mot de passe"):
        send_access(admin, membership.user)


# --- First annex -------------------------------------------------------------------------------


def first_annexe(organisation: Any, correspondant: str = "", courriel: str = "") -> None:
    open_access(
        make_membership(Role.GESTIONNAIRE),
        organisation,
        correspondant=correspondant,
        courriel=courriel,
        url="/annexes/1/",
        on=date(2023, 1, 10),
    )


def test_the_correspondent_of_a_new_structure_becomes_its_responsable(db: None) -> None:
    structure = make_organisation()
    first_annexe(structure, "Zoé De La Tour", "zoe@exemple.fr")
    (membership,) = structure.memberships.all()
    assert (membership.role, membership.user.prenom, membership.user.nom) == (
        "RESPONSABLE",
        "Zoé",
        "De La Tour",
    )
    assert link_sent().startswith("/mot-de-passe/")


def test_a_structure_that_has_a_responsable_is_only_told(db: None) -> None:
    responsable = make_membership(Role.RESPONSABLE)
    first_annexe(responsable.organisation, "Zoé Martin", "zoe@exemple.fr")
    assert list(responsable.organisation.memberships.all()) == [responsable]
    (told,) = Notification.objects.visible_to(responsable)
    assert (told.titre, told.le) == ("L’extranet est ouvert à votre structure", date(2023, 1, 10))


def test_without_an_address_the_administration_is_asked(db: None) -> None:
    admin, structure = make_membership(Role.ADMINISTRATEUR), make_organisation(nom="Le Fil")
    first_annexe(structure)
    assert not structure.memberships.exists()
    (told,) = Notification.objects.visible_to(admin)
    assert (told.titre, told.url) == (
        "Accès à ouvrir : Le Fil",
        f"/organisations/{structure.pk}/",
    )


@pytest.mark.parametrize("case", ["closed", "too long", "to come", "oneself"])
def test_the_first_annex_never_waits_for_an_access(db: None, case: str) -> None:
    """An address that cannot be invited is told to the administration; nothing is refused."""
    admin, structure = make_membership(Role.ADMINISTRATEUR), make_organisation(nom="Le Fil")
    gestionnaire = make_membership(Role.GESTIONNAIRE, user=make_user(email="moi@exemple.fr"))
    address = "zoe@exemple.fr"
    if case == "closed":
        make_user(email=address, is_active=False)
    elif case == "too long":
        address = f"{'z' * 70}@exemple.fr"
    elif case == "to come":
        make_membership(Role.RESPONSABLE, structure, make_user(email=address), debut=date.max)
    else:
        address = "moi@exemple.fr"
    before = set(Membership.objects.values_list("pk", flat=True))
    open_access(
        gestionnaire,
        structure,
        correspondant="Zoé Martin",
        courriel=address,
        url="/annexes/1/",
        on=date(2023, 1, 10),
    )
    assert set(Membership.objects.values_list("pk", flat=True)) == before
    (told,) = Notification.objects.visible_to(admin)
    assert told.titre == "Accès à ouvrir : Le Fil"
    assert "ne permet pas d’ouvrir son accès" in told.texte


# --- Forgotten password ------------------------------------------------------------------------


def test_the_answer_is_the_same_whether_the_account_exists(db: None, client: Client) -> None:
    user = make_user("zoe", email="zoe@exemple.fr")
    pages = [
        re.sub(r'name="csrf\w+" value="\w+"', "", answer.text)
        for answer in (
            client.post("/mot-de-passe/oublie/", {"courriel": address})
            for address in ("zoe@exemple.fr", "personne@exemple.fr")
        )
    ]
    assert pages[0] == pages[1]
    (row,) = CourrielEnvoye.objects.all()
    assert (row.modele, row.objet_id) == ("mot_de_passe", user.pk)


def test_a_forgotten_password_is_chosen_again_within_a_day(
    db: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = make_user("zoe", email="zoe@exemple.fr", echecs=4)
    client.post("/mot-de-passe/oublie/", {"courriel": "ZOE@exemple.fr"})
    link = link_sent()
    wait(monkeypatch, hours=25)
    assert "Ce lien n’est plus valable" in Client().get(link, follow=True).text
    wait(monkeypatch, hours=23)
    choose(client, link)
    assert client.login(username="zoe", password=NEW)
    user.refresh_from_db()
    assert user.echecs == 0


def test_an_address_is_not_flooded(db: None, client: Client) -> None:
    make_user("zoe", email="zoe@exemple.fr")
    for _ in range(3):
        client.post("/mot-de-passe/oublie/", {"courriel": "zoe@exemple.fr"})
    assert CourrielEnvoye.objects.count() == 1


def test_the_password_is_changed_from_the_profile(db: None, client: Client) -> None:
    user = make_membership().user
    client.force_login(user)
    values = {"old_password": "faux", "new_password1": NEW, "new_password2": NEW}
    assert "mot de passe" in client.post("/profil/mot-de-passe/", values).text
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    client.post("/profil/mot-de-passe/", values | {"old_password": PASSWORD})
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert client.get("/profil/").status_code == 200
    assert Entree.objects.filter(action="compte.mot_de_passe").count() == 1


def test_the_owner_is_told_of_a_password_or_an_address_that_changed(
    db: None, client: Client
) -> None:
    """At the address the account had; a first password, chosen from the invitation, is not news."""
    user = invited().user
    choose(client, link_sent())
    outbox.outbox.clear()
    mail.send_waiting()
    assert outbox.outbox == []

    user.refresh_from_db()
    set_password(user, f"{NEW} encore")
    admin = make_membership(Role.ADMINISTRATEUR)
    values = {"prenom": "Zoé", "nom": "Martin"}
    update_account(admin, user, **values, email="autre@exemple.fr")
    update_account(admin, user, **values, email="autre@exemple.fr")
    assert mail.send_waiting() == 2
    assert [(message.to, message.subject) for message in outbox.outbox] == [
        (["zoe@exemple.fr"], "[Extranet IAE] Votre mot de passe a changé"),
        (["zoe@exemple.fr"], "[Extranet IAE] L’adresse électronique de votre compte a changé"),
    ]
    for message in outbox.outbox:
        assert "prévenez sans attendre l’administrateur" in message.body
        assert "/mot-de-passe/oublie/" in message.body
        assert NEW not in message.body
