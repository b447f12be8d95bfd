"""Damaged bytes, XML, tables of text, JSON and PDF: what a transfer, a program or a hand breaks.

Each function takes a right document and gives a damaged one, drawn from the generator given.
"""

from __future__ import annotations

import csv
import io
import json
import re
from random import Random
from typing import Any

from tests.fuzz.values import nasty, worn

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "iso-8859-1", "cp1252", "utf-7", "cp437")
MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff", b"\x1f\x8b", b"PK\x03\x04")


def broken_bytes(random: Random, contents: bytes) -> bytes:
    """Bits turned, bytes lost, doubled, or something else's first bytes."""
    data = bytearray(contents)
    for _ in range(random.choice((1, 1, 2, 8, 64))):
        place = random.randrange(len(data) + 1)
        end = place + random.choice((1, 2, 16, 256))
        way = random.randrange(7)
        if way == 0 and data:
            data[min(place, len(data) - 1)] ^= 1 << random.randrange(8)
        elif way == 1:
            data[place:end] = random.randbytes(end - place)
        elif way == 2:
            del data[place:end]
        elif way == 3:
            data[place:place] = data[place:end]
        elif way == 4 and random.random() < 0.3:
            del data[place:]
        elif way == 5 and random.random() < 0.3:
            data[:0] = random.choice(MARKS)
        elif way == 6:
            data[place:end] = b"\x00" * len(data[place:end])
    return bytes(data)


# --- XML ---------------------------------------------------------------------------------------
TAG = re.compile(rb"<(/?)([\w:]+)([^<>]*)>")
ENTITY = b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE d SYSTEM "file:///etc/hostname">'
ODD_XML = (b"&b;", b"&#0;", b"&#xD800;", b"<![CDATA[", b"]]>", b"<!-- ", b"<?x ?>", b"&", b"<")


def broken_xml(random: Random, contents: bytes) -> bytes:
    """An element lost, doubled, renamed, its text changed; an entity, another encoding."""
    tags = list(TAG.finditer(contents))
    way = random.randrange(10)
    if way == 0:
        return (ENTITY if random.random() < 0.5 else OUTSIDE) + contents
    if way == 1:
        return contents.decode("utf-8", "replace").encode(random.choice(ENCODINGS), "replace")
    if way == 2:
        named = random.choice((b"UTF-8", b"utf-16", b"ISO-8859-1", b"x-inconnu", b"EBCDIC-CP-FR"))
        head = b'<?xml version="1.0" encoding="' + named + b'"?>'
        return head + contents.partition(b"?>")[2]
    if not tags:
        return broken_bytes(random, contents)
    tag = random.choice(tags)
    start, end = tag.span()
    if way == 3:
        return contents[:start] + contents[end:]
    if way == 4:
        return contents[:end] + contents[start:end] * random.choice((1, 2, 300)) + contents[end:]
    if way == 5:
        other = random.choice(tags)[2]
        return contents[: tag.start(2)] + other + contents[tag.end(2) :]
    if way == 6:
        return contents[:end] + random.choice(ODD_XML) + contents[end:]
    if way == 7:
        return contents[:start] + b"<x>" * random.choice((10, 300, 5000)) + contents[start:]
    return _other_text(random, contents, tag)


def _other_text(random: Random, contents: bytes, tag: re.Match[bytes]) -> bytes:
    """What follows a tag, up to the next one, replaced by another value."""
    end = contents.find(b"<", tag.end())
    end = len(contents) if end < 0 else end
    text = contents[tag.end() : end].decode("utf-8", "replace")
    value = worn(random, text) if text and random.random() < 0.5 else nasty(random)
    written = value.replace("&", "&amp;").replace("<", "&lt;").encode("utf-8", "replace")
    return contents[: tag.end()] + written + contents[end:]


