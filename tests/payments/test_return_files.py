"""Files of bank returns: what is read of each format, what is refused whole and why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.core.errors import Refus
from apps.payments.retours import MAX_BYTES, read_return
from tests.payments.banque import HEADINGS, pain002
from tests.payments.banque import transaction as line_of


@pytest.mark.parametrize("version", ["03", "10"])
def test_both_versions_of_the_report_are_read(version):
    """Reference, status, code, day and amount of each transfer."""
    transactions = [
        line_of("IAE-1", "RJCT", code="AC04", montant=Decimal("9827.50")),
        line_of("IAE-2", "ACSC"),
    ]
    releve = read_return(pain002(transactions, version=version))
    read = [(x.reference, x.statut, x.code, x.date, x.montant, x.defaut) for x in releve.lignes]
    day = date(2018, 1, 24)
    assert read == [
        ("IAE-1", "REJETE", "AC04", day, Decimal("9827.50"), ""),
        ("IAE-2", "CONFIRME", "", day, None, ""),
    ]
    assert "OrgnlEndToEndId" in releve.lignes[0].brut


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-1"])
@pytest.mark.parametrize("words", ["Rejeté", "REJETE", "rjct"])
def test_a_table_is_read_whatever_its_encoding(encoding, words):
    text = f"Référence;Statut;Code;Libellé;Date\nIAE-1;{words};ac04;Compte clôturé;24/01/2018\n"
    [line] = read_return(text.encode(encoding)).lignes
    assert (line.reference, line.statut, line.code, line.libelle, line.date) == (
        "IAE-1",
        "REJETE",
        "AC04",
        "Compte clôturé",
        date(2018, 1, 24),
    )


BOMB = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><x>&b;</x></Document>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><x>&f;</x></Document>"""


@pytest.mark.parametrize(
    ("contents", "sentence"),
    [
        (b"", "est vide"),
        (b" \n\n", "est vide"),
        (b"%PDF-1.7 x", "ni un message pain.002 ni un tableau CSV"),
        (b"PK\x03\x04\x00\x00", "ni un message pain.002 ni un tableau CSV"),
        (b"\x00\xff\xfe\x01", "ni un message pain.002 ni un tableau CSV"),
        (b"a;b;c\n1;2;3\n", "reference;statut;code;libelle;date"),
        (HEADINGS.encode(), "aucune réponse"),
        (b"<Document/>", "pain.002.001.03 et pain.002.001.10"),
        (b"<Document", "illisible"),
        (BOMB, "DOCTYPE"),
        (OUTSIDE, "DOCTYPE"),
        (pain002(), "aucune réponse"),
        (pain002(version="08"), "pain.002.001.03 et pain.002.001.10"),
        (b"x" * (MAX_BYTES + 1), "5 Mio"),
    ],
)
def test_what_is_not_a_return_is_refused_whole(contents, sentence):
    with pytest.raises(Refus, match=sentence.replace(".", r"\.")):
        read_return(contents)
