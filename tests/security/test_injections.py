"""What somebody sends stays what it is: XML without entities, names neither path nor header.

Markup in names is hunted by the access matrix, in every page; formulas by the tests of the files.
"""

from __future__ import annotations

import time
from email.message import Message
from email.utils import collapse_rfc2231_value
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from apps.core.errors import Refus
from apps.core.models import Fichier
from apps.core.services import store_file
from apps.payments.retours import read_return
from apps.presence.models import PieceControle
from apps.presence.views_controles import file_response
from tests.security.world import World, make_world

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"
LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "ha">' for n in range(12)
)
DOCTYPES = (
    '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE d [<!ENTITY x SYSTEM "http://127.0.0.1:1/">]>',
    '<!DOCTYPE d SYSTEM "http://127.0.0.1:1/d.dtd">',
    f'<!DOCTYPE d [{LAUGHS}<!ENTITY x "&l11;">]>',
    '<!DOCTYPE d [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]>',
)
NAMES = (
    "../../../evil.pdf",
    "/etc/passwd",
    "..\\..\\evil.pdf",
    "a\x00.pdf",
    'a"; x="y.pdf',
    "é’.pdf",
)


@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_bank_return_opens_no_file_and_expands_nothing(doctype: str, encoding: str) -> None:
    text = f'<?xml version="1.0"?>{doctype}<Document xmlns="{NAMESPACE}">&x;</Document>'
    began = time.process_time()
    with pytest.raises(Refus) as refused:
        read_return(text.encode(encoding))
    assert "root:" not in str(refused.value)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("name", NAMES)
def test_a_file_name_is_never_a_path(db: None, client: Client, name: str) -> None:
    """A document sent under any name is kept under ours, in the folder of the files."""
    world = make_world()
    piece = _send(client, world, name)
    path = Path(piece.fichier.contenu.path).resolve()
    assert path.is_relative_to(Path(settings.MEDIA_ROOT).resolve())
    assert piece.fichier.nom == f"controle-{world.controle.pk}-heures-2.pdf"


@pytest.mark.parametrize("name", ['a"; filename="b.exe', "é’œ.pdf", "a;b=c.pdf", "%0d%0aX-Evil: 1"])
def test_a_file_name_breaks_no_header(db: None, name: str) -> None:
    fichier = store_file(b"%PDF-1.7", nom="a.pdf", titre="A", type_mime="application/pdf")
    Fichier.objects.filter(pk=fichier.pk).update(nom=name)
    fichier.refresh_from_db()
    parsed = Message()
    answer = file_response(fichier)
    answer.close()
    parsed["Content-Disposition"] = answer["Content-Disposition"]
    assert parsed.get_content_disposition() == "inline"
    assert (
        collapse_rfc2231_value(parsed.get_param("filename", header="Content-Disposition")) == name
    )


def _send(client: Client, world: World, name: str) -> PieceControle:
    """By hand: a test client would keep the last part of the name only."""
    client.force_login(world.actors["responsable"].user)
    body = (
        '--b\r\nContent-Disposition: form-data; name="deposer"\r\n\r\n1\r\n'
        '--b\r\nContent-Disposition: form-data; name="nature"\r\n\r\nHEURES\r\n'
        f'--b\r\nContent-Disposition: form-data; name="fichier"; filename="{name}"\r\n'
        "Content-Type: application/pdf\r\n\r\n%PDF-1.7\r\n--b--\r\n"
    )
    url = reverse("presence:controle_repondre", args=[world.controle.pk])
    client.generic("POST", url, body.encode(), content_type="multipart/form-data; boundary=b")
    return world.controle.pieces.select_related("fichier").get(nature="HEURES")
