"""kill -9 at random statements of a month of the ASP, then the month taken up again.

Each life is a process of its own, whose connection makes real commits; it kills itself before or
after a statement drawn at random, commits included. A month is killed until it ends, several times
as a rule; its accounts are then those of the month that nobody interrupted, line for line. A
handful of kills at every run, 200 with --full.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
import warnings
from pathlib import Path
from random import Random
from typing import Any

from django.db import connection, connections

from tests.faults import april
from tests.faults.killing import Counted
from tests.faults.servers import own_cluster, pointed_at

KILLS, KILLS_FULL = 6, 200
SEED = 6


def life(counted: Counted, told: Path) -> int:
    """April, or what is left of it, in a process of its own; how that process ended."""
    connections.close_all()  # a connection belongs to one process
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside threads (Python 3.12)
        pid = os.fork()
    if pid == 0:
        try:
            connection.ensure_connection()
            connection._commit = counted.commit(connection._commit)  # type: ignore[method-assign]
            with connection.execute_wrapper(counted):
                april.resume()
            told.write_text(str(counted.seen))
            os._exit(0)
        except BaseException:
            told.write_text(traceback.format_exc())
            os._exit(1)
    status = os.waitpid(pid, 0)[1]
    return os.waitstatus_to_exitcode(status)


def test_killed_anywhere_a_month_is_that_of_a_day_without_trouble(
    eve_of_april: str, request: Any, tmp_path: Path, capsys: Any
) -> None:
    wanted = KILLS_FULL if request.config.getoption("--full") else KILLS
    random, told = Random(SEED), tmp_path / "told"
    started, kills, months = time.monotonic(), 0, 0
    with own_cluster() as cluster:
        cluster.take("owner", eve_of_april)
        cluster.copy(eve_of_april, "calm")
        with pointed_at(cluster, "calm"):
            assert life(Counted(), told) == 0, told.read_text()
            statements, expected = int(told.read_text()), april.money()
        assert april_is_worth_it(expected)
        while kills < wanted:
            months += 1
            cluster.copy(eve_of_april, "killed")
            with pointed_at(cluster, "killed"):
                points = killed_month(random, statements, told)
                assert april.money() == expected, points
                april.files_are_whole()
            kills += len(points) - 1
    with capsys.disabled():
        sys.stdout.write(
            f"\n{kills} kills in {months} months of {statements} statements and commits, "
            f"{time.monotonic() - started:.0f} s "
        )


def killed_month(random: Random, statements: int, told: Path) -> list[tuple[int, bool]]:
    """A month killed until it ends; the points drawn, the last of which was never reached."""
    points = []
    while True:
        points.append((random.randint(1, statements // 3), random.random() < 0.5))
        ended = life(Counted(points[-1][0], after=points[-1][1]), told)
        if ended == 0:
            return points
        assert ended == -signal.SIGKILL, f"{points}\n{told.read_text()}"


def april_is_worth_it(expected: dict[str, list[tuple[Any, ...]]]) -> bool:
    """The month has a solde, orders, a rejected transfer, cash: all that a kill could spoil."""
    states = {row[2] for row in expected["virements"]}
    return {"CONFIRME", "REJETE"} <= states and bool(
        expected["ordres"] and expected["encaissements"]
    )
