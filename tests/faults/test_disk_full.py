"""A disk that fills up: nothing half-written can be opened, and all goes well once there is room.

On a real file system of a few kilobytes where one may be mounted (root), and everywhere by a write
that fails after so many bytes.
"""

from __future__ import annotations

import errno
import gc
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, filesystem
from django.test import Client
from django.urls import reverse

from apps.core.jobs import FAILURE
from apps.core.models import Fichier, Job
from apps.core.pdf import Drawn, archive_once
from apps.core.services import store_file
from apps.dashboards.services import request_export
from apps.dashboards.tasks import produce_export
from apps.payments.models import AvisDePaiement
from tests.documents.conftest import six_persons
from tests.factories import make_membership
from tests.faults import april
from tests.payments.dossiers import make_annexe, make_asp, run, signed_run, statements

SIZE = 4 * 1024 * 1024


class SmallDisk:
    """A file system of a few megabytes, which somebody else fills."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ballast = folder / "ballast"

    def fill(self, left: int) -> None:
        """All the room but `left` bytes is taken."""
        free = os.statvfs(self.folder).f_bavail * os.statvfs(self.folder).f_frsize
        self.ballast.write_bytes(bytes(free - left))

    def empty(self) -> None:
        self.ballast.unlink()

    @property
    def files(self) -> set[Path]:
        return {path for path in self.folder.rglob("*") if path.is_file()} - {self.ballast}


@pytest.fixture
def disk(tmp_path: Path, settings: Any, monkeypatch: Any) -> Iterator[SmallDisk]:
    """Everything that is written goes there: kept files and temporary ones."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    made = subprocess.run(mount, capture_output=True, check=False)
    if made.returncode:
        pytest.skip("no file system can be mounted here: run as root")
    try:
        settings.MEDIA_ROOT = folder / "media"
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        yield SmallDisk(folder)
    finally:
        # What libraries keep open through a logged exception goes now, not in another test.
        gc.collect()
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def kept(job: Job) -> bytes:
    with job.fichier.contenu.open("rb") as opened:
        return opened.read()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of lxml
@pytest.mark.parametrize("room", [0, 4, 12])
def test_an_export_on_a_full_disk_ends_in_words_and_is_done_again(
    db: None, disk: SmallDisk, room: int, caplog: Any
) -> None:
    """The job says so, its page has no file, the disk is given back; then the same file whole."""
    make_annexe(six_persons())
    acting = make_membership("GESTIONNAIRE")
    job = request_export(acting, "suivi-annexes", {})
    before = disk.files
    disk.fill(room * 1024)
    with pytest.raises(Exception, match=r"No space left|ENOSPC"):
        produce_export(str(job.uuid))
    caplog.clear()
    job.refresh_from_db()
    assert (job.etat, job.message, job.fichier) == (Job.Etat.ECHEC, FAILURE, None)
    assert disk.files == before
    assert not Fichier.objects.exists()
    client = Client()
    client.force_login(acting.user)
    answer = client.get(reverse("core:job_fichier", args=[job.uuid]))
    assert (answer.status_code, answer["Location"]) == (302, reverse("core:job", args=[job.uuid]))

    disk.empty()
    again = request_export(acting, "suivi-annexes", {})
    produce_export(str(again.uuid))
    again.refresh_from_db()
    assert again.etat == Job.Etat.TERMINE
    assert len(kept(again)) == again.fichier.taille
    april.files_are_whole()


def test_a_run_on_a_full_disk_pays_nothing_and_is_executed_later(db: None, disk: SmallDisk) -> None:
    """The transfer file cannot be kept: no entry, no transfer, the run is still to be executed."""
    april.before_april()
    campagne = signed_run(april.people(), "2018-04")
    before = april.money()
    disk.fill(0)
    with pytest.raises(OSError, match="No space left"):
        april.resume()
    assert april.money() == before
    campagne.refresh_from_db()
    assert campagne.etat == "VISEE"

    disk.empty()
    april.resume()
    after = april.money()
    assert after["campagnes"][-1][-1] == "EXECUTEE"
    assert len(after["ecritures"]) > len(before["ecritures"])
    # The transfer file, and the answer of the bank.
    assert len(after["fichiers"]) == len(before["fichiers"]) + 2
    april.files_are_whole()


