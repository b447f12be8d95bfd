"""Rows of the lists of the accounts: see `tests.core.test_lists`."""

from __future__ import annotations

from tests.factories import make_financeur, make_mandat


def more_accounts(number: int) -> None:
    """A département of its own, whose funds are received: an entry, a line of each balance."""
    make_mandat(make_financeur(f"C{number:02}"))
