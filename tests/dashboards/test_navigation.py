"""The menu of each role: its entries open, and the page's own is marked."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from lxml import html

from apps.accounts.models import Role
from apps.dashboards.navigation import MENUS, menu_of
from tests.factories import make_membership, make_structure


def entries_of(role: str, page: str = "") -> list[dict[str, Any]]:
    """The entries of a menu, those of its groups included."""
    return [entry for item in menu_of(role, page) for entry in item.get("entrees", [item])]


def test_every_role_has_a_menu_that_begins_at_home() -> None:
    assert set(MENUS) == set(Role)
    for role in Role:
        assert menu_of(role)[0]["libelle"] == "Accueil"


@pytest.mark.parametrize("role", list(Role))
def test_every_entry_opens_and_is_the_only_one_marked(db: None, client: Client, role: Role) -> None:
    structure = role in (Role.SAISIE, Role.RESPONSABLE)
    membership = make_membership(role, make_structure().organisation if structure else None)
    client.force_login(membership.user)
    for entry in entries_of(role):
        answer = client.get(entry["url"], follow=True)
        assert answer.status_code == 200, entry["libelle"]
        marked = html.fromstring(answer.text).xpath("//nav[@id='menu-principal']//a[@aria-current]")
        assert [link.text for link in marked] == [entry["libelle"]]


@pytest.mark.parametrize(
    ("role", "page", "entry"),
    [
        (Role.RESPONSABLE, "presence:saisie", "Suivi mensuel"),
        (Role.RESPONSABLE, "siae:contrat_creer", "Salariés"),
        (Role.RESPONSABLE, "siae:banque_proposer", "Structure"),
        (Role.GESTIONNAIRE, "annexes:valider", "Annexes à valider"),
        (Role.GESTIONNAIRE, "payments:versement", "Campagnes de paiement"),
        (Role.LECTEUR, "dashboards:realisations", "Exports"),
    ],
)
def test_inner_pages_mark_the_entry_they_belong_to(role: Role, page: str, entry: str) -> None:
    assert [item["libelle"] for item in entries_of(role, page) if item["courante"]] == [entry]


def test_pages_out_of_the_menu_mark_nothing() -> None:
    for page in ("accounts:profil", "core:job", ""):
        assert not any(item["courante"] for item in menu_of(Role.GESTIONNAIRE, page))


def test_a_group_is_marked_with_its_entry_and_never_holds_a_single_one() -> None:
    for role in Role:
        groups = [item for item in menu_of(role) if "entrees" in item]
        assert all(len(group["entrees"]) > 1 for group in groups)
    marked = [item for item in menu_of(Role.GESTIONNAIRE, "siae:banques") if item["courante"]]
    assert [item["libelle"] for item in marked] == ["Structures"]
    assert [entry["libelle"] for entry in marked[0]["entrees"] if entry["courante"]] == [
        "Coordonnées bancaires"
    ]
