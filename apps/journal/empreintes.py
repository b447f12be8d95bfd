"""Fingerprints of the journal: SHA-256 of an entry, SHA-256 of a seal. Pure functions.

An entry's is computed at insert by a trigger of the database (migration 0003), on the text written
here: the two must agree to the byte, and `verify_journal` computes it again without asking the
database. Each value is written with its length, so that no value can pass for two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

# Columns of `journal_entree` in the order of the text; the two JSON ones as PostgreSQL writes them.
COLUMNS = (
    "id",
    "le",
    "utilisateur_id",
    "auteur",
    "organisation",
    "role",
    "action",
    "objet_type",
    "objet_id",
    "objet",
    "motif",
    "avant",
    "apres",
    "requete",
)
VERSION = "1"
# What precedes the first seal.
ORIGIN = "0" * 64
# Bytes of each entry's fingerprint that its seal keeps, to name the one that differs.
WITNESS = 8


def entry_hash(values: Iterable[object]) -> str:
    """Fingerprint of an entry, its values being in the order of `COLUMNS`."""
    text = ",".join([VERSION, *map(_written, values)])
    return hashlib.sha256(text.encode()).hexdigest()


def seal_hash(
    precedente: str, numero: int, de: int, a: int, nombre: int, le: datetime, hashes: bytes
) -> str:
    """Fingerprint of a seal: that of the seal before, what it says, those of its entries in order.

    `hashes`: the entries' fingerprints, 32 bytes each, one after the other.
    """
    head = f"{VERSION},{precedente},{numero},{de},{a},{nombre},{_moment(le)},"
    return hashlib.sha256(head.encode() + hashes).hexdigest()


def _written(value: object) -> str:
    if value is None:
        return "-"
    text = _moment(value) if isinstance(value, datetime) else str(value)
    return f"{len(text.encode())}:{text}"


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
