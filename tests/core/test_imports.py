"""A workbook that somebody sends: read as plain values, or refused with its place in words."""

from __future__ import annotations

import contextlib
import io
import random
import zipfile
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from time import process_time

import pytest
from openpyxl import Workbook

from apps.core import imports
from apps.core.imports import FichierRefuse, read_rows

HEADINGS = ("Nom", "Date de naissance", "Heures")
MORNING = datetime(1990, 5, 4, 8, 1)  # noqa: DTZ001 - a spreadsheet knows no time zone


def workbook(*rows, title="Feuille"):
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    return saved(book)


def saved(book):
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


def archive(**parts):
    """A workbook whose parts are given as bytes (« workbook » for xl/workbook.xml)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", parts.pop("types", b"<Types/>"))
        made.writestr("xl/workbook.xml", parts.pop("workbook", b"<workbook/>"))
        for name, contents in parts.items():
            made.writestr(f"xl/{name}.xml", contents)
    file.seek(0)
    return file


def renumbered(file, line, number):
    """The same workbook, one of its lines given another number."""
    made = io.BytesIO()
    with zipfile.ZipFile(file) as read, zipfile.ZipFile(made, "w") as written:
        for name in read.namelist():
            contents = read.read(name)
            if name.startswith("xl/worksheets/"):
                contents = contents.replace(b'r="%d"' % line, b'r="%d"' % number)
                contents = contents.replace(b'r="A%d"' % line, b'r="A%d"' % number)
            written.writestr(name, contents)
    made.seek(0)
    return made


def refused(file, *beginnings, **options):
    with pytest.raises(FichierRefuse) as refus:
        read_rows(file, HEADINGS, **options)
    assert len(refus.value.motifs) == len(beginnings), refus.value.motifs
    for motif, beginning in zip(refus.value.motifs, beginnings, strict=True):
        assert motif.startswith(beginning), motif


def test_rows_keep_their_line_and_their_values():
    """A title above, another order, an empty row, a column of one's own: the rows are read."""
    file = workbook(
        ["Salariés de juin"],
        ["  HEURES ", "Remarque", "nom", "Date de  naissance *"],
        [151.67, "à voir", " Durand\u00a0 Léa", date(1990, 5, 4)],
        [None, None, None, None],
        [7, None, "=Zoé", "04/05/1990"],
    )
    file.seek(3)
    with pytest.raises(FichierRefuse) as refus:
        read_rows(file, HEADINGS)
    assert refus.value.motifs == (
        "Ligne 5, colonne C (Nom) : la cellule contient une formule. Copiez la colonne et collez "
        "ses valeurs.",
    )


def test_values_are_exact():
    book = Workbook()
    book.active.append(HEADINGS)
    book.active.append([" Durand\u00a0 Léa", date(1990, 5, 4), 151.67])
    book.active.append([])
    book.active.append([12, "04/05/1990", time(7, 30)])
    book.active.append([True, MORNING, timedelta(hours=30, minutes=5)])
    book.active["A3"].data_type = "s"
    rows = read_rows(saved(book), HEADINGS)
    assert [(row.line, *row.values.values()) for row in rows] == [
        (2, "Durand Léa", date(1990, 5, 4), Decimal("151.67")),
        (4, 12, "04/05/1990", "7:30"),
        (5, True, MORNING, "30:05"),
    ]
    assert rows[1].place("Heures") == "Ligne 4, colonne C (Heures)"


def test_a_text_that_begins_with_equal_is_a_text():
    """Typed as text in the spreadsheet, it is not a formula."""
    book = Workbook()
    book.active.append(HEADINGS)
    book.active.append(["x", "x", "x"])
    book.active["A2"].value = "=1+1"
    book.active["A2"].data_type = "s"
    assert read_rows(saved(book), HEADINGS)[0].values["Nom"] == "=1+1"


def test_optional_columns_may_be_absent():
    rows = read_rows(workbook(["Nom"], ["Durand"]), ["Nom"], optional=["Prénom"])
    assert dict(rows[0].values) == {"Nom": "Durand"}


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (io.BytesIO(b""), "Ce fichier n’est pas un classeur Excel"),
        (io.BytesIO(b"nom;heures\n"), "Ce fichier n’est pas un classeur Excel"),
        (io.BytesIO(b"\xd0\xcf\x11\xe0 ancien"), "Ce fichier est protégé par un mot de passe"),
        (archive(vbaProject=b"<x/>"), "Ce classeur contient des macros"),
        (archive(), "Ce classeur ne peut pas être lu"),
        (archive(workbook=b"<!DOCTYPE a [<!ENTITY b 'c'>]><workbook/>"), "Ce fichier n’est pas"),
        (archive(workbook="<workbook/>".encode("utf-16")), "Ce fichier n’est pas"),
        (archive(bomb=b"0" * 31 * 1024 * 1024), "Le classeur est trop volumineux une fois ouvert"),
        (archive(**{f"p{n}": b"" for n in range(500)}), "Le classeur est trop volumineux"),
        (workbook(), "Aucun des titres de colonnes attendus"),
        (workbook(["Prénom"], ["Léa"]), "Aucun des titres de colonnes attendus"),
        (workbook(["Nom", "Heures"]), "Il manque une colonne : « Date de naissance »."),
        (workbook(["Nom"]), "Il manque des colonnes : « Date de naissance », « Heures »."),
        (workbook([*HEADINGS, "NOM"]), "La colonne « Nom » figure deux fois"),
        (workbook(HEADINGS), "Le fichier ne contient aucune ligne"),
        (workbook(HEADINGS, ["x" * 1001]), "Ligne 2, colonne A (Nom) : le texte dépasse 1000"),
        (workbook(HEADINGS, *[["x"]] * 4), "Le fichier compte plus de 3 lignes"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(file, sentence):
    refused(file, sentence, max_rows=3)


def test_a_file_too_heavy_is_not_opened(monkeypatch):
    monkeypatch.setattr(imports, "MAX_BYTES", 10)
    refused(workbook(HEADINGS, ["x"]), "Le fichier dépasse")


def test_a_line_numbered_very_far_does_not_hold_the_page():
    """The lines a file skips cost almost nothing, those no spreadsheet has are not read."""
    for last, read in ((1_048_576, [2, 1_048_576]), (2_000_000_000, [2])):
        file = renumbered(workbook(HEADINGS, ["x"], ["y"]), 3, last)
        began = process_time()
        assert [row.line for row in read_rows(file, HEADINGS)] == read
        assert process_time() - began < 2


def test_a_named_sheet_is_asked_for():
    refused(workbook(HEADINGS), "Le classeur n’a pas de feuille « Saisie »", sheet="Saisie")
    assert read_rows(workbook(HEADINGS, ["x"], title="Saisie"), HEADINGS, sheet="Saisie")


def test_mutated_files_give_a_sentence_and_nothing_else():
    """Bytes changed at random: rows or a refusal, never another error."""
    whole = workbook(HEADINGS, *[["Durand", date(1990, 5, 4), 151.67]] * 20).getvalue()
    chance = random.Random(2023)
    for _ in range(200):
        bytes_ = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            bytes_[chance.randrange(len(bytes_))] = chance.randrange(256)
        with contextlib.suppress(FichierRefuse):
            assert read_rows(io.BytesIO(bytes(bytes_)), HEADINGS)
