"""The class of every Celery task: it goes on with the identifier of the request that asked for it.

One line per task in the logs, as for a request: name, key, outcome, duration; neither arguments
nor results, which Celery's own lines would write. Named by `config.celery`.
"""

from __future__ import annotations

import logging
import time
from typing import Any
from uuid import uuid4

from celery import Task

from apps.core import fence
from apps.core.requests import request_id

HEADER = "extranet_request_id"

logger = logging.getLogger("extranet.taches")


class LoggedTask(Task):  # type: ignore[misc]
    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """A task works over all rows; `job_task` narrows it to those of the person who asked."""
        with fence.system("background task"):
            if self.request.called_directly:
                return super().__call__(*args, **kwargs)
            # Celery's own would hide the request of the worker (its name, its keys) from the task.
            return self.run(*args, **kwargs)

    def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        headers = {**(options.pop("headers", None) or {}), HEADER: request_id.get() or uuid4().hex}
        return super().apply_async(args, kwargs, headers=headers, **options)

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        request = self.request
        given = getattr(request, HEADER, None) or (request.headers or {}).get(HEADER)
        request.identifier_before = request_id.get()
        request.started = time.perf_counter()
        request_id.set(given or task_id.replace("-", ""))

    def after_return(
        self, status: str, retval: Any, task_id: str, args: Any, kwargs: Any, einfo: Any
    ) -> None:
        failed = status == "FAILURE"
        started = getattr(self.request, "started", None)
        fields = {
            "task": self.name,
            "task_id": task_id,
            "status": status,
            "ms": int((time.perf_counter() - started) * 1000) if started else None,
        }
        error = retval if failed and isinstance(retval, BaseException) else None
        logger.log(
            logging.ERROR if failed else logging.INFO,
            "%s %s",
            self.name,
            status,
            extra={"fields": fields},
            exc_info=error,
        )
        request_id.set(getattr(self.request, "identifier_before", ""))
