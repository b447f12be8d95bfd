"""`manage.py sauvegarder DOSSIER`: the database and the documents, with what proves them.

Run as the owner of the database (DATABASE_OWNER_URL). `--filtre` is a command that encrypts what
goes through it: `--filtre "age -r age1…"`. Exit status 1 and a sentence when nothing was saved.
"""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.backup.archive import save
from apps.core.database.locations import owner_database
from apps.core.errors import Refus


class Command(BaseCommand):
    help = "Sauvegarde la base et les documents dans un dossier neuf."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dossier", type=Path)
        parser.add_argument("--filtre", default="", help="Commande qui chiffre, facultative.")

    def handle(self, *, dossier: Path, filtre: str, **options: Any) -> None:
        database = owner_database()
        if database is None:
            raise CommandError("Indiquez la base de données dans la variable DATABASE_OWNER_URL.")
        try:
            manifest = save(database, Path(settings.MEDIA_ROOT), dossier, filtre=filtre)
        except Refus as refus:
            raise CommandError(" ".join(refus.motifs)) from refus
        rows = sum(count for count, _sum in manifest["tables"].values())
        self.stdout.write(
            f"Sauvegarde écrite dans {dossier} : {len(manifest['tables'])} tables, {rows} lignes, "
            f"{manifest['documents']['nombre']} documents."
        )
