"""pg_dump and pg_restore, of a version that suits the server, through a filter that encrypts.

Found in PG_BIN (given by bin/ for the embedded server), on the path, then where Debian puts them.
A password travels by the environment, never on a command line.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from psycopg.conninfo import make_conninfo

from apps.core.database.locations import connection_arguments
from apps.core.errors import Refus

DEBIAN = Path("/usr/lib/postgresql")


def program(name: str, major: int) -> Path:
    """The first `name` at least as recent as the server. Raises Refus when there is none."""
    debian = sorted(DEBIAN.glob(f"*/bin/{name}"), reverse=True)
    given = [Path(os.environ["PG_BIN"]) / name] if os.environ.get("PG_BIN") else []
    found = shutil.which(name)
    for path in [*given, *([Path(found)] if found else []), *debian]:
        if path.is_file() and _major(path) >= major:
            return path
    raise Refus(
        f"{name} {major} ou plus récent est introuvable : installez le paquet "
        f"postgresql-client-{major}, ou donnez son dossier dans PG_BIN."
    )


def _major(path: Path) -> int:
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    found = re.search(r"\s(\d+)", told.stdout)
    return int(found[1]) if found else 0


def address(database: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """(connection string without the password, environment that holds it)."""
    arguments = connection_arguments(database)
    password = arguments.pop("password", "")
    environment = dict(os.environ)
    if password:
        environment["PGPASSWORD"] = password
    return make_conninfo(**arguments), environment


def run(
    command: list[str | Path],
    environment: dict[str, str],
    *,
    source: IO[bytes] | int = subprocess.DEVNULL,
    target: IO[bytes] | int = subprocess.DEVNULL,
) -> None:
    """Run a program of PostgreSQL. Raises Refus with its words."""
    done = subprocess.run(  # noqa: S603 - programs and arguments of ours
        command, env=environment, stdin=source, stdout=target, stderr=subprocess.PIPE, check=False
    )
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip()[-1000:]
        raise Refus(f"{Path(command[0]).name} a échoué : {words}")


@contextmanager
def written_through(filtre: str, path: Path) -> Iterator[IO[bytes]]:
    """The file to write, by way of the filter's standard input when there is one."""
    with path.open("xb") as file:
        if not filtre:
            yield file
            return
        with _filter(filtre, stdin=subprocess.PIPE, stdout=file) as process:
            assert process.stdin is not None  # noqa: S101 - asked for just above
            yield process.stdin
            process.stdin.close()
            _require_success(process, filtre)


@contextmanager
def read_through(filtre: str, path: Path) -> Iterator[IO[bytes]]:
    """The file to read, by way of the filter's standard output when there is one."""
    with path.open("rb") as file:
        if not filtre:
            yield file
            return
        with _filter(filtre, stdin=file, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None  # noqa: S101 - asked for just above
            yield process.stdout
            process.stdout.read()
            _require_success(process, filtre)


def _filter(filtre: str, **streams: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(shlex.split(filtre), **streams)  # noqa: S603 - the operator's own


def _require_success(process: subprocess.Popen[bytes], filtre: str) -> None:
    if process.wait():
        raise Refus(f"Le filtre « {shlex.split(filtre)[0]} » a échoué.")
