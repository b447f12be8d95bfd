"""What an import of the product is, to the damaged files that are given to it.

`Import.read` reads a file and returns every sentence said of it; it raises `Refus` when the file
is refused whole. `play` also does what the pages do then (keep, preview, confirm), and `post` sends
the file to the page. A maker writes the rows that an import needs, in the test's transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from psycopg import sql

from apps.accounts.models import Membership

ON = date(2023, 2, 3)


@dataclass(frozen=True, slots=True)
class Import:
    """`damaged` draws a file; `tables` are those that a refusal leaves as they were."""

    damaged: Callable[[Random], bytes]
    read: Callable[[bytes], list[str]]
    play: Callable[[bytes], list[str]] | None = None
    tables: tuple[str, ...] = ()
    suffix: str = ".xlsx"
    post: Callable[[bytes], Any] | None = None
    on: date | None = ON  # the day on which the import is played; None for today


def snapshot(tables: tuple[str, ...]) -> dict[str, Any]:
    """Every row of the tables, as a hash."""
    query = "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(sql.SQL(query).format(sql.Identifier(table)))
            found[table] = cursor.fetchone()
    return found


def sent_file(contents: bytes, suffix: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"fichier{suffix}", contents)


def signed_in(membership: Membership) -> Client:
    client = Client()
    client.force_login(membership.user)
    return client
