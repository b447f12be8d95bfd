"""Backups on a real database: saved, restored beside, proved equal; what is refused."""

from __future__ import annotations

import json
import shutil
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connections

from apps.core.backup import programs
from apps.core.backup.archive import DOCUMENTS, DUMP, MANIFEST, restore, save
from apps.core.backup.figures import differences, read_figures
from apps.core.database import preparation
from apps.core.database.locations import connection_arguments, parse_url
from apps.core.errors import Refus
from apps.core.management.commands.repeter_restauration import url_of
from apps.core.models import Fichier
from apps.core.services import store_file
from tests.security.world import make_world

NOM = "Piéce-de-Kowalczykowska.pdf"


@pytest.fixture
def saved_database(committed_db: None, settings: Any, tmp_path: Path) -> dict[str, Any]:
    """A database with a case and two documents; the owner's connection to it."""
    settings.MEDIA_ROOT = tmp_path / "media"
    make_world()
    for number in range(2):
        store_file(
            ContentFile(f"%PDF-1.7 {number}".encode()).read(),
            nom=f"{number}-{NOM}",
            titre="Essai",
            type_mime="application/pdf",
        )
    owner: dict[str, Any] = dict(connections.settings["owner"])
    try:
        with psycopg.connect(**connection_arguments(owner)) as connection:
            programs.program("pg_dump", connection.info.server_version // 10_000)
    except Refus as refus:
        pytest.skip(str(refus))
    return owner


@pytest.fixture
def empty_database(saved_database: dict[str, Any]) -> Iterator[dict[str, Any]]:
    copy = saved_database | {"NAME": f"{saved_database['NAME']}_copy"}
    preparation.drop_database(copy)
    assert preparation.create_database(copy)
    yield copy
    preparation.drop_database(copy)


def figures_of(database: dict[str, Any]) -> dict[str, Any]:
    with psycopg.connect(**connection_arguments(database)) as connection:
        return read_figures(connection)


def execute(database: dict[str, Any], statement: str) -> None:
    with psycopg.connect(**connection_arguments(database)) as connection:
        connection.execute(statement)


def test_what_is_restored_is_what_was_saved(
    saved_database: dict[str, Any], empty_database: dict[str, Any], settings: Any, tmp_path: Path
) -> None:
    """Every table, the totals, the documents; nobody else reads the files."""
    folder, documents = tmp_path / "sauvegarde", tmp_path / "documents"
    manifest = save(saved_database, settings.MEDIA_ROOT, folder)
    assert manifest["tables"]["core_fichier"][0] == Fichier.objects.count() >= 2
    assert manifest["tables"]["annexes_versionannexe"][0] >= 1
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert restore(folder, empty_database, documents) == manifest
    assert figures_of(empty_database) == figures_of(saved_database)
    for fichier in Fichier.objects.filter(nom__endswith=NOM):
        restored = documents / fichier.contenu.name
        assert restored.read_bytes() == Path(fichier.contenu.path).read_bytes()
        assert stat.S_IMODE(restored.stat().st_mode) == 0o600
    assert "Kowalczykowska" not in (folder / MANIFEST).read_text()


def test_one_changed_value_is_seen(
    saved_database: dict[str, Any], empty_database: dict[str, Any], settings: Any, tmp_path: Path
) -> None:
    """A figure of the restored copy is changed, then a row is removed, then a table."""
    manifest = save(saved_database, settings.MEDIA_ROOT, tmp_path / "sauvegarde")
    restore(tmp_path / "sauvegarde", empty_database, None)
    one = "WHERE name = (SELECT MIN(name) FROM core_sequence)"
    execute(empty_database, f"UPDATE core_sequence SET last = last + 1 {one}")
    found = differences(manifest, figures_of(empty_database))
    assert found == ["core_sequence : contenu différent"]
    execute(empty_database, f"DELETE FROM core_sequence {one}")
    (found,) = differences(manifest, figures_of(empty_database))
    assert "une fois restaurées" in found
    execute(empty_database, "DROP TABLE core_courrielenvoye")
    found = differences(manifest, figures_of(empty_database))
    assert "core_courrielenvoye : table absente" in found
    other = {**manifest, "totaux": {title: ["autre"] for title in manifest["totaux"]}}
    assert "soldes par compte, financeur et mandat : différents" in differences(
        other, figures_of(saved_database)
    )


def test_a_place_that_is_taken_is_refused(
    saved_database: dict[str, Any], empty_database: dict[str, Any], settings: Any, tmp_path: Path
) -> None:
    folder, documents = tmp_path / "sauvegarde", tmp_path / "documents"
    save(saved_database, settings.MEDIA_ROOT, folder)
    with pytest.raises(Refus, match="chaque sauvegarde a le sien"):
        save(saved_database, settings.MEDIA_ROOT, folder)
    before = figures_of(saved_database)
    with pytest.raises(Refus, match="n’est pas vide : restaurez dans une base neuve"):
        restore(folder, saved_database, None)
    assert figures_of(saved_database) == before
    documents.mkdir()
    (documents / "reste").write_text("x")
    with pytest.raises(Refus, match="restaurez les documents ailleurs"):
        restore(folder, empty_database, documents)
    assert figures_of_tables(empty_database) == []


def figures_of_tables(database: dict[str, Any]) -> list[Any]:
    with psycopg.connect(**connection_arguments(database)) as connection:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        return connection.execute(query).fetchall()


def test_a_damaged_backup_is_refused(
    saved_database: dict[str, Any], empty_database: dict[str, Any], settings: Any, tmp_path: Path
) -> None:
    """A byte changed, a file removed, a manifest of another format, or none."""
    folder = tmp_path / "sauvegarde"
    save(saved_database, settings.MEDIA_ROOT, folder)
    for name in (DUMP, DOCUMENTS):
        kept = (folder / name).read_bytes()
        (folder / name).write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
        with pytest.raises(Refus, match="modifié depuis la sauvegarde"):
            restore(folder, empty_database, None)
        (folder / name).unlink()
        with pytest.raises(Refus, match="manque ou a été modifié"):
            restore(folder, empty_database, None)
        (folder / name).write_bytes(kept)
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | {"format": 0}))
    with pytest.raises(Refus, match="une autre version"):
        restore(folder, empty_database, None)
    (folder / MANIFEST).unlink()
    with pytest.raises(Refus, match="n’est pas une sauvegarde complète"):
        restore(folder, empty_database, None)
    assert figures_of_tables(empty_database) == []


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the program openssl")
def test_a_filter_encrypts_both_files(
    saved_database: dict[str, Any], empty_database: dict[str, Any], settings: Any, tmp_path: Path
) -> None:
    folder, documents = tmp_path / "sauvegarde", tmp_path / "documents"
    cipher = "openssl enc -aes-256-cbc -pbkdf2 -pass pass:essai"
    save(saved_database, settings.MEDIA_ROOT, folder, filtre=cipher)
    assert (folder / DUMP).read_bytes().startswith(b"Salted__")
    assert not tarfile.is_tarfile(folder / DOCUMENTS)
    with pytest.raises(Refus, match="est chiffrée"):
        restore(folder, empty_database, documents)
    with pytest.raises(Refus, match="a échoué"):
        restore(folder, empty_database, documents, filtre=f"{cipher[:-5]}autre -d")
    assert figures_of_tables(empty_database) == []
    restore(folder, empty_database, documents, filtre=f"{cipher} -d")
    assert figures_of(empty_database) == figures_of(saved_database)
    assert len([path for path in documents.rglob("*") if path.is_file()]) >= 2


