"""State tables: which state may follow which, for every object that has a workflow (spec §3).

A table is a dict {event: (states it may leave, state it reaches)}. Services ask `next_state`;
whatever is not in the table is refused with a sentence. Tests walk states × events.
"""

from __future__ import annotations

from collections.abc import Mapping

from apps.core.errors import Refus

Table = Mapping[str, tuple[frozenset[str], str]]


def next_state(table: Table, event: str, state: str, *, sentence: str) -> str:
    """State reached by `event` from `state`; raises `Refus(sentence)` when it is not allowed."""
    sources, target = table[event]
    if state not in sources:
        raise Refus(sentence)
    return target
