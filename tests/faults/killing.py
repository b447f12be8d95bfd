"""A fault at a statement: what is counted is every statement and every commit of a connection."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any


def kill_this_process() -> None:
    """As a power cut would: nothing is cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)


class Counted:
    """Counts, and acts once, before or after the statement of that number (0: never)."""

    def __init__(
        self, at: int = 0, *, after: bool = False, act: Callable[[], None] = kill_this_process
    ) -> None:
        self.seen, self.at, self.after, self.act = 0, at, after, act

    def __call__(self, execute: Callable[..., Any], *statement: Any) -> Any:
        """As a wrapper of `connection.execute_wrapper`."""
        return self._carried_out(lambda: execute(*statement))

    def commit(self, real: Callable[[], None]) -> Callable[[], None]:
        """As the commit of a connection, which no wrapper sees."""
        return lambda: self._carried_out(real)

    def _carried_out(self, statement: Callable[[], Any]) -> Any:
        self.seen += 1
        now = self.seen == self.at
        if now and not self.after:
            self.act()
        answer = statement()
        if now and self.after:
            self.act()
        return answer
