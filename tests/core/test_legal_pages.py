"""Legal pages: open to all, linked from every page, true to the settings and to the convention."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Role
from tests.factories import make_membership

PAGES = ("/accessibilite/", "/mentions-legales/", "/donnees-personnelles/", "/plan-du-site/")


@pytest.mark.parametrize("page", PAGES)
def test_each_is_open_to_all_and_linked_from_the_footer(
    db: None, client: Client, page: str
) -> None:
    assert client.get(page).status_code == 200
    assert f'href="{page}"' in client.get("/connexion/").text


def test_the_site_says_it_is_not_conform_until_audited(db: None, client: Client) -> None:
    page = client.get("/accessibilite/").text
    assert "<strong>pas conforme</strong>" in page
    assert "aucun audit n’a encore été réalisé" in page


def test_contacts_come_from_the_settings(db: None, client: Client, settings: Any) -> None:
    settings.EDITEUR = settings.EDITEUR | {
        "nom": "Une agence",
        "hebergeur": "Un hébergeur",
        "dpo": "dpo@exemple.fr",
        "assistance": "assistance@exemple.fr",
    }
    mentions = client.get("/mentions-legales/").text
    assert "Une agence" in mentions
    assert "Un hébergeur" in mentions
    assert "dpo@exemple.fr" in client.get("/donnees-personnelles/").text
    assert "assistance@exemple.fr" in client.get("/accessibilite/").text


def test_the_notice_on_personal_data_says_what_the_convention_says(
    db: None, client: Client
) -> None:
    """Processing for the département (article 28), breach told within 24 hours, destruction."""
    page = client.get("/donnees-personnelles/").text
    for words in ("article 28", "vingt-quatre heures", "deux ans", "dix ans", "attestée par écrit"):
        assert words in page


def test_the_map_is_that_of_the_role(db: None, client: Client) -> None:
    assert "Vos pages" not in client.get("/plan-du-site/").text
    client.force_login(make_membership(Role.ADMINISTRATEUR).user)
    page = client.get("/plan-du-site/").text
    main = page.partition("<main")[2]
    assert 'href="/comptes/"' in main
    assert "Annexes financières" not in main
