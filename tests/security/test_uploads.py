"""Files that somebody sends, hostile ones included: what is refused, with which words, and where
what is accepted goes. Workbooks and XML have their tests beside their imports too.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from django import forms
from django.apps import apps
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.urls import get_resolver

from apps.annexes.services.drafting import require_pdf
from apps.core.errors import Refus
from apps.core.forms import Form
from apps.core.imports import check_workbook
from apps.core.services import store_file
from apps.core.uploads import JPEG, PDF, PIECES, PNG, TAILLE_MAX, read_document, safe_name
from apps.core.xml_documents import XmlRefuse, parse_safely
from apps.payments.forms_frais import ModulationForm
from tests.factories import make_membership

MINIMAL = b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"


def pdf(body: bytes = b"", after: bytes = b"") -> bytes:
    return b"%PDF-1.7\n1 0 obj <</Type /Catalog " + body + b">> endobj\n%%EOF\n" + after


def stream(dictionary: bytes, contents: bytes) -> bytes:
    return b"%PDF-1.7\n2 0 obj <<" + dictionary + b">> stream\n" + contents + b"\nendstream\n%%EOF"


def hidden(objects: bytes) -> bytes:
    """Objects kept in a compressed stream, as every modern tool does."""
    return stream(b"/Type /ObjStm /Filter /FlateDecode", zlib.compress(objects))


def png(width: int = 10, height: int = 10, after: bytes = b"") -> bytes:
    header = struct.pack(">II", width, height) + b"\x08\x02\0\0\0"
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + header + b"\0\0\0\0\0\0\0\0IEND\xaeB`\x82" + after


def jpeg(width: int = 10, height: int = 10) -> bytes:
    application = b"\xff\xe0\x00\x10JFIF\0" + b"\0" * 9
    frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + b"\x03" + b"\0" * 9
    return b"\xff\xd8" + application + frame + b"\xff\xd9"


def archive(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, contents in parts.items():
            opened.writestr(name, contents)
    return out.getvalue()


def sent(contents: bytes, name: str = "piece") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, contents)


@pytest.mark.parametrize(
    ("name", "contents", "nature"),
    [
        ("annexe.pdf", MINIMAL, PDF),
        ("ANNEXE.PDF", pdf(after=b"\r\n\0 "), PDF),
        ("sans extension", hidden(b"<</Type /Page>>"), PDF),
        ("photo.jpeg", jpeg(4000, 3000), JPEG),
        ("capture.png", png(), PNG),
        # Pictures and fonts hold any bytes: what looks like an action there is none.
        ("image.pdf", stream(b"/Subtype /Image", b"\x01/JavaScript /Launch\x02"), PDF),
        ("liens.pdf", pdf(b"/A <</S /URI /URI (https://exemple.fr/a)>>"), PDF),
        ("titre.pdf", pdf(b"/JSON 1 /Launcher 2"), PDF),
    ],
)
def test_documents_that_are_accepted(name: str, contents: bytes, nature: object) -> None:
    assert read_document(sent(contents, name), PIECES) == (contents, nature)


BOMB = hidden(b"\0" * 50_000_000)
HOSTILE = {
    "empty": (b"", "vide"),
    "programme of Windows": (b"MZ\x90\0" + b"\0" * 100, "ni un PDF"),
    "programme of Linux": (b"\x7fELF" + b"\0" * 100, "ni un PDF"),
    "script": (b"#!/bin/sh\nrm -rf /\n", "ni un PDF"),
    "picture that runs scripts": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "ni"),
    "page": (b"<!DOCTYPE html><script>alert(1)</script>", "ni un PDF"),
    "page, then a PDF": (b"<html>" + MINIMAL, "ni un PDF"),
    "archive": (archive(a=b"x"), "ni un PDF"),
    "picture of another kind": (b"GIF89a" + b"\0" * 20, "ni un PDF"),
    "PDF, then an archive": (pdf(after=archive(a=b"x")), "suivi d’autres données"),
    "PDF, then a page": (pdf(after=b"<script>alert(1)</script>"), "suivi d’autres données"),
    "PDF with a password": (pdf(b"/Encrypt 5 0 R"), "protégé"),
    "PDF with a program": (pdf(b"/OpenAction <</S /JavaScript /JS (x)>>"), "JavaScript"),
    "PDF with a program, disguised": (pdf(b"/S /J#61vaScr#69pt"), "JavaScript"),
    "PDF with a program, compressed": (hidden(b"<</S /JavaScript>>"), "JavaScript"),
    "PDF with a program, in clear objects": (
        stream(b"/Type /ObjStm", b"<</S/JavaScript>>"),
        "JavaScript",
    ),
    "PDF that launches": (pdf(b"/A <</S /Launch /F (cmd.exe)>>"), "commande"),
    "PDF with a file": (pdf(b"/Names <</EmbeddedFiles 3 0 R>>"), "fichier joint"),
    "PDF that sends its form": (pdf(b"/A <</S/SubmitForm/F(http://x)>>"), "s’envoie"),
    "PDF that grows": (BOMB, "trop volumineux"),
    "PDF, damaged objects": (stream(b"/Type /ObjStm /Filter /FlateDecode", b"xx"), "endommagé"),
    "picture of a billion points": (png(40_000, 40_000), "40000 × 40000"),
    "long picture": (jpeg(65_000, 10), "65000 × 10"),
    "picture without a size": (png(0, 10), "illisible"),
    "picture, then an archive": (png(after=archive(a=b"x")), "illisible"),
    "cut picture": (png()[:30], "illisible"),
    "cut photograph": (jpeg()[:20], "illisible"),
    "photograph without a frame": (b"\xff\xd8\xff\xe0\x00\x04\0\0" + b"\0" * 50, "illisible"),
    "too large": (b"%PDF-" + b"0" * TAILLE_MAX, "10 Mio"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_documents_that_are_refused(kind: str) -> None:
    contents, words = HOSTILE[kind]
    assert len(BOMB) < 100_000
    with pytest.raises(Refus, match=words):
        read_document(sent(contents), PIECES)


@pytest.mark.parametrize(
    ("name", "contents"),
    [
        ("annexe.exe", MINIMAL),
        ("annexe.pdf.svg", MINIMAL),
        ("photo.pdf", png()),
        ("photo.png", jpeg()),
        ("annexe.html", MINIMAL),
    ],
)
def test_an_extension_that_lies_is_refused(name: str, contents: bytes) -> None:
    with pytest.raises(Refus, match="ne correspond pas au contenu"):
        read_document(sent(contents, name), PIECES)


def test_a_picture_is_no_signed_annex() -> None:
    with pytest.raises(Refus, match="n’est pas un PDF"):
        require_pdf(sent(png()))
    form = ModulationForm(
        {"taux": "6", "reference": "R", "notifiee_le": "01/02/2023"},
        {"piece": sent(HOSTILE["PDF that launches"][0], "a.pdf")},
    )
    assert "commande" in str(form.errors["piece"])


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\paie.xlsx", "paie.xlsx"),
        ("a\x00b.pdf", "ab.pdf"),
        ('a"; filename="b.exe', "a filename=b.exe"),
        ("fin\u202efdp.exe", "finfdp.exe"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie x=1.pdf"),
        ("...", "fichier"),
        (".htaccess", "htaccess"),
        ("", "fichier"),
        (None, "fichier"),
        ("  l’état   signé.pdf ", "l’état signé.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_names_are_made_safe(given: object, kept: str) -> None:
    assert safe_name(given) == kept


@pytest.mark.parametrize(
    "name", ["../../etc/x.pdf", "a\x00.pdf", "x" * 400 + ".pdf", "é ’ \u202e.PDF", ""]
)
def test_a_document_is_stored_under_a_name_of_ours(db: None, name: str) -> None:
    """Outside what the web server serves, unreadable by others, under a name that says nothing."""
    fichier = store_file(MINIMAL, nom=safe_name(name), titre="Essai", type_mime=PDF.type_mime)
    stored = Path(fichier.contenu.path)
    assert stored.name.removesuffix(".pdf") == str(fichier.uuid)
    assert stored.is_relative_to(Path(settings.MEDIA_ROOT).resolve())
    assert not stored.is_relative_to(settings.STATIC_ROOT)
    assert not hasattr(settings, "MEDIA_URL") or settings.MEDIA_URL in ("", "/")
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    assert stat.S_IMODE(stored.parent.stat().st_mode) == 0o700


WORKBOOK = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}
ENTITIES = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><workbook>&b;</workbook>'


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        (b"", "n’est pas un classeur"),
        (MINIMAL, "n’est pas un classeur"),
        (archive(a=b"x"), "n’est pas un classeur"),
        (archive(**WORKBOOK, bombe=b"\0" * 40_000_000), "trop volumineux"),
        (archive(**WORKBOOK | {"xl/workbook.xml": ENTITIES}), "n’est pas un classeur"),
        (archive(**WORKBOOK, **{"xl/vbaProject.bin": b"x"}), "macros"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "mot de passe"),
        (b"PK\x03\x04" + b"0" * (6 * 1024 * 1024), "dépasse 5 Mo"),
    ],
)
def test_hostile_workbooks_are_refused(contents: bytes, words: str) -> None:
    with pytest.raises(Refus, match=words):
        check_workbook(io.BytesIO(contents))


@pytest.mark.parametrize(
    "contents",
    [
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        b'<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>',
        b'<!DOCTYPE a SYSTEM "http://exemple.fr/a.dtd"><a/>',
        b"<a>",
        b"\0",
    ],
)
def test_hostile_messages_of_a_bank_are_refused(contents: bytes) -> None:
    with pytest.raises(XmlRefuse):
        parse_safely(contents)


def test_a_request_too_large_is_refused_before_it_is_read(db: None) -> None:
    announced = str(settings.REQUEST_BYTES_MAX + 1)
    factory = RequestFactory()
    request = factory.post("/", {"a": sent(b"x")})
    request.META["CONTENT_LENGTH"] = announced
    with pytest.raises(RequestDataTooBig):
        assert request.FILES
    client = Client(raise_request_exception=False)
    client.force_login(make_membership().user)
    answer = client.post("/organisation/", {"a": sent(b"x")}, CONTENT_LENGTH=announced)
    assert answer.status_code == 400


def fields_of_files() -> set[str]:
    """Every form of the product with a field that receives a file."""

    def every(kind: type) -> set[type]:
        return {kind}.union(*(every(child) for child in kind.__subclasses__()))

    return {
        f"{form.__module__}.{form.__qualname__}.{name}"
        for form in every(forms.Form) | every(forms.ModelForm)
        if form.__module__.startswith("apps.")
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field, forms.FileField)
    }


# Each field and the check of what it receives; a new one must be added with its own.
CHECKED: dict[str, Callable[..., object]] = {
    "apps.annexes.forms.PieceForm.piece": read_document,
    "apps.payments.forms_banque.RetourForm.fichier": parse_safely,
    "apps.payments.forms_frais.ModulationForm.piece": read_document,
    "apps.presence.forms_controles.PieceForm.fichier": read_document,
    "apps.presence.forms_files.ClasseurForm.classeur": check_workbook,
    "apps.presence.forms_files.SigneForm.signe": read_document,
    "apps.siae.forms.ImportForm.fichier": check_workbook,
}
SUPPORTING = "apps.recoveries.forms_apurement."


def test_every_field_that_receives_a_file_is_listed() -> None:
    assert get_resolver().url_patterns  # every page is read, hence every form
    found = fields_of_files()
    supporting = {name for name in found if name.startswith(SUPPORTING)}
    assert supporting, "the supporting documents of the write-offs"
    assert {name.rsplit(".", 1)[1] for name in supporting} == {"piece", "specimen"}
    assert found - supporting == set(CHECKED)
    assert issubclass(Form, forms.Form)
    assert {field.name for model in ours() for field in file_fields(model)} == {
        "contenu",
        "piece",
    }


def ours() -> list[type]:
    return [model for model in apps.get_models() if model.__module__.startswith("apps.")]


def file_fields(model: type) -> list[object]:
    from django.db.models import FileField

    return [field for field in model._meta.get_fields() if isinstance(field, FileField)]
