"""Which request is being served: an identifier that logs and journal entries share.

Set by the middleware that logs requests (and by the tasks that go on with one); empty elsewhere.
Read by `apps.journal.services`. A context variable: each thread and task has its own.
"""

from __future__ import annotations

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
