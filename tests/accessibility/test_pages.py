"""Every page once in a real browser: axe finds nothing, one h1, nothing wider than 320 px.

The pages are those of the access matrix, each seen by an actor who may read it. axe sees a part
of the RGAA only: the statement of the site says « non conforme » until an audit.
"""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client

from tests.security.matrix import PUBLIC, ROWS
from tests.security.test_access_matrix import address
from tests.security.world import ACTORS, World, make_world

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
# Not pages: files, fragments read inside a page, a line of text.
NOT_PAGES = {
    "accounts:session",
    "annexes:apercu",
    "annexes:apercu_annexe",
    "annexes:consommation",
    "annexes:notification",
    "annexes:piece_voir",
    "apurement:contestation_ordre_ecrit",
    "apurement:contestation_pdf",
    "apurement:contestation_piece",
    "apurement:delegation_specimen",
    "apurement:extinction_piece",
    "apurement:ligne_piece",
    "apurement:liste_pdf",
    "apurement:procedure_piece",
    "apurement:remise_fiche",
    "apurement:remise_pdf",
    "apurement:remise_piece",
    "banque:fichier",
    "banque:retour_fichier",
    "conventions:caom_volet",
    "core:job_fichier",
    "dashboards:envoi_fichier",
    "core:manuel_pdf",
    "core:sante",
    "core:sante_details",
    "dashboards:bilan_final_pdf",
    "dashboards:bilan_intermediaire_pdf",
    "dashboards:bilan_objectifs_pdf",
    "fonds:appel_pdf",
    "fonds:reversement_pdf",
    "frais:facture_pdf",
    "frais:tarif_pdf",
    "modulation:piece",
    "payments:avis",
    "presence:emp_pdf",
    "presence:controle_piece",
    "presence:modele",
    "presence:signe",
    "presence:valider_lot",
    "recoveries:acte_pdf",
    "recoveries:compensation_pdf",
    "recoveries:ordre_pdf",
    "recoveries:plan_pdf",
    "siae:salaries_modele",
    "siae:structures_suggestions",
    "reddition:excel",
    "reddition:excel#a_signer",
    "reddition:pdf",
    "reddition:pdf#a_signer",
    "rgpd:destruction_pdf",
    "rgpd:personne_json",
    "rgpd:personne_pdf",
}
# The actor who does most with a page, in order of preference.
PREFERRED = ("responsable", "gestionnaire", "instructeur", "comptable", "administrateur")


def reader(page: str) -> str | None:
    allowed = {actor for actor, status in zip(ACTORS, ROWS[page], strict=True) if status == 200}
    return next((actor for actor in (*PREFERRED, *ACTORS) if actor in allowed), None)


def sign_in(page: Any, world: World, actor: str, site: str) -> None:
    client = Client()
    client.force_login(world.actors[actor].user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}
    page.context.add_cookies([cookie])


def show(page: Any, url: str) -> None:
    """Open a page with the fragments it asks for by itself."""
    page.goto(url, wait_until="load")
    if page.locator("[hx-trigger*='load'], [hx-trigger*='revealed']").count():
        page.wait_for_load_state("networkidle")


def faults(page: Any) -> list[str]:
    """What is wrong with the page as it is shown."""
    found = [
        f"{fault['id']}: {node['html'][:120]}"
        for fault in Axe().run(page, options=RULES).response["violations"]
        for node in fault["nodes"]
    ]
    titles = page.locator("h1").count()
    if titles != 1:
        found.append(f"{titles} h1")
    page.set_viewport_size({"width": 320, "height": 800})
    wide = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    if wide > 0:
        found.append(f"{wide} px too wide at 320 px")
    page.set_viewport_size({"width": 1280, "height": 900})
    return found


APPLICATIONS = sorted({name.split(":")[0] for name in ROWS})


@pytest.mark.parametrize("application", APPLICATIONS)
def test_pages_of_each_application(page: Any, site: str, application: str) -> None:
    world = make_world()
    told: list[str] = []
    asked: set[str] = set()
    page.on("console", lambda message: told.append(message.text))
    page.on("request", lambda request: asked.add(request.url))
    found = {}
    for name in ROWS:
        actor = reader(name)
        if not name.startswith(f"{application}:") or name in NOT_PAGES or actor is None:
            continue
        sign_in(page, world, actor, site)
        show(page, address(name, world))
        found[name] = faults(page)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert [message for message in told if "Content Security Policy" in message] == []
    # The browser's own reader of PDF files is not an address.
    assert [url for url in asked if url.startswith("http") and not url.startswith(site)] == []


def test_public_pages_and_errors(page: Any, site: str) -> None:
    world = make_world()
    found = {}
    for name in set(PUBLIC) - NOT_PAGES:
        show(page, address(name, world))
        found[name] = faults(page)
    page.goto("/connexion/")
    page.click("main button[type=submit]")
    found["refused sign-in"] = faults(page)
    assert page.evaluate("document.activeElement.id") == "erreurs"
    sign_in(page, world, "responsable", site)
    page.goto("/adresse-inconnue/")
    found["404"] = faults(page)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_titles_are_unique_within_a_role(page: Any, site: str) -> None:
    """A title names its page alone (RGAA 8.6): no two of a role's menu share one."""
    world = make_world()
    sign_in(page, world, "gestionnaire", site)
    page.goto("/")
    addresses = page.eval_on_selector_all("#menu-principal a", "links => links.map(l => l.href)")
    titles = []
    for url in addresses:
        page.goto(url)
        titles.append(page.title())
    assert len(addresses) > 9
    assert len(set(titles)) == len(addresses)
