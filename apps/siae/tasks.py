"""Background work on the structures: imports nobody confirms, accounts that take effect."""

from __future__ import annotations

from celery import shared_task

from apps.siae.services import apply_bank_details, forget_imports


@shared_task(name="siae.forget_imports")  # type: ignore[untyped-decorator]
def forget() -> int:
    """Every night; returns how many files were forgotten."""
    return forget_imports()


@shared_task(name="siae.apply_bank_details")  # type: ignore[untyped-decorator]
def apply_checked_details() -> int:
    """Every night, before the runs; returns how many accounts took effect."""
    return len(apply_bank_details())
