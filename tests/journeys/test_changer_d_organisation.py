"""Somebody who works for two structures goes from one to the other in the browser."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from apps.accounts.models import Nature, Role
from apps.accounts.notifications import notify
from apps.journal.models import Entree
from tests.factories import PASSWORD, make_membership, make_siae, make_user, make_version

pytestmark = pytest.mark.browser

JARDINS, ATELIER = "Les Jardins du Marais", "L’Atelier des Dunes"


@pytest.fixture
def two_structures(site: str) -> dict[str, Any]:
    """Noa enters the hours of the first, and is responsable of the second."""
    user = make_user("noa", prenom="Noa", nom="Partagée")
    annexes = {}
    for name, role in ((JARDINS, Role.SAISIE), (ATELIER, Role.RESPONSABLE)):
        siae = make_siae(denomination=name)
        make_membership(role, siae.structure.organisation, user)
        annexes[name] = make_version(siae=siae).annexe
        notify(
            siae.structure.organisation,
            f"Annexe de {name} validée",
            "L’ASP a validé votre annexe.",
            f"/annexes/{annexes[name].pk}/",
            nature=Nature.ANNEXE,
            on=date(2023, 1, 10),
        )
    return annexes


def sign_in(page: Any) -> None:
    page.goto("/connexion/")
    page.get_by_label("Identifiant").fill("noa")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def shown(page: Any, address: str) -> str:
    page.goto(address)
    return str(page.locator("main").inner_text())


def test_each_organisation_shows_only_its_own(page: Any, two_structures: dict[str, Any]) -> None:
    """Chosen at sign-in, then changed from the header: cases, notifications, rights follow."""
    sign_in(page)
    assert page.locator("h1").inner_text() == "Choix de l’organisation"
    page.get_by_text(f"{JARDINS} – Saisie").last.click()
    page.get_by_role("button", name="Agir pour cette organisation").click()
    assert f"Vous agissez désormais pour {JARDINS}." in page.locator("main").inner_text()
    _sees_only(page, JARDINS, two_structures)
    page.goto("/habilitations/")
    assert "Accès refusé" in page.locator("main").inner_text()

    page.goto("/annexes/")
    page.get_by_label("Organisation pour laquelle agir").first.select_option(
        label=f"{ATELIER} – Responsable"
    )
    page.get_by_role("button", name="Changer").first.click()
    # A useful page: home, with what is expected from the structure chosen.
    assert page.locator("h1").count() == 1
    assert page.url.endswith("/")
    assert f"Vous agissez désormais pour {ATELIER}." in page.locator("main").inner_text()
    _sees_only(page, ATELIER, two_structures)
    assert "Noa Partagée" in shown(page, "/habilitations/").replace("\n", " ")
    chosen = Entree.objects.filter(action="compte.organisation_choisie").order_by("pk")
    assert [entry.organisation for entry in chosen] == [JARDINS, ATELIER]


def _sees_only(page: Any, name: str, annexes: dict[str, Any]) -> None:
    (other,) = set(annexes) - {name}
    notifications = shown(page, "/notifications/")
    assert f"Annexe de {name} validée" in notifications
    assert other not in notifications
    mine = shown(page, "/annexes/")
    assert str(annexes[name]) in mine
    assert str(annexes[other]) not in mine
    page.goto(f"/annexes/{annexes[name].pk}/")
    assert page.locator("h1").count() == 1
    answer = page.goto(f"/annexes/{annexes[other].pk}/")
    assert answer.status == 404


def test_a_notification_leads_to_its_page_and_is_read(
    page: Any, two_structures: dict[str, Any]
) -> None:
    """By the keyboard: the badge, the list, the case; the badge has gone."""
    sign_in(page)
    page.get_by_text(f"{ATELIER} – Responsable").last.click()
    page.get_by_role("button", name="Agir pour cette organisation").click()
    badge = page.get_by_role("link", name="Notifications 1 non lue")
    badge.first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/notifications/")
    page.get_by_role("button", name=f"Annexe de {ATELIER} validée").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/annexes/{two_structures[ATELIER].pk}/")
    assert page.get_by_role("link", name="non lue").count() == 0
