"""Rows of the lists of management fees and of modulated parts, for `tests.core.test_lists`."""

from __future__ import annotations

from typing import Any

from tests.security.matrices.frais import make_facture
from tests.security.matrices.modulation import make_part
from tests.security.world import World


def more_fees(world: World, version: Any, number: int) -> None:
    """One invoice and one modulated part more."""
    make_facture(world, 10 + number, numero=100 + number)
    make_part(world, version)
