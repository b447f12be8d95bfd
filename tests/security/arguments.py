"""Arguments of the addresses of the access matrix, taken from its world."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.security.world import World

Arguments = Callable[[World], dict[str, Any]]


def pk(name: str, argument: str = "pk") -> Arguments:
    """The key of one object of the world."""
    return lambda world: {argument: world.objects[name].pk}


def month(number: int) -> Arguments:
    """A month of the annex in force."""
    return lambda world: {"annexe_id": world.annexe.pk, "mois": f"2023-{number:02}"}
