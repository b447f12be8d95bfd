"""The engine that states `apps.core.fence.current()` to PostgreSQL, in every transaction.

Settings are local to the transaction: a connection given back to a pool keeps nothing of the one
who used it. Outside `atomic()` each statement gets a short transaction of its own, which is what
autocommit does anyway. Called by Django (`DATABASES["default"]["ENGINE"]`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.postgresql import base
from psycopg import sql

from apps.core import fence
from apps.core.fence import CLOSED, Scope

STATEMENT = sql.SQL(
    "SELECT set_config('extranet.portee', {}, true), set_config('extranet.organisation', {}, true),"
    " set_config('extranet.habilitation', {}, true)"
)


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What the running transaction has been told; None when that is not known.
        self._stated: Scope | None = CLOSED
        self.execute_wrappers.append(self._fenced)

    def _fenced(self, execute: Callable[..., Any], *args: Any) -> Any:
        """Run a statement in the current scope."""
        scope = fence.current()
        if self.in_atomic_block or not self.autocommit:
            if self._stated != scope:
                self.validate_no_broken_transaction()
                with self.wrap_database_errors:
                    self.connection.execute(_statement(scope))
                self._stated = scope
            return execute(*args)
        with self._own_transaction(scope):
            return execute(*args)

    @contextmanager
    def _own_transaction(self, scope: Scope) -> Iterator[None]:
        """The statement and its scope together: outside `atomic()` there is no other way."""
        with self.wrap_database_errors:
            self.connection.execute(sql.SQL("BEGIN; {}").format(_statement(scope)))
        try:
            yield
        except BaseException:
            if not self.connection.closed:
                self.connection.execute("ROLLBACK")
            raise
        with self.wrap_database_errors:
            self.connection.execute("COMMIT")

    def _set_autocommit(self, autocommit: bool) -> None:
        self._stated = CLOSED  # a transaction begins or has ended
        super()._set_autocommit(autocommit)  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        self._stated = fence.current()  # nothing else runs in a transaction that has failed
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self._stated = None  # the settings have gone back with the savepoint

    def _rollback(self) -> None:
        self._stated = CLOSED
        super()._rollback()  # type: ignore[misc]

    def _commit(self) -> None:
        self._stated = CLOSED
        super()._commit()  # type: ignore[misc]

    def close(self) -> None:
        self._stated = CLOSED
        super().close()


def _statement(scope: Scope) -> sql.Composed:
    values = (scope.portee, scope.organisation or "", scope.habilitation or "")
    return STATEMENT.format(*(sql.Literal(str(value)) for value in values))
