"""The command `simuler_annexe`: what it prints, where, and with which exit status."""

import json
import os
import subprocess
import sys
import time
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.rules.test_golden import CASES, read

ROOT = Path(__file__).parents[2]


def called(*arguments: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of the command, in this process."""
    out, err = StringIO(), StringIO()
    try:
        call_command("simuler_annexe", *arguments, stdout=out, stderr=err)
    except SystemExit as stop:
        return int(stop.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


@pytest.fixture
def request_file(tmp_path):
    def write(content: bytes) -> str:
        path = tmp_path / "demande.json"
        path.write_bytes(content)
        return str(path)

    return write


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_the_result_is_printed(case, request_file):
    """A worked case comes out as its result, nothing on the standard error (and no database)."""
    demande = json.dumps(read(case)["demande"]).encode()
    status, out, err = called(request_file(demande))
    assert (status, err) == (0, "")
    assert json.loads(out) == read(case)["resultat"]


def test_the_request_may_come_from_the_standard_input(monkeypatch):
    """`-` reads the standard input."""
    demande = json.dumps(read(CASES[0])["demande"]).encode()
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(demande)))
    status, out, _ = called("-")
    assert status == 0
    assert json.loads(out) == read(CASES[0])["resultat"]


def test_explanations_on_demand(request_file):
    """`--expliquer` adds the steps of each payment."""
    path = request_file(json.dumps(read(CASES[0])["demande"]).encode())
    versements = json.loads(called(path, "--expliquer")[1])["versements"]
    assert all(versement["etapes"] for versement in versements)


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"\xff\xfe{}", b"\x00", b'{"etp": NaN}', b"[" * 100_000, b" " * 2_000_001],
    ids=["vide", "objet vide", "liste", "UTF-16", "nul", "NaN", "profond", "trop gros"],
)
def test_a_bad_request_is_refused(content, request_file):
    """Status 2, one line per fault on the standard error, nothing on the standard output."""
    status, out, err = called(request_file(content))
    assert (status, out) == (2, "")
    lines = err.splitlines()
    assert lines
    assert all(" : " in line and line.endswith(".") for line in lines)


@pytest.mark.parametrize("path", ["absent.json", "", ".", "a\0b", "x" * 5000, "/proc/self/mem"])
def test_an_unreadable_file_is_refused(path):
    """A missing file, a folder or an impossible name: one line naming the file."""
    status, out, err = called(path)
    assert (status, out) == (2, "")
    assert err == "fichier : ce fichier est introuvable ou illisible.\n"


def test_a_byte_order_mark_is_accepted(request_file):
    """Some editors put one at the beginning of the file."""
    demande = json.dumps(read(CASES[0])["demande"]).encode("utf-8-sig")
    assert called(request_file(demande))[0] == 0


def test_from_a_terminal_without_any_database(request_file):
    """The real command, with a database that does not exist: the result in a few seconds."""
    path = request_file(json.dumps(read(CASES[0])["demande"]).encode())
    environment = os.environ | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/absent"}
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "manage.py", "simuler_annexe", path],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == read(CASES[0])["resultat"]
    # Two seconds alone; the machine that runs the tests is shared.
    assert time.monotonic() - start < 8