def test_the_role_of_the_application_saves_nothing(
    saved_database: dict[str, Any], settings: Any, tmp_path: Path
) -> None:
    """It does not see every row: a partial backup would look whole."""
    application = dict(connections.settings["default"])
    with pytest.raises(Refus, match="rôle propriétaire"):
        save(application, settings.MEDIA_ROOT, tmp_path / "sauvegarde")


def test_a_program_too_old_is_not_taken() -> None:
    with pytest.raises(Refus, match="postgresql-client-999"):
        programs.program("pg_dump", 999)


def test_the_commands(
    saved_database: dict[str, Any],
    empty_database: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    monkeypatch.setenv("DATABASE_URL", url_of(saved_database))
    folder = str(tmp_path / "sauvegarde")
    call_command("sauvegarder", folder)
    with pytest.raises(CommandError, match="chaque sauvegarde a le sien"):
        call_command("sauvegarder", folder)
    call_command("restaurer", folder, database=url_of(empty_database))
    with pytest.raises(CommandError, match="n’est pas vide"):
        call_command("restaurer", folder, database=url_of(empty_database))
    with pytest.raises(CommandError, match="must read postgresql://"):
        call_command("restaurer", folder, database="sqlite:///x")
    told = capsys.readouterr().out
    assert "Sauvegarde écrite dans" in told
    assert "Restauré et comparé" in told
    assert figures_of(empty_database) == figures_of(saved_database)


def test_the_rehearsal(
    saved_database: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """All its steps pass, and nothing is left; a document altered before makes it fail."""
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    monkeypatch.setenv("DATABASE_URL", url_of(saved_database))
    # The settings of the tests keep their files where they like.
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    call_command("repeter_restauration")
    told = capsys.readouterr().out
    for step in ("sauvegarde", "restauration", "journal", "documents"):
        assert f"\n{step} " in f"\n{told}"
    assert "La restauration répétée est fidèle." in told
    Path(Fichier.objects.filter(nom__endswith=NOM).first().contenu.path).write_bytes(b"autre")
    with pytest.raises(CommandError, match="contenu modifié"):
        call_command("repeter_restauration")
    copy = f"{saved_database['NAME']}_repetition"[:63]
    with preparation.maintenance_connection(saved_database) as connection:
        assert not preparation.database_exists(connection, copy)


def test_an_address_is_read_back() -> None:
    database = parse_url("postgresql://o:p%40ss@/base?host=/run/pg&sslmode=disable")
    assert parse_url(url_of(database)) == database
