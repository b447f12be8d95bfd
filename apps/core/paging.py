"""Counting a list no further than it is useful: exact to 10 000, then « plus de 10 000 ».

Used by every table (`apps.core.tables.Table.paginate`). A national list is narrowed by its filters,
never read to its last page: counting it whole would cost more than showing it.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet

COUNT_MAX = 10_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Pages of the first `COUNT_MAX` rows of a table."""

    @cached_property
    def found(self) -> int:
        """Rows counted: one more than the bound says that there are others."""
        rows: Any = getattr(getattr(self.object_list, "data", None), "data", self.object_list)
        if isinstance(rows, QuerySet):
            return rows.order_by()[: COUNT_MAX + 1].count()
        return len(rows)

    @property
    def is_exact(self) -> bool:
        return self.found <= COUNT_MAX

    @cached_property
    def count(self) -> int:
        return min(self.found, COUNT_MAX)
