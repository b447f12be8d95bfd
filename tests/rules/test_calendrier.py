"""Banking days: the six closing days of TARGET, weekends, and the count from a day to another."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from apps.rules.calendrier import (
    banking_days_after,
    banking_days_before,
    easter_of,
    is_banking_day,
)

IN_TIME = date(2018, 2, 5)


@pytest.mark.parametrize(
    ("day", "opened"),
    [
        (date(2018, 1, 1), False),
        (date(2018, 1, 2), True),
        (date(2018, 1, 6), False),
        (date(2018, 3, 30), False),  # Good Friday
        (date(2018, 4, 2), False),  # Easter Monday
        (date(2018, 5, 1), False),
        (date(2018, 5, 8), True),  # a French holiday, not of the banks
        (date(2018, 12, 25), False),
        (date(2018, 12, 26), False),
    ],
)
def test_banking_days(day, opened):
    assert is_banking_day(day) is opened


def test_banking_days_are_counted_after_the_day():
    assert banking_days_after(date(2018, 1, 22), 10) == IN_TIME
    assert banking_days_after(date(2018, 3, 29), 1) == date(2018, 4, 3)
    assert banking_days_after(date(2018, 1, 6), 0) == date(2018, 1, 6)
    assert easter_of(2024) == date(2024, 3, 31)


@pytest.mark.parametrize("count", [0, 1, 10])
def test_the_two_counts_agree(count):
    """The last day whose delay is over on a day: the delay of the following one is not."""
    for rank in range(800):
        day = date(2018, 1, 1) + timedelta(days=rank)
        last = banking_days_before(day, count)
        assert banking_days_after(last, count) <= day
        assert banking_days_after(last + timedelta(days=1), count) > day
