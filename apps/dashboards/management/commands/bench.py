"""`manage.py bench NAME`: measure, compare with the targets, print a table and JSON.

The rows are made in a transaction that is rolled back: the data of the database is not touched.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.dashboards.bench.mesures import Rapport, machine
from apps.dashboards.bench.registre import BANCS


class Command(BaseCommand):
    help = "Mesure l’extranet et compare le résultat à ses cibles ; ne laisse rien dans la base."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("banc", choices=sorted(BANCS), help="ce qui est mesuré")
        parser.add_argument("--rows", type=int, default=100_000, help="nombre de lignes (100 000)")
        parser.add_argument("--json", type=Path, help="fichier où écrire aussi les chiffres")

    def handle(self, *, banc: str, rows: int, json: Path | None, **options: Any) -> None:
        if rows < 1:
            raise CommandError("Le nombre de lignes doit être d’au moins 1.")
        report = BANCS[banc](rows, self.stderr.write)
        self._print(report)
        if json is not None:
            _write(json, report)

    def _print(self, report: Rapport) -> None:
        lines = [("Banc", report.titre), ("Machine", machine()), *report.lignes]
        lines += [
            (
                f"Cible : {cible.libelle}",
                f"{cible.mesure:.2f} pour {cible.limite:g} au plus : ".replace(".", ",")
                + ("atteinte" if cible.atteinte else "NON ATTEINTE"),
            )
            for cible in report.cibles
        ]
        width = max(len(label) for label, _text in lines)
        for label, text in lines:
            self.stdout.write(f"{label:<{width}}  {text}")


def _write(path: Path, report: Rapport) -> None:
    try:
        path.write_text(
            json.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )
    except OSError as error:
        raise CommandError(f"Le fichier « {path} » n’a pas pu être écrit : {error}.") from None
