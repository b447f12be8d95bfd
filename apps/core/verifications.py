"""What a deployment must know of its e-mails (`manage.py check --deploy`)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register


@register(deploy=True)
def sender_of_the_mails(**_kwargs: Any) -> list[CheckMessage]:
    """A sender at localhost is refused by the servers of the recipients."""
    if not settings.DEFAULT_FROM_EMAIL.rstrip(">").endswith("@localhost"):
        return []
    return [
        Warning(
            "L’expéditeur des courriels n’est pas renseigné.",
            hint="Donnez son adresse : DEFAULT_FROM_EMAIL.",
            id="core.W001",
        )
    ]
