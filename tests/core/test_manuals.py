"""The user manuals: each opens on screen and as a PDF, with its images and its contents."""

from __future__ import annotations

import re
import zlib
from contextlib import suppress

import pytest
from django.test import Client
from lxml import html

from apps.accounts.models import Role
from apps.core.manuals import MANUELS, all_manuals, manual
from apps.core.pdf import render_pdf, static_path
from apps.dashboards.demo.captures import FOLDER
from apps.dashboards.demo.pictures import CAPTURES
from tests.factories import make_membership


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


@pytest.mark.parametrize(
    ("role", "name"),
    [
        (Role.SAISIE, "structure"),
        (Role.INSTRUCTEUR, "ddets"),
        (Role.COMPTABLE, "asp"),
        (Role.LECTEUR, "departement"),
        (Role.ADMINISTRATEUR, "administrateur"),
    ],
)
def test_the_manual_of_the_reader_comes_first(db: None, client: Client, role: Role, name: str):
    """In the index of the help, in the footer, and in the help panel of each page."""
    client.force_login(make_membership(role).user)
    index = html.fromstring(client.get("/aide/").text)
    links = [link for link in index.xpath("//main//li/a/@href") if "/manuels/" in link]
    assert links[:2] == [f"/aide/manuels/{name}/", f"/aide/manuels/{name}/pdf/"]
    assert len(links) == 2 * len(MANUELS)
    home = html.fromstring(client.get("/").text)
    assert home.xpath(f"//footer//a[@href='/aide/manuels/{name}/']")
    assert home.xpath(f"//details[@id='aide-de-la-page']//a[@href='/aide/manuels/{name}/']")


def test_before_signing_in_no_manual_is_the_reader_s(db: None, client: Client) -> None:
    page = html.fromstring(client.get("/aide/").text)
    assert "le vôtre" not in page.text_content()
    assert not page.xpath("//footer//a[contains(@href, '/manuels/')]")


def test_a_pdf_names_itself_and_describes_its_pictures() -> None:
    """PDF/UA: language, tags, an alternative text for each picture."""
    found = manual("administrateur")
    assert found is not None
    contents = objects_of(render_pdf("pdf/manuel.html", {"manuel": found}))
    assert b"/Lang (fr)" in contents
    assert b"/Marked true" in contents
    assert b"pdfuaid:part" in contents
    figures = [tag for tag in contents.split(b"/S /") if tag.startswith(b"Figure")]
    assert len(figures) == len(found.images)
    assert contents.count(b"/Alt ") == len(found.images)


def objects_of(pdf: bytes) -> bytes:
    """A PDF with its compressed objects written out."""
    parts = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        with suppress(zlib.error):
            parts.append(zlib.decompress(stream))
    return b"\n".join(parts)


def test_the_pdf_is_drawn_once(db: None, client: Client) -> None:
    first = client.get("/aide/manuels/structure/pdf/")
    assert first.content.startswith(b"%PDF-")
    assert client.get("/aide/manuels/structure/pdf/").content == first.content


@pytest.mark.parametrize("name", ["inconnu", "Structure", "structure-2"])
def test_there_is_no_other_manual(db: None, client: Client, name: str) -> None:
    assert client.get(f"/aide/manuels/{name}/").status_code == 404


def test_the_text_of_a_manual_keeps_its_marks_with_their_words() -> None:
    for found in all_manuals():
        assert not re.search(r"« | [:;?!»]", found.contenu), found.nom


def test_the_command_takes_the_pictures_of_the_manuals_and_no_other() -> None:
    shown = {(found.nom, image) for found in all_manuals() for image in found.images}
    assert {(capture.manuel, f"{capture.nom}.png") for capture in CAPTURES} == shown
    stored = {(path.parent.name, path.name) for path in FOLDER.glob("*/*")}
    assert stored == shown
