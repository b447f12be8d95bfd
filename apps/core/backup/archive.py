"""A backup: a folder with the dump of the database, the archive of the documents, a manifest.

Dump and figures come from one snapshot; the manifest is written last, so that a folder without it
is no backup. A filter may encrypt both files (`age -r …`, `gpg -e -r …`): what is kept in the
folder is then unreadable without its key, but for the manifest, which holds figures only.
"""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.utils import timezone

from apps.core.backup import programs
from apps.core.backup.figures import Figures, differences, read_figures
from apps.core.database.locations import connection_arguments
from apps.core.errors import Refus

MANIFEST = "manifeste.json"
DUMP = "base.dump"
DOCUMENTS = "documents.tar"
FORMAT = 1
# Row-level security would hide rows from any other role: a backup must not be partial.
SEES_EVERYTHING = """
    SELECT bool_and(pg_has_role(relowner, 'USAGE')) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
"""
OCCUPIED = "SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace LIMIT 1"


def save(
    database: dict[str, Any], documents: Path, folder: Path, *, filtre: str = ""
) -> dict[str, Any]:
    """Write a backup in `folder`, absent or empty; returns its manifest. Raises Refus."""
    with _private_files():
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise Refus(f"Le dossier {folder} n’est pas vide : chaque sauvegarde a le sien.")
        with psycopg.connect(**connection_arguments(database)) as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            if not connection.execute(SEES_EVERYTHING).fetchone()[0]:  # type: ignore[index]
                raise Refus("La sauvegarde se fait avec le rôle propriétaire de la base.")
            figures = _dump(connection, database, folder / DUMP, filtre)
            version = connection.info.server_version
        count, size = _archive(documents, folder / DOCUMENTS, filtre)
        manifest = {
            "format": FORMAT,
            "cree_le": timezone.now().isoformat(timespec="seconds"),
            "postgresql": version // 10_000,
            "chiffre": bool(filtre),
            "base": _described(folder / DUMP),
            "documents": _described(folder / DOCUMENTS) | {"nombre": count, "octets": size},
            **figures,
        }
        written = folder / f"{MANIFEST}.part"
        written.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
        written.rename(folder / MANIFEST)
    return manifest


def restore(
    folder: Path, database: dict[str, Any], documents: Path | None, *, filtre: str = ""
) -> dict[str, Any]:
    """Restore into an empty database (and an empty folder), compare; returns the manifest.

    Raises Refus when the backup is damaged, when the place is taken, or when what is restored is
    not what was saved.
    """
    manifest = read_manifest(folder)
    if manifest["chiffre"] and not filtre:
        raise Refus("Cette sauvegarde est chiffrée : donnez la commande qui déchiffre (--filtre).")
    if documents is not None and documents.exists() and any(documents.iterdir()):
        raise Refus(f"Le dossier {documents} n’est pas vide : restaurez les documents ailleurs.")
    with psycopg.connect(**connection_arguments(database)) as connection:
        if connection.execute(OCCUPIED).fetchone():
            raise Refus(
                f"La base « {database['NAME']} » n’est pas vide : restaurez dans une base neuve."
            )
        major = connection.info.server_version // 10_000
    _load(folder / DUMP, database, filtre, max(major, manifest["postgresql"]))
    if documents is not None:
        _extract(folder / DOCUMENTS, documents, filtre)
    with psycopg.connect(**connection_arguments(database)) as connection:
        found = differences(manifest, read_figures(connection))
    if found:
        raise Refus("Ce qui est restauré n’est pas ce qui a été sauvegardé.", *found)
    return manifest


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest, once both files are what it says. Raises Refus."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Refus(
            f"{folder} n’est pas une sauvegarde complète : {MANIFEST} manque ou est illisible."
        ) from None
    if manifest.get("format") != FORMAT:
        raise Refus("Cette sauvegarde a été faite par une autre version de l’extranet.")
    for key, name in (("base", DUMP), ("documents", DOCUMENTS)):
        path = folder / name
        if not path.exists() or _described(path)["sha256"] != manifest[key]["sha256"]:
            raise Refus(f"{path} manque ou a été modifié depuis la sauvegarde.")
    return manifest


def _dump(connection: Any, database: dict[str, Any], path: Path, filtre: str) -> Figures:
    snapshot = connection.execute("SELECT pg_export_snapshot()").fetchone()[0]
    pg_dump = programs.program("pg_dump", connection.info.server_version // 10_000)
    conninfo, environment = programs.address(database)
    options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
    options.append("--enable-row-security")  # the owner has a policy that shows it everything
    with programs.written_through(filtre, path) as target:
        programs.run([pg_dump, *options, f"--dbname={conninfo}"], environment, target=target)
    return read_figures(connection)


def _load(path: Path, database: dict[str, Any], filtre: str, major: int) -> None:
    pg_restore = programs.program("pg_restore", major)
    conninfo, environment = programs.address(database)
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    with programs.read_through(filtre, path) as source:
        programs.run([pg_restore, *options, f"--dbname={conninfo}"], environment, source=source)


def _archive(documents: Path, path: Path, filtre: str) -> tuple[int, int]:
    """The files of the documents, in a stream; (number, bytes). Those half-written are left."""
    count = size = 0
    with (
        programs.written_through(filtre, path) as target,
        tarfile.open(fileobj=target, mode="w|") as archive,
    ):
        for file in sorted(documents.rglob("*")):
            if file.is_symlink() or not file.is_file() or file.suffix == ".part":
                continue
            archive.add(file, arcname=str(file.relative_to(documents)))
            count += 1
            size += file.stat().st_size
    return count, size


def _extract(path: Path, documents: Path, filtre: str) -> None:
    with _private_files():
        documents.mkdir(parents=True, exist_ok=True)
        with (
            programs.read_through(filtre, path) as source,
            tarfile.open(fileobj=source, mode="r|") as archive,
        ):
            # « data » refuses absolute paths, links outside and special files.
            archive.extractall(documents, filter="data")


def _described(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"fichier": path.name, "taille": path.stat().st_size, "sha256": digest}


@contextmanager
def _private_files() -> Iterator[None]:
    """Files and folders made here are readable by their owner alone."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
