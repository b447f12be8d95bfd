"""What every screen that performs an act does: call one service, say what happened.

A refusal (`Refus`) becomes error messages and leaves the database as it was; views then show
the page again or go back to the object.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest

from apps.core.errors import Refus


def perform(
    request: HttpRequest, act: Callable[[], Any], success: str | Callable[[Any], str]
) -> Any:
    """Run `act` in a savepoint.

    Returns its result (True when the service returns nothing), or None after a refusal.
    `success` is the sentence shown, or a function of the result that gives it.
    """
    try:
        with transaction.atomic():
            result = act()
    except Refus as refus:
        for motif in refus.motifs:
            messages.error(request, motif)
        return None
    messages.success(request, success(result) if callable(success) else success)
    return True if result is None else result