# --- Everywhere: a write that fails after so many bytes -------------------------------------------
class Filling:
    """An open file on a disk with `room` bytes left."""

    def __init__(self, opened: Any, room: int) -> None:
        self.opened, self.room = opened, room

    def write(self, data: bytes) -> int:
        written: int = self.opened.write(data[: self.room])
        self.room -= written
        if written < len(data):
            raise OSError(errno.ENOSPC, "No space left on device")
        return written

    def close(self) -> None:
        self.opened.close()


@pytest.fixture
def left(monkeypatch: Any, settings: Any, tmp_path: Path) -> Callable[[int | None], None]:
    """Says how many bytes may still be written in a file that is kept; None: as many as wanted."""
    settings.MEDIA_ROOT = tmp_path / "media"
    real = filesystem.os.fdopen

    def set_room(room: int | None) -> None:
        opened = real if room is None else (lambda *given: Filling(real(*given), room))
        monkeypatch.setattr(filesystem.os, "fdopen", opened)

    return set_room


def files_of(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


CONTENTS = b"%PDF-1.7\n" + bytes(range(256)) * 100


@pytest.mark.parametrize("room", [0, 1, 9, len(CONTENTS) // 2, len(CONTENTS) - 1])
def test_a_file_cut_short_is_not_kept(
    db: None, left: Callable[[int | None], None], tmp_path: Path, room: int
) -> None:
    left(room)
    with pytest.raises(OSError, match="No space left"):
        store_file(CONTENTS, nom="a.pdf", titre="A", type_mime="application/pdf")
    assert not Fichier.objects.exists()
    assert files_of(tmp_path) == []
    left(None)
    fichier = store_file(CONTENTS, nom="a.pdf", titre="A", type_mime="application/pdf")
    assert files_of(tmp_path) == [Path(fichier.contenu.name).name]
    april.files_are_whole()


def test_a_notice_that_could_not_be_archived_is_drawn_again(
    db: None, left: Callable[[int | None], None], tmp_path: Path
) -> None:
    make_annexe(april.YEAR | {"mois": statements("2018-01", ["910.00"])})
    run(make_asp(), "2018-01")
    notice = AvisDePaiement.objects.get()
    before = files_of(tmp_path)
    drawn = Drawn("avis.pdf", "Avis", CONTENTS)
    left(1000)
    with pytest.raises(OSError, match="No space left"):
        archive_once(AvisDePaiement.objects.all(), notice.pk, "fichier", lambda _notice: drawn)
    notice.refresh_from_db()
    assert notice.fichier is None
    assert files_of(tmp_path) == before
    left(None)
    archive_once(AvisDePaiement.objects.all(), notice.pk, "fichier", lambda _notice: drawn)
    notice.refresh_from_db()
    assert notice.fichier.taille == len(CONTENTS)
    april.files_are_whole()


def test_a_name_taken_meanwhile_is_left_to_its_file(settings: Any, tmp_path: Path) -> None:
    """Two processes that keep a file of the same name at once: two files, each whole."""
    settings.MEDIA_ROOT = tmp_path
    storage = default_storage
    first = storage.save("a.txt", ContentFile(b"first"))
    second = storage._save("a.txt", ContentFile(b"second"))  # its name was free a moment ago
    assert (first, (tmp_path / first).read_bytes()) == ("a.txt", b"first")
    assert second != first
    assert (tmp_path / second).read_bytes() == b"second"
    assert not [name for name in files_of(tmp_path) if name.endswith(".part")]
