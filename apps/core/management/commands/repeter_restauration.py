"""`manage.py repeter_restauration`: a backup restored beside, verified, timed, then dropped.

The rehearsal of a disaster, to be run every month: dump, database of its own on the same server,
restoration, figures compared, seals of the journal and documents verified on what was restored.
Exit status 1 at the first fault.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.backup.archive import restore, save
from apps.core.database import preparation
from apps.core.database.locations import owner_database
from apps.core.errors import Refus

# Run on what is restored, as they are run on the real one.
VERIFICATIONS = {"journal": "verify_journal", "documents": "verifier_documents"}


class Command(BaseCommand):
    help = "Sauvegarde, restaure à côté, vérifie, chronomètre, puis efface la copie."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dans", type=Path, help="Où travailler (dossier temporaire sinon).")

    def handle(self, *, dans: Path | None, **options: Any) -> None:
        owner = owner_database()
        if owner is None:
            raise CommandError("Indiquez la base de données dans la variable DATABASE_OWNER_URL.")
        copy = owner | {"NAME": f"{owner['NAME']}_repetition"[:63]}
        self.steps: list[tuple[str, float, str]] = []
        try:
            with tempfile.TemporaryDirectory(dir=dans) as folder, _database(copy):
                self._rehearse(owner, copy, Path(folder))
        except Refus as refus:
            raise CommandError("\n".join(refus.motifs)) from refus
        finally:
            for name, seconds, told in self.steps:
                self.stdout.write(f"{name:<16}{seconds:>8.1f} s   {told}")
        self.stdout.write("La restauration répétée est fidèle.")

    def _rehearse(self, owner: dict[str, Any], copy: dict[str, Any], folder: Path) -> None:
        with self._step("sauvegarde") as told:
            manifest = save(owner, Path(settings.MEDIA_ROOT), folder / "sauvegarde")
            sizes = [manifest[key]["taille"] for key in ("base", "documents")]
            told.append(
                f"{sizes[0] // 1024} Kio de base, {sizes[1] // 1024} Kio de documents "
                f"({manifest['documents']['nombre']})"
            )
        with self._step("restauration") as told:
            restore(folder / "sauvegarde", copy, folder / "documents")
            rows = sum(count for count, _sum in manifest["tables"].values())
            told.append(f"{len(manifest['tables'])} tables, {rows} lignes égales")
            told.extend(
                f"{title} : {len(found)} ligne{'s' if len(found) > 1 else ''}"
                for title, found in manifest["totaux"].items()
            )
        for name, command in VERIFICATIONS.items():
            with self._step(name) as told:
                told.append(_verify(command, copy, folder / "documents"))

    @contextmanager
    def _step(self, name: str) -> Iterator[list[str]]:
        told: list[str] = []
        start = time.perf_counter()
        try:
            yield told
        except Refus:
            told.append("ÉCHEC")
            raise
        finally:
            self.steps.append((name, time.perf_counter() - start, " ; ".join(told)))


@contextmanager
def _database(copy: dict[str, Any]) -> Iterator[None]:
    """A new database, dropped at the end; one that is there already is not ours to drop."""
    if not preparation.create_database(copy):
        raise Refus(f"La base « {copy['NAME']} » existe déjà : supprimez-la d’abord.")
    try:
        yield
    finally:
        preparation.drop_database(copy)


def _verify(command: str, database: dict[str, Any], documents: Path) -> str:
    """Run a command of verification on the copy, in a process of its own; what it says."""
    url = url_of(database)
    environment = os.environ | {
        "DATABASE_URL": url,
        "DATABASE_OWNER_URL": url,
        "MEDIA_ROOT": str(documents),
    }
    done = subprocess.run(  # noqa: S603 - a command of ours
        [sys.executable, "manage.py", command],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Refus(f"{command} : {(done.stderr or done.stdout).strip()[-1000:]}")
    return done.stdout.strip().splitlines()[0]


def url_of(database: dict[str, Any]) -> str:
    """The address of a database, as DATABASE_URL gives it."""
    person = quote(database["USER"], safe="")
    if database["PASSWORD"]:
        person += f":{quote(database['PASSWORD'], safe='')}"
    query = database["OPTIONS"] | {
        key: database[name] for key, name in (("host", "HOST"), ("port", "PORT")) if database[name]
    }
    return f"postgresql://{person}@/{quote(database['NAME'], safe='')}?{urlencode(query)}"
