"""Reading what the bank sends back: pain.002 (versions 03 and 10) or a CSV of five columns.

A file is refused whole when it is not one of those, in words; a line that cannot be understood is
kept with its reason: none is skipped. No database here; called by `services.retours`.
"""

from __future__ import annotations

import csv
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from lxml import etree

from apps.core.errors import Refus
from apps.core.xml_documents import XmlRefuse, local_name, parse_safely
from apps.payments.models import LigneRetour, RetourBancaire

Format = RetourBancaire.Format
Statut = LigneRetour.Statut

MAX_BYTES = 5 * 1024 * 1024
MAX_LINES = 50_000
MAX_RAW = 4_000
VERSIONS = ("03", "10")
MESSAGE = "urn:iso:std:iso:20022:tech:xsd:pain.002.001."
COLUMNS = ("reference", "statut", "code", "libelle", "date")
OPTIONAL = "montant"
FIRST_DAY = date(1990, 1, 1)

# Status of a transfer → what it says of it. Any other decides nothing.
STATUTS: dict[str, str] = {
    **dict.fromkeys(("ACSC", "ACCC", "ACSP", "ACCP", "ACWC"), Statut.CONFIRME),
    **dict.fromkeys(("CONFIRME", "EXECUTE", "ACCEPTE"), Statut.CONFIRME),
    **dict.fromkeys(("RJCT", "REJETE", "REJET"), Statut.REJETE),
}
# Of a whole file, only the settlement confirms: the others acknowledge it.
STATUTS_FICHIER = {"ACSC": Statut.CONFIRME, "ACCC": Statut.CONFIRME, "RJCT": Statut.REJETE}


@dataclass(frozen=True, slots=True)
class LigneLue:
    """What a line says; `defaut` why it cannot be understood, empty otherwise."""

    brut: str
    reference: str
    statut: str
    code: str = ""
    libelle: str = ""
    date: date | None = None
    montant: Decimal | None = None
    defaut: str = ""


@dataclass(slots=True)
class Releve:
    """A return as it is read: its lines and, perhaps, an answer for a whole transfer file."""

    format: str
    lignes: list[LigneLue] = field(default_factory=list)
    # `reference` is there the name of the file; `accuse` is what is shown of it.
    fichier: LigneLue | None = None
    accuse: str = ""


def read_return(contents: bytes) -> Releve:
    """Refus, in words, when the file is not a return; its lines otherwise."""
    if not contents.strip():
        raise Refus("Ce fichier est vide.")
    if len(contents) > MAX_BYTES:
        raise Refus("Ce fichier dépasse 5 Mio : demandez à la banque un retour par fichier.")
    is_xml = contents.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    is_xml = is_xml or contents.startswith((b"\xff\xfe", b"\xfe\xff"))
    releve = _read_pain002(contents) if is_xml else _read_csv(contents)
    if len(releve.lignes) > MAX_LINES:
        raise Refus(f"Ce fichier a plus de {MAX_LINES} lignes : découpez-le.")
    if not releve.lignes and releve.fichier is None:
        raise Refus("Ce fichier ne comporte aucune réponse à un virement.")
    return releve


# --- pain.002 ----------------------------------------------------------------------------------
def _read_pain002(contents: bytes) -> Releve:
    try:
        root = parse_safely(contents)
    except XmlRefuse:
        raise Refus(
            "Ce fichier XML est illisible, ou contient une déclaration DOCTYPE : demandez à la "
            "banque de l’envoyer de nouveau."
        ) from None
    namespace = etree.QName(root).namespace or ""
    if namespace not in {f"{MESSAGE}{version}" for version in VERSIONS}:
        raise Refus(
            "Ce fichier XML n’est pas un compte rendu de virements : les messages lus sont "
            "pain.002.001.03 et pain.002.001.10."
        )
    day = _day(_find(root, "CreDtTm"))
    releve = Releve(Format.PAIN002, [_transaction(n, day) for n in _all(root, "TxInfAndSts")])
    _answer_to_the_file(releve, root, day)
    return releve


def _transaction(node: etree._Element, day: date | None) -> LigneLue:
    amount = _find(node, "InstdAmt")
    return _line(
        _raw(node),
        reference=_find(node, "OrgnlEndToEndId"),
        statut=_find(node, "TxSts"),
        code=_reason(node),
        libelle=_find(node, "AddtlInf"),
        day=_day(_find(node, "AccptncDtTm")) or day,
        montant=amount,
    )


def _answer_to_the_file(releve: Releve, root: etree._Element, day: date | None) -> None:
    """The status given to the whole message, or to its only batch."""
    for group, name, status in (
        ("OrgnlGrpInfAndSts", "OrgnlMsgId", "GrpSts"),
        ("OrgnlPmtInfAndSts", "OrgnlPmtInfId", "PmtInfSts"),
    ):
        for node in _all(root, group):
            value = _child(node, status)
            if not value:
                continue
            reference = (_child(node, name) or _find(root, "OrgnlMsgId"))[:140]
            releve.accuse = releve.accuse or f"{reference} : {value}"[:200]
            if releve.fichier is None or releve.fichier.statut == Statut.AUTRE:
                releve.fichier = LigneLue(
                    _raw(node),
                    reference,
                    STATUTS_FICHIER.get(value, Statut.AUTRE),
                    _reason_of_group(node),
                    "",
                    day,
                )


