"""A restitution on screen: a page of its rows, the totals of them all, how many there are.

The long one reads its page only, and has its totals from the database; the others are read whole,
up to `COUNTED_ON_SCREEN` rows: beyond, a filter is asked for. Used by the pages of
`views_restitutions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

from apps.accounts.models import Membership
from apps.core.exports import Definition, Row, Totals
from apps.core.tables import Table
from apps.dashboards.restitutions.restitution import Criteres, Reading, Restitution
from apps.dashboards.tables import table_of

# Totals are those of all the rows: beyond, a page would take seconds, and the file is the answer.
COUNTED_ON_SCREEN = 2_000


@dataclass(frozen=True, slots=True)
class Screen:
    """What a page shows. `too_many` asks for a filter: the table is then empty."""

    table: Table
    count: int
    too_many: bool = False


class Pages(Sequence[Row]):
    """Rows that are read when a page asks for them: only those."""

    def __init__(self, reading: Reading, in_words: Callable[[Row], Row]) -> None:
        self.reading, self.in_words = reading, in_words
        self.length = len(reading)

    def __len__(self) -> int:
        return self.length

    @overload
    def __getitem__(self, key: int) -> Row: ...
    @overload
    def __getitem__(self, key: slice) -> list[Row]: ...
    def __getitem__(self, key: int | slice) -> Row | list[Row]:
        if isinstance(key, int):
            return self[key : key + 1][0]
        start, stop, _step = key.indices(self.length)
        return [self.in_words(row) for row in self.reading.rows(start, stop)]

    def sort(self, **_asked: Any) -> None:
        """Asked by the table when the address has an order: none of these columns is sorted."""

    def __iter__(self) -> Iterator[Row]:
        return iter(self[0 : self.length])


def screen_of(acting: Membership, restitution: Restitution, criteres: Criteres) -> Screen:
    """The restitution for these criteria, its columns those this reader may see."""
    definition = on_screen(restitution, acting)
    rows: Sequence[Row]
    totals: Totals | None = None
    if restitution.reading is not None:
        reading = restitution.reading(acting, criteres)
        rows, totals = Pages(reading, restitution.in_words), reading.totals()
    elif restitution.count(acting, criteres) > COUNTED_ON_SCREEN:
        return Screen(_table(restitution, definition, [], None), 0, too_many=True)
    else:
        rows = [restitution.in_words(row) for row in restitution.rows(acting, criteres)]
    return Screen(_table(restitution, definition, rows, totals), len(rows))


def empty_screen(acting: Membership, restitution: Restitution) -> Screen:
    """The same without rows: no criteria yet, or criteria refused."""
    return Screen(_table(restitution, on_screen(restitution, acting), [], None), 0)


def on_screen(restitution: Restitution, acting: Membership) -> Definition:
    """The columns this reader may see; the one that names the row comes first and stays put."""
    definition = restitution.definition.for_reader(acting)
    name = definition.column(restitution.row_header)
    others = tuple(column for column in definition.columns if column is not name)
    return replace(definition, columns=(name, *others))


def _table(
    restitution: Restitution, definition: Definition, rows: Sequence[Any], totals: Totals | None
) -> Table:
    return table_of(
        definition,
        rows,
        row_header=restitution.row_header,
        links=restitution.links,
        totals=totals,
        at_first=restitution.at_first,
    )
