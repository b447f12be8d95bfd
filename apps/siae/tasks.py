"""Background work on the structures: the rows of an import nobody confirms are forgotten."""

from __future__ import annotations

from celery import shared_task

from apps.siae.services import forget_imports


@shared_task(name="siae.forget_imports")  # type: ignore[untyped-decorator]
def forget() -> int:
    """Every night; returns how many files were forgotten."""
    return forget_imports()