def _reason(node: etree._Element) -> str:
    for reason in _all(node, "Rsn"):
        return (_find(reason, "Cd") or _find(reason, "Prtry"))[:35]
    return ""


def _reason_of_group(node: etree._Element) -> str:
    for child in node:
        if local_name(child) == "StsRsnInf":
            return _reason(child)
    return ""


def _all(node: etree._Element, name: str) -> list[etree._Element]:
    return list(node.iter(f"{{*}}{name}"))


def _find(node: etree._Element, name: str) -> str:
    """Text of the first descendant of that name, empty when there is none."""
    found = next(node.iter(f"{{*}}{name}"), None)
    return _clean(found.text or "") if found is not None else ""


def _child(node: etree._Element, name: str) -> str:
    found = node.find(f"{{*}}{name}")
    return _clean(found.text or "") if found is not None else ""


def _raw(node: etree._Element) -> str:
    """The element as it was received, without the transfers it contains."""
    text = etree.tostring(node, encoding="unicode", with_tail=False)
    return text[:MAX_RAW]


# --- CSV ---------------------------------------------------------------------------------------
def _read_csv(contents: bytes) -> Releve:
    lines = [line for line in _decoded(contents).splitlines() if line.strip()]
    headings = [_heading(cell) for cell in _cells(lines[0])] if lines else []
    if headings not in ([*COLUMNS], [*COLUMNS, OPTIONAL]):
        raise Refus(
            "Ce fichier n’est ni un message pain.002 ni un tableau CSV de retours : la première "
            f"ligne doit être « {';'.join(COLUMNS)} » (colonne « {OPTIONAL} » en plus si la "
            "banque la donne)."
        )
    return Releve(Format.CSV, [_row(line, len(headings)) for line in lines[1:]])


def _row(line: str, width: int) -> LigneLue:
    cells = _cells(line)
    if len(cells) != width:
        sentence = f"La ligne a {len(cells)} colonnes au lieu de {width}."
        return LigneLue(line[:MAX_RAW], "", Statut.AUTRE, defaut=sentence)
    reference, statut, code, libelle, day, *rest = cells
    read = _day(day)
    if day and read is None:
        sentence = f"La date « {day[:20]} » n’est pas une date."
        return LigneLue(line[:MAX_RAW], reference[:140], Statut.AUTRE, defaut=sentence)
    return _line(
        line[:MAX_RAW],
        reference=reference,
        statut=_heading(statut).upper(),
        code=code.upper(),
        libelle=libelle,
        day=read,
        montant="".join(rest),
    )


def _decoded(contents: bytes) -> str:
    """UTF-8, else ISO-8859-1, which reads any byte."""
    try:
        text = contents.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = contents.decode("iso-8859-1")
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _cells(line: str) -> list[str]:
    try:
        return [_clean(cell) for cell in next(csv.reader([line], delimiter=";"))]
    except csv.Error:
        return []


def _heading(text: str) -> str:
    """A heading or a status without accents nor capitals: « Référence » is « reference »."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return plain.strip().lower()


# --- Values ------------------------------------------------------------------------------------
def _line(
    brut: str,
    *,
    reference: str,
    statut: str,
    code: str,
    libelle: str,
    day: date | None,
    montant: str,
) -> LigneLue:
    known = STATUTS.get(statut, Statut.AUTRE)
    faults = []
    if not reference or reference == "NOTPROVIDED":
        faults.append("La ligne ne porte pas de référence de virement.")
    if known == Statut.AUTRE:
        faults.append(f"Le statut « {statut[:20]} » n’est ni une confirmation ni un rejet.")
    amount = _amount(montant)
    if montant and amount is None:
        faults.append(f"Le montant « {montant[:20]} » n’est pas un montant.")
    return LigneLue(
        brut, reference[:140], known, code[:35], libelle[:200], day, amount, " ".join(faults)
    )


def _amount(text: str) -> Decimal | None:
    plain = "".join(text.split()).replace(",", ".").removesuffix("€")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return None
    in_bounds = value.is_finite() and 0 <= value < Decimal("1e11")
    return value if in_bounds and value == value.normalize() and _two_decimals(value) else None


def _two_decimals(value: Decimal) -> bool:
    return value * 100 == int(value * 100)


def _day(text: str) -> date | None:
    """A day written 2023-01-22, 2023-01-22T09:30:00 or 22/01/2023; None when it is not one."""
    for form, length in (("%Y-%m-%d", 10), ("%d/%m/%Y", None)):
        try:
            day = datetime.strptime(text[:length], form).date()  # noqa: DTZ007 - a date only
        except ValueError:
            continue
        return day if day >= FIRST_DAY else None
    return None


def _clean(text: str) -> str:
    """Without control characters, which the database or a page would refuse."""
    kept = (c if c.isprintable() else " " for c in text)
    return " ".join("".join(kept).split())
