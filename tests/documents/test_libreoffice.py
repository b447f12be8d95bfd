"""The Excel files open in LibreOffice: every restitution, converted in one run and read back."""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path

import pytest
from openpyxl import load_workbook

from apps.accounts.models import Membership, Role
from apps.dashboards.restitutions.fichier import excel_file
from apps.dashboards.restitutions.registry import RESTITUTIONS
from apps.dashboards.restitutions.restitution import Criteres, Restitution
from apps.siae.models import Salarie
from tests.documents.conftest import six_persons
from tests.factories import make_membership
from tests.payments.dossiers import make_annexe

# Comma, double quote, UTF-8, from the first line, values rather than their display, every sheet.
CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
FORMULAS = ("=1+1", "+33 3", "-cmd", "@SUM(A1)")


@pytest.fixture
def soffice() -> str:
    found = shutil.which("soffice")
    if found is None:
        pytest.skip("LibreOffice is not installed: libreoffice-calc-nogui")
    return found


@pytest.fixture
def books(db: None, tmp_path: Path) -> dict[str, Path]:
    """The file of each restitution, for somebody it is made for."""
    annexe = make_annexe(six_persons())
    for person, name in zip(Salarie.objects.order_by("pk"), FORMULAS, strict=False):
        Salarie.objects.filter(pk=person.pk).update(nom=name)
    readers = (
        make_membership(Role.GESTIONNAIRE),
        make_membership(Role.LECTEUR, annexe.courante.financeur_cd.organisation),
    )
    paths = {}
    for key, restitution in RESTITUTIONS.items():
        needs_annexe = "annexe" in restitution.required
        criteres = Criteres(annexe=annexe if needs_annexe else None)
        contents, _totals = excel_file(reader_of(restitution, readers), restitution, criteres)
        paths[key] = tmp_path / f"{key}.xlsx"
        with contents:
            paths[key].write_bytes(contents.read())
    return paths


def reader_of(restitution: Restitution, readers: tuple[Membership, ...]) -> Membership:
    return next(r for r in readers if r.organisation_type in restitution.audience)


def test_every_restitution_opens_in_libreoffice(
    soffice: str, books: dict[str, Path], tmp_path: Path
) -> None:
    """Same sheets, same number of lines, same texts; a name typed as a formula stays a name."""
    out = tmp_path / "csv"
    run = subprocess.run(
        [
            soffice,
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            CSV,
            "--outdir",
            out,
            *books.values(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "Error" not in run.stdout + run.stderr
    for key, path in books.items():
        for sheet in load_workbook(path):
            with (out / f"{key}-{sheet.title}.csv").open(encoding="utf-8", newline="") as text:
                read = list(csv.reader(text))
            assert len(read) == sheet.max_row, (key, sheet.title)
            for line, cells in zip(read, sheet.iter_rows(), strict=True):
                for found, cell in zip(line, cells, strict=False):
                    if cell.data_type == "s":
                        assert found == cell.value.replace("\r\n", "\n"), (key, cell.coordinate)
    with (out / "realisations-structures-Réalisations.csv").open(encoding="utf-8") as text:
        names = {line["Nom"] for line in csv.DictReader(text)}
    assert set(FORMULAS) <= names