# --- Tables of text ----------------------------------------------------------------------------
def broken_csv(random: Random, rows: list[list[str]]) -> bytes:
    """Cells, columns, separators, ends of lines, quotes and encodings of a table."""
    rows = [list(row) for row in rows]
    for _ in range(random.choice((0, 1, 1, 2, 4))):
        _change_rows(random, rows)
    if random.random() < 0.85:
        separator, quoted, end = ";", csv.QUOTE_MINIMAL, random.choice(("\n", "\r\n"))
    else:
        separator = random.choice((",", "\t", "|", ";;", "; "))[:1]
        quoted, end = random.choice((csv.QUOTE_ALL, csv.QUOTE_NONE)), random.choice(("\r", "\n\n"))
    text = io.StringIO()
    writer = csv.writer(
        text, delimiter=separator, quoting=quoted, lineterminator=end, escapechar="\\"
    )
    writer.writerows(rows)
    encoding = "utf-8" if random.random() < 0.8 else random.choice(ENCODINGS)
    contents = text.getvalue().encode(encoding, "replace")
    return broken_bytes(random, contents) if random.random() < 0.15 else contents


def _change_rows(random: Random, rows: list[list[str]]) -> None:
    # The headings are right most of the time: the lines are then read.
    row = rows[0] if random.random() < 0.1 else random.choice(rows[1:] or rows)
    place = random.randrange(len(row)) if row else 0
    way = random.randrange(9)
    if way <= 2 and row:
        row[place] = nasty(random)
    elif way <= 4 and row:
        row[place] = worn(random, row[place])
    elif way == 5:
        row.insert(place, nasty(random))
    elif way == 6:
        del row[place : place + 1]
    elif way == 7:
        rows.extend([list(row)] * random.choice((1, 1, 1, 300)))
    else:
        random.shuffle(row)


# --- JSON --------------------------------------------------------------------------------------
def broken_json(random: Random, value: Any) -> bytes:
    """A value of another type, a key lost, doubled or renamed, then broken text."""
    value = json.loads(json.dumps(value))
    for _ in range(random.choice((0, 1, 1, 2, 4))):
        _change_node(random, value)
    text = json.dumps(value, ensure_ascii=random.random() < 0.5)
    if random.random() < 0.05:
        text = "[" * random.choice((10, 2_000, 100_000)) + text
    if random.random() < 0.1:
        text = worn(random, text)
    contents = text.encode(
        "utf-8" if random.random() < 0.9 else random.choice(ENCODINGS), "replace"
    )
    return broken_bytes(random, contents) if random.random() < 0.15 else contents


def _change_node(random: Random, value: Any) -> None:
    holders = [holder for holder in _holders(value) if holder]
    if not holders:
        return
    holder = random.choice(holders)
    keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    key = random.choice(keys)
    way = random.randrange(5)
    if way == 0:
        del holder[key]
    elif way == 1 and isinstance(holder, dict):
        holder[worn(random, key)] = holder.pop(key)
    elif way == 2 and isinstance(holder, list):
        holder.extend([holder[key]] * random.choice((1, 2, 400)))
    elif way == 3 and isinstance(holder[key], str):
        holder[key] = worn(random, holder[key])
    else:
        holder[key] = random.choice((nasty(random), None, True, -1, 1.5, 10**30, [], {}, [[]], ""))


def _holders(value: Any) -> list[Any]:
    found = []
    if isinstance(value, dict | list):
        found.append(value)
        for child in value.values() if isinstance(value, dict) else value:
            found.extend(_holders(child))
    return found


# --- PDF ---------------------------------------------------------------------------------------
def broken_pdf(random: Random, contents: bytes) -> bytes:
    """Another first line, another kind of file, or broken bytes."""
    way = random.randrange(5)
    if way == 0:
        starts = (b"", b" ", b"\n", b"\xef\xbb\xbf", b"%PDF", b"%pdf-1.7", b"PK\x03\x04", b"<html>")
        return random.choice(starts) + contents[random.choice((0, 5, 8)) :]
    if way == 1:
        return contents[: random.choice((0, 1, 4, 5, 6, 100))]
    if way == 2:
        return random.choice((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"MZ", b"#!")) + contents
    if way == 3:
        return worn(random, contents.decode("latin-1")).encode("latin-1", "replace")
    return broken_bytes(random, contents)
