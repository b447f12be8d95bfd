"""Access matrix of « apurement »: see `tests.security.matrix`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.security.world import World

#                        sai resp inst gest ordo comp lect deci admi |str  ddets cd
TABLE = """
"""

ARGUMENTS: dict[str, Callable[[World], dict[str, Any]]] = {}
