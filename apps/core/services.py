"""Writes of the plumbing: gapless numbers, files, progress of jobs."""

from __future__ import annotations

import hashlib
import io
from datetime import date
from pathlib import Path
from typing import BinaryIO

from django.core.files.base import File
from django.db import transaction
from django.db.transaction import TransactionManagementError

from apps.core.models import Fichier, Sequence


def next_number(name: str) -> int:
    """Next number of a gapless sequence, from 1.

    The row stays locked until the caller's transaction ends: a rollback gives the number back.
    """
    return next_numbers(name, 1)[0]


def next_numbers(name: str, count: int) -> range:
    """The next `count` numbers of a gapless sequence, as one block (0 takes none)."""
    if not transaction.get_connection().in_atomic_block:
        raise TransactionManagementError("A gapless number is taken inside a transaction.")
    Sequence.objects.get_or_create(name=name)
    row = Sequence.objects.select_for_update().get(name=name)
    first = row.last + 1
    row.last += count
    row.save(update_fields=["last"])
    return range(first, first + count)


def store_file(
    contents: bytes | BinaryIO,
    *,
    nom: str,
    titre: str,
    type_mime: str,
    expire_le: date | None = None,
) -> Fichier:
    """Keep a produced document with its size and SHA-256; returns its `Fichier`.

    An open file is read from its start, in pieces, and closed.
    """
    opened = io.BytesIO(contents) if isinstance(contents, bytes) else contents
    with File(opened, name=nom) as source:
        source.seek(0)
        fichier = Fichier(
            nom=nom,
            titre=titre,
            type_mime=type_mime,
            taille=source.size,
            sha256=hashlib.file_digest(source, "sha256").hexdigest(),
            expire_le=expire_le,
        )
        # On the disk a name says nothing, neither of whom nor of what kind.
        fichier.contenu.save(f"{fichier.uuid}{Path(nom).suffix.lower()}", source, save=False)
    fichier.save()
    return fichier
