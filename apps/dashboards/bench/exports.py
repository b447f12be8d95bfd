"""Bench of the long Excel file, « toutes structures »: from the database to the file kept.

Against openpyxl alone, in its write-only mode, writing the same values already in memory and
without any format. Targets: a quarter of its time, less than 200 MiB (spec 06 §1).
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from tempfile import TemporaryFile
from typing import Any

from django.db import transaction

from apps.accounts.models import Membership
from apps.core.exports import XLSX
from apps.core.services import store_file
from apps.dashboards.bench.donnees import TERRITOIRE, make_lines, make_reader
from apps.dashboards.bench.mesures import Cible, Mesure, Rapport, mesurer
from apps.dashboards.restitutions.fichier import excel_file
from apps.dashboards.restitutions.realisations import REALISATIONS_STRUCTURES
from apps.dashboards.restitutions.restitution import Criteres

PASSAGES = 3
RAPPORT_MAX = 0.25
MEMOIRE_MAX = 200.0  # MiB
CRITERES = Criteres(departement=TERRITOIRE)


def run(rows: int, say: Callable[[str], None]) -> Rapport:
    """Make the rows, write them both ways `PASSAGES` times, roll everything back."""
    with transaction.atomic():
        say(f"Préparation de {rows} lignes…")
        make_lines(rows)
        acting = make_reader()
        passages = []
        for number in range(1, PASSAGES + 1):
            say(f"Passage {number} sur {PASSAGES}…")
            passages.append((*_export(acting, rows), _openpyxl(acting)))
        transaction.set_rollback(True)
    return _report(rows, passages)


def _export(acting: Membership, rows: int) -> tuple[Mesure, int]:
    """The whole export, file kept with its hash, and its size; the file is removed."""
    with mesurer() as mesure:
        contents, totals = excel_file(acting, REALISATIONS_STRUCTURES, CRITERES)
        fichier = store_file(contents, nom="banc.xlsx", titre="Banc de mesure", type_mime=XLSX)
    fichier.contenu.delete(save=False)
    if totals.count != rows:
        raise AssertionError(f"{totals.count} rows written instead of {rows}")
    return mesure, fichier.taille


def _openpyxl(acting: Membership) -> Mesure:
    """openpyxl alone, write-only, from lists of values."""
    from openpyxl import Workbook

    keys = [column.key for column in REALISATIONS_STRUCTURES.definition.columns]
    found = REALISATIONS_STRUCTURES.rows(acting, CRITERES)
    values = [[None if row[key] == "" else row[key] for key in keys] for row in found]
    with mesurer() as mesure, TemporaryFile() as target:
        book = Workbook(write_only=True)
        sheet: Any = book.create_sheet("Réalisations")
        for row in values:
            sheet.append(row)
        book.save(target)
    return mesure


def _report(rows: int, passages: list[tuple[Mesure, int, Mesure]]) -> Rapport:
    ours = [mesure for mesure, _size, _theirs in passages]
    theirs = [mesure for _ours, _size, mesure in passages]
    ratios = [a.secondes / b.secondes for a, b in zip(ours, theirs, strict=True)]
    ratio = median(ratios)
    columns = len(REALISATIONS_STRUCTURES.definition.columns)
    # Later passages start with the memory of openpyxl's rows, already given to the process.
    first, size = passages[0][:2]
    queries = {mesure.requetes for mesure in ours}
    return Rapport(
        titre="exports",
        lignes=[
            ("Volume", f"{rows} lignes × {columns} colonnes"),
            ("Export complet (s)", _list([mesure.secondes for mesure in ours])),
            ("openpyxl seul (s)", _list([mesure.secondes for mesure in theirs])),
            ("Rapport", f"{_list(ratios)} ; médiane {_text(ratio)}"),
            (
                "Mémoire",
                f"+ {_text(first.memoire)} Mio au plus pendant le premier export "
                f"(processus : {_text(first.memoire_totale)} Mio)",
            ),
            ("Requêtes SQL", ", ".join(str(number) for number in sorted(queries))),
            ("Taille du fichier", f"{_text(size / 2**20)} Mio"),
        ],
        chiffres={
            "lignes": rows,
            "colonnes": columns,
            "export_s": [mesure.secondes for mesure in ours],
            "openpyxl_s": [mesure.secondes for mesure in theirs],
            "rapports": ratios,
            "memoire_mio": first.memoire,
            "memoire_totale_mio": first.memoire_totale,
            "requetes": sorted(queries),
            "octets": size,
        },
        cibles=[
            Cible("Rapport à openpyxl seul", ratio, RAPPORT_MAX),
            Cible("Mémoire ajoutée (Mio)", first.memoire, MEMOIRE_MAX),
        ],
    )


def _list(values: list[float]) -> str:
    return " ; ".join(_text(value) for value in values)


def _text(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")
