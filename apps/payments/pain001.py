"""The transfer file of a run: ISO 20022 pain.001, drawn by sepaxml, then read again (spec 05 §1).

Version 001.001.09, that of the SEPA guidelines in force (ISO 2019), which also reads the accounts
of the version before. A file that its schema refuses, or that does not say exactly what it was
asked to pay, raises: it never exists. No database here; called by `services.virements`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import as_file, files

from lxml import etree
from sepaxml import SepaTransfer
from text_unidecode import unidecode

from apps.core.xml_documents import parse_safely

SCHEMA = "pain.001.001.09"
NAMESPACE = f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"
NAME_MAX, REMITTANCE_MAX = 70, 140
# What every bank of the SEPA zone must accept (EPC217-08); neither end nor double slash.
OUT_OF_SEPA = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")


class FichierInexact(Exception):
    """The file that was drawn is not what was to be paid: a fault of the program, never stored."""


@dataclass(frozen=True, slots=True)
class Debiteur:
    """The account that pays."""

    titulaire: str
    iban: str
    bic: str


@dataclass(frozen=True, slots=True)
class Credit:
    """One transfer: `reference` is the EndToEndId, the amount is in euros."""

    reference: str
    titulaire: str
    iban: str
    bic: str
    montant: Decimal
    motif: str


def draw(
    nom: str, debiteur: Debiteur, credits: Sequence[Credit], *, jour: date, instant: datetime
) -> bytes:
    """The file named `nom`, to be executed on `jour`; the same arguments give the same bytes.

    Raises FichierInexact when the file does not say exactly these transfers.
    """
    transfer = SepaTransfer(
        {
            "name": sepa_text(debiteur.titulaire, NAME_MAX),
            "IBAN": debiteur.iban,
            "BIC": debiteur.bic,
            "batch": True,
            "currency": "EUR",
        },
        schema=SCHEMA,
    )
    for credit in credits:
        transfer.add_payment(
            {
                "name": sepa_text(credit.titulaire, NAME_MAX),
                "IBAN": credit.iban,
                "BIC": credit.bic,
                "amount": cents_of(credit.montant),
                "execution_date": jour,
                "description": sepa_text(credit.motif, REMITTANCE_MAX),
                "endtoend_id": credit.reference,
            }
        )
    contents = _named(transfer.export(validate=False), nom, instant)
    verify(contents, debiteur, credits)
    return contents


def verify(contents: bytes, debiteur: Debiteur, credits: Sequence[Credit]) -> None:
    """Read the bytes again: schema, counts, sums, each reference with its account and amount."""
    root = parse_safely(contents)
    schema = _schema()
    if not schema.validate(root):
        raise FichierInexact(f"{SCHEMA}: {schema.error_log.last_error}")
    expected = sorted((c.reference, c.iban, c.montant) for c in credits)
    found = sorted(
        (
            _text(node, "PmtId/EndToEndId"),
            _text(node, "CdtrAcct/Id/IBAN"),
            Decimal(_text(node, "Amt/InstdAmt")),
        )
        for node in root.iter(_tag("CdtTrfTxInf"))
    )
    if found != expected:
        raise FichierInexact(f"Transfers: {len(found)} read, {len(expected)} expected")
    announced = [
        (int(_text(node, "NbOfTxs")), Decimal(_text(node, "CtrlSum")))
        for name in ("GrpHdr", "PmtInf")
        for node in root.iter(_tag(name))
    ]
    total = sum((c.montant for c in credits), Decimal("0.00"))
    if announced != [(len(credits), total)] * 2:
        raise FichierInexact(f"Announced {announced}, to pay {(len(credits), total)}")
    accounts = [_text(node, "DbtrAcct/Id/IBAN") for node in root.iter(_tag("PmtInf"))]
    if accounts != [debiteur.iban]:
        raise FichierInexact("Account to debit")


def sepa_text(text: str, length: int) -> str:
    """Text in the character set of SEPA: accents dropped, the rest replaced by a space."""
    kept = OUT_OF_SEPA.sub(" ", unidecode(text.replace("°", "o")))
    kept = re.sub(r"/{2,}", "/", kept)
    return " ".join(kept.split())[:length].strip(" /") or "-"


def cents_of(montant: Decimal) -> int:
    """An amount in cents; ValueError when it has more than two decimals or is not above 0."""
    scaled = montant.scaleb(2)
    if scaled != int(scaled) or scaled <= 0:
        raise ValueError(f"Not an amount to pay: {montant}")
    return int(scaled)


def _named(drawn: bytes, nom: str, instant: datetime) -> bytes:
    """The file with our own identifiers instead of random ones: what the bank quotes is known."""
    root = parse_safely(drawn)
    identity = nom.removesuffix(".xml")
    _node(root, "CstmrCdtTrfInitn/GrpHdr/MsgId").text = identity
    _node(root, "CstmrCdtTrfInitn/GrpHdr/CreDtTm").text = f"{instant:%Y-%m-%dT%H:%M:%S}"
    _node(root, "CstmrCdtTrfInitn/PmtInf/PmtInfId").text = identity
    # lxml would declare the version between simple quotes, which some banks refuse.
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(root, encoding="utf-8")


@cache
def _schema() -> etree.XMLSchema:
    """The schema that comes with sepaxml; it imports nothing."""
    with as_file(files("sepaxml") / "schemas" / f"{SCHEMA}.xsd") as path:
        return etree.XMLSchema(etree.parse(path))


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _node(node: etree._Element, path: str) -> etree._Element:
    found = node.find("/".join(map(_tag, path.split("/"))))
    if found is None:
        raise FichierInexact(f"No {path}")
    return found


def _text(node: etree._Element, path: str) -> str:
    return _node(node, path).text or ""
