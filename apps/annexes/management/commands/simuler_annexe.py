"""`manage.py simuler_annexe FICHIER|-`: what an annex would be paid, month by month, as JSON.

Plays the rules that pay (apps/rules) on the figures of a JSON file, without the database. For
structures (treasury forecast), instructors and tests. Exit status 2 and one line per fault on the
standard error when the request is refused.
"""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.rules.simulation import DemandeRefusee, simulate

# A year of statements and amendments holds in a few kilobytes; beyond, it is another file.
_MAX_BYTES = 2_000_000
_REFUSED = 2


class Command(BaseCommand):
    help = "Simule les versements d’une annexe financière à partir d’un fichier JSON."
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("fichier", help="fichier JSON de la demande, ou - pour l’entrée")
        parser.add_argument(
            "--expliquer",
            action="store_true",
            help="ajoute à chaque versement les étapes de son calcul",
        )

    def handle(self, *args: Any, fichier: str, expliquer: bool, **options: Any) -> None:
        try:
            result = simulate(_read(fichier), explain=expliquer)
        except DemandeRefusee as refusal:
            for fault in refusal.faults:
                self.stderr.write(fault)
            sys.exit(_REFUSED)
        self.stdout.write(json.dumps(result, ensure_ascii=False, indent=1))


def _read(fichier: str) -> str:
    """The text of the file or of the standard input; DemandeRefusee when it cannot be read."""
    try:
        if fichier == "-":
            content = sys.stdin.buffer.read(_MAX_BYTES + 1)
        else:
            with Path(fichier).open("rb") as source:
                content = source.read(_MAX_BYTES + 1)
    except (OSError, ValueError):
        raise DemandeRefusee(["fichier : ce fichier est introuvable ou illisible."]) from None
    if len(content) > _MAX_BYTES:
        raise DemandeRefusee(["fichier : ce fichier dépasse 2 Mo."])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DemandeRefusee(["fichier : ce fichier n’est pas encodé en UTF-8."]) from None
