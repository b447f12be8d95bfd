"""The user manuals: each opens on screen and as a PDF, with its images and its contents."""

from __future__ import annotations

import pytest
from django.test import Client
from lxml import html

from apps.core.manuals import MANUELS, all_manuals, manual
from apps.core.pdf import static_path


def test_there_is_a_manual_for_each_kind_of_organisation() -> None:
    assert [found.nom for found in all_manuals()] == list(MANUELS.values())


@pytest.mark.parametrize("name", MANUELS.values())
def test_a_manual_is_read_on_screen(db: None, client: Client, name: str) -> None:
    page = html.fromstring(client.get(f"/aide/manuels/{name}/").text)
    assert len(page.xpath("//h1")) == 1
    for link in page.xpath("//nav[contains(@class, 'fr-summary')]//a/@href"):
        assert page.xpath(f"//h2[@id='{link[1:]}']"), link
    for image in page.xpath("//main//img"):
        assert image.get("src").startswith("/static/manuels/")
        assert len(image.get("alt")) > 10


@pytest.mark.parametrize("name", MANUELS.values())
def test_every_image_of_a_manual_exists(name: str) -> None:
    found = manual(name)
    assert found is not None
    assert found.images
    for image in found.images:
        assert static_path(f"manuels/{name}/{image}").stat().st_size < 300_000, image


def test_the_pdf_is_drawn_once(db: None, client: Client) -> None:
    first = client.get("/aide/manuels/structure/pdf/")
    assert first.content.startswith(b"%PDF-")
    assert client.get("/aide/manuels/structure/pdf/").content == first.content


@pytest.mark.parametrize("name", ["inconnu", "Structure", "structure-2"])
def test_there_is_no_other_manual(db: None, client: Client, name: str) -> None:
    assert client.get(f"/aide/manuels/{name}/").status_code == 404
