"""Delays of the recovery at their edges: ends of months, leap years, 30,00 and 30,01."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.rules import delais

FOUR_MONTHS = [
    # received, last day to answer, accepted on
    (date(2023, 1, 15), date(2023, 5, 15), date(2023, 5, 16)),
    (date(2023, 10, 31), date(2024, 2, 29), date(2024, 3, 1)),
    (date(2022, 10, 31), date(2023, 2, 28), date(2023, 3, 1)),
    (date(2023, 10, 29), date(2024, 2, 29), date(2024, 3, 1)),
    (date(2024, 2, 29), date(2024, 6, 29), date(2024, 6, 30)),
    (date(2023, 5, 31), date(2023, 9, 30), date(2023, 10, 1)),
    (date(2023, 8, 31), date(2023, 12, 31), date(2024, 1, 1)),
    (date(2023, 9, 1), date(2024, 1, 1), date(2024, 1, 2)),
]


@pytest.mark.parametrize(("received", "last", "accepted"), FOUR_MONTHS)
def test_four_months_to_decide(received: date, last: date, accepted: date) -> None:
    """Same day four months later, or the end of a shorter month; silence decides the day after."""
    assert delais.last_day_to_decide(received) == last
    assert delais.accepted_on(received) == accepted


@pytest.mark.parametrize(
    ("notified", "last"),
    [
        (date(2023, 1, 15), date(2023, 3, 16)),
        (date(2022, 12, 31), date(2023, 3, 1)),
        (date(2023, 12, 30), date(2024, 3, 1)),
    ],
)
def test_two_months_to_contest_count_neither_first_nor_last_day(notified: date, last: date) -> None:
    assert delais.last_day_to_contest(notified) == last


@pytest.mark.parametrize(
    ("published", "last"),
    [(date(2023, 1, 15), date(2023, 3, 15)), (date(2023, 12, 31), date(2024, 2, 29))],
)
def test_two_months_to_declare(published: date, last: date) -> None:
    assert delais.last_day_to_declare(published) == last


@pytest.mark.parametrize(
    ("amount", "small"),
    [("30.00", True), ("30.01", False), ("0.01", True), ("0.00", False), ("-5.00", False)],
)
def test_thirty_euros(amount: str, small: bool) -> None:
    """« inférieurs ou égaux à 30 € »; nothing owed is not cleared."""
    assert delais.is_small(Decimal(amount)) is small
