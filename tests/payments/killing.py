"""Loaded by a Celery worker of the tests: kills it, as a power cut would, at the points asked for.

A point is a function of the product. Its file in the directory POINTS_DE_COUPURE asks for one kill
(SIGKILL, nothing is cleaned up) when the function is called next; the file goes first, so that the
task taken up again passes.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

DIRECTORY = "POINTS_DE_COUPURE"
# Name of the point → module and function before which the process dies.
POINTS = {
    "preparation-before-writing": ("apps.payments.services.preparation", "_write"),
    "execution-before-ledger": ("apps.payments.services.execution", "_send"),
    "execution-after-ledger": ("apps.payments.services.execution", "_write_notices"),
    "execution-before-commit": ("apps.payments.services.execution", "announce_execution"),
    "job-before-its-end": ("apps.core.jobs", "_end"),
}


def _plant(point: str, module_name: str, name: str) -> None:
    module = import_module(module_name)
    real: Callable[..., Any] = getattr(module, name)

    def mined(*args: Any, **kwargs: Any) -> Any:
        asked = Path(os.environ[DIRECTORY]) / point
        if asked.exists():
            asked.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)

    setattr(module, name, mined)


if DIRECTORY in os.environ:
    for _point, (_module, _name) in POINTS.items():
        _plant(_point, _module, _name)
