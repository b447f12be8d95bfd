"""Documents that somebody sends: PDF, JPEG, PNG, judged by what they hold whatever their name.

One check for every field that receives a document; workbooks have theirs (`apps.core.imports`),
XML too (`apps.core.xml_documents`). Nothing is repaired: a document that would act when it is
opened, that is protected, or that is two files at once is refused with what to do. ASVS 5.2.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from apps.core.errors import Refus

TAILLE_MAX = 10 * 1024 * 1024
PIXELS_MAX = 60_000_000  # an A3 page scanned at 600 dots per inch
COTE_MAX = 20_000
INFLATED_MAX = 40 * 1024 * 1024  # of the objects a PDF keeps compressed
NOM_MAX = 120


@dataclass(frozen=True, slots=True)
class Nature:
    """A kind of document: its MIME type, its first bytes, the extensions it may bear."""

    type_mime: str
    signature: bytes
    extensions: tuple[str, ...]

    @property
    def suffixe(self) -> str:
        return self.extensions[0]


PDF = Nature("application/pdf", b"%PDF-", ("pdf",))
JPEG = Nature("image/jpeg", b"\xff\xd8\xff", ("jpg", "jpeg", "jpe", "jfif"))
PNG = Nature("image/png", b"\x89PNG\r\n\x1a\n", ("png",))
PIECES = (PDF, JPEG, PNG)

PAS_UN_PDF = "Le fichier n’est pas un PDF : joignez le document au format PDF."
PAS_UNE_PIECE = "Ce fichier n’est ni un PDF ni une image JPEG ou PNG : déposez l’un des trois."
ILLISIBLE = "L’image est incomplète ou illisible : enregistrez-la de nouveau, ou envoyez un PDF."


def read_document(uploaded: Any, natures: tuple[Nature, ...] = (PDF,)) -> tuple[bytes, Nature]:
    """The contents and the nature of a document. Raises Refus.

    `uploaded` is a file of Django: its `size` is what was received, not what was announced.
    """
    if uploaded.size > TAILLE_MAX:
        raise Refus("Le fichier dépasse 10 Mio : réduisez-le avant de le déposer.")
    uploaded.seek(0)
    contents: bytes = uploaded.read()
    uploaded.seek(0)
    if not contents:
        raise Refus("Ce fichier est vide.")
    nature = next((known for known in natures if contents.startswith(known.signature)), None)
    if nature is None:
        raise Refus(PAS_UN_PDF if natures == (PDF,) else PAS_UNE_PIECE)
    _check_extension(str(uploaded.name or ""), nature)
    _CHECKS[nature](contents)
    return contents, nature


def safe_name(name: object, default: str = "fichier") -> str:
    """The last part of a name, without controls nor what a file system or a header reads."""
    last = str(name or "").replace("\\", "/").rsplit("/", 1)[-1]
    kept = re.sub(r'[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069<>:"|?*;]', "", last)
    kept = " ".join(kept.split()).lstrip(".")
    if len(kept) > NOM_MAX:
        suffix = PurePosixPath(kept).suffix[:10]
        kept = kept[: NOM_MAX - len(suffix)] + suffix
    return kept or default


def _check_extension(name: str, nature: Nature) -> None:
    """A name without an extension says nothing; one of another kind would lie once saved."""
    suffix = PurePosixPath(safe_name(name)).suffix.lower().lstrip(".")
    if suffix and suffix not in nature.extensions:
        raise Refus(
            f"L’extension « .{suffix[:10]} » ne correspond pas au contenu du fichier "
            f"({nature.suffixe.upper()}) : renommez-le, ou choisissez le bon fichier."
        )


# --- PDF ----------------------------------------------------------------------------------------
ACTS = {
    b"JavaScript": "un programme (JavaScript)",
    b"JS": "un programme (JavaScript)",
    b"Launch": "une commande à lancer",
    b"EmbeddedFile": "un fichier joint",
    b"EmbeddedFiles": "un fichier joint",
    b"Filespec": "un fichier joint",
    b"RichMedia": "un contenu multimédia",
    b"SubmitForm": "un formulaire qui s’envoie",
    b"ImportData": "un formulaire qui s’importe",
    b"XFA": "un formulaire dynamique (XFA)",
}
# Characters that end a name (ISO 32000-1, 7.2.2 and 7.3.5).
NAME = re.compile(rb"/([^\x00\t\n\f\r ()<>\[\]{}/%]+)")
HEXADECIMAL = re.compile(rb"#([0-9A-Fa-f]{2})")
STREAM = re.compile(rb"(?<!end)stream\r?\n")
ENTETE = 2048  # bytes before a stream in which its dictionary is looked for


def _check_pdf(contents: bytes) -> None:
    end = contents.rfind(b"%%EOF")
    if end >= 0 and contents[end + 5 :].strip(b"\x00\t\n\f\r "):
        raise Refus(
            "Ce PDF est suivi d’autres données : imprimez-le en PDF et envoyez le résultat."
        )
    names = _names(_without_streams(contents)) | _names(_compressed_objects(contents))
    if b"Encrypt" in names:
        raise Refus("Ce PDF est protégé par un mot de passe ou chiffré : retirez la protection.")
    found = sorted({word for name, word in ACTS.items() if name in names})
    if found:
        raise Refus(
            f"Ce PDF contient {', '.join(found)} : imprimez-le en PDF et envoyez le résultat."
        )


def _names(contents: bytes) -> set[bytes]:
    """Names of PDF, `#4A` written as `J`: hiding one that way is an old trick."""
    return {
        HEXADECIMAL.sub(lambda code: bytes([int(code[1], 16)]), name)
        for name in set(NAME.findall(contents))
    }


def _without_streams(contents: bytes) -> bytes:
    """What is outside the streams: pictures and fonts may hold any bytes."""
    parts, place = [], 0
    for opening in STREAM.finditer(contents):
        if opening.start() < place:
            continue
        closing = contents.find(b"endstream", opening.end())
        if closing < 0:
            break
        parts.append(contents[place : opening.start()])
        place = closing
    return b" ".join([*parts, contents[place:]])


def _compressed_objects(contents: bytes) -> bytes:
    """The objects kept in compressed streams (ObjStm), within a bound: a bomb is refused."""
    parts, room = [], INFLATED_MAX
    for opening in STREAM.finditer(contents):
        header = contents[max(0, opening.start() - ENTETE) : opening.start()]
        dictionary = header[header.rfind(b" obj") + 1 :]
        names = _names(dictionary)
        if b"ObjStm" not in names:
            continue
        if b"FlateDecode" not in names:
            parts.append(contents[opening.end() : contents.find(b"endstream", opening.end())])
            continue
        inflater = zlib.decompressobj()
        try:
            inflated = inflater.decompress(contents[opening.end() :], room + 1)
        except zlib.error:
            raise Refus("Ce PDF est endommagé : enregistrez-le de nouveau.") from None
        room -= len(inflated)
        if room < 0:
            raise Refus("Ce PDF est trop volumineux une fois ouvert : envoyez-en un plus léger.")
        parts.append(inflated)
    return b" ".join(parts)


# --- pictures -----------------------------------------------------------------------------------
PNG_END = b"IEND\xaeB`\x82"
# Start of frame of a JPEG: all but DHT (C4), JPG (C8) and DAC (CC).
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _check_png(contents: bytes) -> None:
    if len(contents) < 33 or contents[12:16] != b"IHDR":
        raise Refus(ILLISIBLE)
    if not contents.endswith(PNG_END):
        raise Refus(ILLISIBLE)
    _check_dimensions(*struct.unpack(">II", contents[16:24]))


def _check_jpeg(contents: bytes) -> None:
    place = 2
    while place + 9 <= len(contents):
        if contents[place] != 0xFF:
            break
        marker = contents[place + 1]
        if marker == 0xFF:  # padding
            place += 1
            continue
        if marker in FRAMES:
            height, width = struct.unpack(">HH", contents[place + 5 : place + 9])
            _check_dimensions(width, height)
            return
        place += 2 + int(struct.unpack(">H", contents[place + 2 : place + 4])[0])
    raise Refus(ILLISIBLE)


def _check_dimensions(width: int, height: int) -> None:
    if not (width and height):
        raise Refus(ILLISIBLE)
    if width * height > PIXELS_MAX or max(width, height) > COTE_MAX:
        raise Refus(f"L’image mesure {width} × {height} points : réduisez-la, ou envoyez un PDF.")


_CHECKS = {PDF: _check_pdf, JPEG: _check_jpeg, PNG: _check_png}
