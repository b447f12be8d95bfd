"""The second fence: whose rows PostgreSQL shows to the statement being run (row-level security).

The first fence is `visible_to(acting)`; this one stops the query that forgets it. Whoever runs code
says in whose name: the middleware for each request, `job_task` for a job, `system` for what the
product does by itself. The connection states it to the database inside each transaction
(`apps.core.database.fenced`), the policies of `config/settings/fence.py` read it there. Without
any scope, no row of a fenced table is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

# Values of `Scope.portee`: everything, or the kind of organisation (accounts.Organisation.Type).
TOUT = "TOUT"


@dataclass(frozen=True, slots=True)
class Scope:
    """In whose name statements run. `portee`: "" nobody's, TOUT, or a kind of organisation."""

    portee: str = ""
    organisation: int | None = None
    habilitation: int | None = None


CLOSED = Scope()
EVERYTHING = Scope(TOUT)

# A new thread, a new process begin here: closed.
_current: ContextVar[Scope] = ContextVar("fence", default=CLOSED)


def current() -> Scope:
    return _current.get()


def scope_of(acting: Any) -> Scope:
    """The scope of a membership: the ASP reads the nation; None, nothing."""
    if acting is None:
        return CLOSED
    portee = TOUT if acting.is_asp else str(acting.organisation_type)
    return Scope(portee, acting.organisation_id, acting.pk)


@contextmanager
def within(scope: Scope) -> Iterator[None]:
    """Run the block in this scope."""
    token = _current.set(scope)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def acting_as(acting: Any) -> Iterator[None]:
    """Run the block in the name of this membership."""
    with within(scope_of(acting)):
        yield


@contextmanager
def system(reason: str) -> Iterator[None]:
    """Run the block over all rows: what the product does by itself, beyond its reader's own.

    `reason` is for the one who reads the code; each use is listed by a test.
    """
    if not reason:
        raise ValueError("say why the fence is opened")
    with within(EVERYTHING):
        yield
