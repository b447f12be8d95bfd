"""Drawing a PDF: tagged for screen readers, and nothing is ever fetched from elsewhere."""

from __future__ import annotations

import re
import zlib

import pytest
from django.template import engines
from weasyprint.urls import FatalURLFetchingError

from apps.core import pdf
from apps.core.models import Fichier

SHA256 = "86edbaa24831badfa0a8b04bb410141e2ee4182b6d0014493fe262a7a331c20b"  # of "%PDF-1.7"


def draw(monkeypatch, body: str) -> bytes:
    template = engines["django"].from_string(
        f'<html lang="fr"><head><title>Essai</title></head><body>{body}</body></html>'
    )
    monkeypatch.setattr(pdf, "render_to_string", lambda _name, context: template.render(context))
    return pdf.render_pdf("essai.html", {})


def inside(contents: bytes) -> bytes:
    """The document with its compressed streams opened."""
    opened = [contents]
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", contents, re.DOTALL):
        try:
            # What follows the data is left aside: a line break may also be its last byte.
            opened.append(zlib.decompressobj().decompress(stream))
        except zlib.error:
            continue
    return b"\n".join(opened)


def test_a_document_is_tagged_and_says_its_language(monkeypatch):
    """PDF/UA-1: structure tree, language and title for assistive technologies."""
    contents = draw(monkeypatch, "<h1>Titre</h1><p>Texte</p>")
    assert contents.startswith(b"%PDF-")
    opened = inside(contents)
    assert b"/StructTreeRoot" in opened
    assert b"/Lang (fr)" in opened
    assert b"pdfuaid" in opened


@pytest.mark.parametrize(
    "address", ["https://example.org/x.css", "file:///etc/passwd", "data:text/css,body{}"]
)
def test_a_document_fetches_nothing_from_elsewhere(monkeypatch, address):
    """Only the product's own static files may be read while drawing."""
    with pytest.raises(FatalURLFetchingError):
        draw(monkeypatch, f'<link rel="stylesheet" href="{address}">')


def test_a_static_file_that_does_not_exist_stops_the_drawing(monkeypatch):
    """A document without its style is not issued."""
    with pytest.raises(FatalURLFetchingError):
        draw(monkeypatch, '<link rel="stylesheet" href="statique:pdf/absent.css">')


@pytest.mark.parametrize("name", ["../config/settings/base.py", "/etc/passwd"])
def test_static_names_do_not_leave_the_static_folders(monkeypatch, name):
    """A path that climbs out of the static folders is refused."""
    with pytest.raises(FatalURLFetchingError):
        draw(monkeypatch, f'<link rel="stylesheet" href="statique:{name}">')


def test_the_archive_keeps_the_hash_and_the_size(db):
    """What was issued can be told from what was altered."""
    fichier = pdf.Drawn("a.pdf", "A", b"%PDF-1.7").archive()
    kept = Fichier.objects.get(pk=fichier.pk)
    assert (kept.taille, kept.type_mime, kept.expire_le) == (8, "application/pdf", None)
    assert kept.sha256 == SHA256
