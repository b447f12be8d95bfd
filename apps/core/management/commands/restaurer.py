"""`manage.py restaurer DOSSIER --database URL`: a backup in an empty database, then compared.

A database that holds anything is refused. `--documents` is the empty folder of the documents,
`--filtre` the command that decrypts. The rights of the application's role are given afterwards by
`prepare_database` (docs/operations.md).
"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.backup.archive import restore
from apps.core.database.locations import parse_url
from apps.core.errors import Refus


class Command(BaseCommand):
    help = "Restaure une sauvegarde dans une base vide et la compare à son manifeste."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dossier", type=Path)
        parser.add_argument("--database", required=True, help="postgresql://… d’une base vide.")
        parser.add_argument("--documents", type=Path, help="Dossier vide où mettre les documents.")
        parser.add_argument("--filtre", default="", help="Commande qui déchiffre, facultative.")

    def handle(
        self, *, dossier: Path, database: str, documents: Path | None, filtre: str, **options: Any
    ) -> None:
        try:
            manifest = restore(dossier, parse_url(database), documents, filtre=filtre)
        except ValueError as error:
            raise CommandError(str(error)) from error
        except Refus as refus:
            raise CommandError("\n".join(refus.motifs)) from refus
        self.stdout.write(
            f"Restauré et comparé : {len(manifest['tables'])} tables, "
            f"{len(manifest['totaux'])} totaux. Lancez maintenant prepare_database."
        )
