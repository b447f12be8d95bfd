"""Instalments of a plan: to the cent, the last one takes the difference, cash the oldest first."""

from datetime import date
from decimal import Decimal as D

import pytest

from apps.rules.echelonnement import Tranche, allot, monthly_dates, spread, unpaid

FIRST = date(2023, 1, 31)

SPREADS = [
    ("100.00", 3, ["33.33", "33.33", "33.34"]),
    ("200.00", 3, ["66.66", "66.66", "66.68"]),
    ("0.03", 3, ["0.01", "0.01", "0.01"]),
    ("1234.56", 1, ["1234.56"]),
    ("1000.00", 7, ["142.85"] * 6 + ["142.90"]),
]


@pytest.mark.parametrize(("montant", "nombre", "expected"), SPREADS)
def test_instalments_add_up_to_the_cent(montant, nombre, expected):
    tranches = spread(D(montant), monthly_dates(FIRST, nombre))
    assert [tranche.montant for tranche in tranches] == [D(amount) for amount in expected]
    assert sum(tranche.montant for tranche in tranches) == D(montant)


@pytest.mark.parametrize("cents", range(200, 3000, 37))
def test_whatever_the_sum_it_is_spread_exactly(cents):
    for nombre in range(1, 25):
        tranches = spread(D(cents) / 100, monthly_dates(FIRST, nombre))
        assert sum(tranche.montant for tranche in tranches) == D(cents) / 100
        assert all(tranche.montant > 0 for tranche in tranches)


@pytest.mark.parametrize(("montant", "nombre"), [("0.02", 3), ("0.00", 1), ("0.07", 10)])
def test_what_is_too_small_is_not_spread(montant, nombre):
    with pytest.raises(ValueError, match="instalments"):
        spread(D(montant), monthly_dates(FIRST, nombre))


def test_no_date_no_instalment():
    with pytest.raises(ValueError, match="no date"):
        spread(D("10.00"), [])


def test_dates_are_the_same_day_or_the_end_of_a_shorter_month():
    assert monthly_dates(FIRST, 4) == [
        date(2023, 1, 31),
        date(2023, 2, 28),
        date(2023, 3, 31),
        date(2023, 4, 30),
    ]
    assert monthly_dates(date(2023, 12, 15), 2) == [date(2023, 12, 15), date(2024, 1, 15)]
    assert monthly_dates(date(2024, 1, 30), 2)[1] == date(2024, 2, 29)


ALLOTS = [
    ("0.00", ["0.00", "0.00", "0.00"]),
    ("10.00", ["10.00", "0.00", "0.00"]),
    ("45.00", ["33.33", "11.67", "0.00"]),
    ("100.00", ["33.33", "33.33", "33.34"]),
    ("120.00", ["33.33", "33.33", "33.34"]),
    ("-5.00", ["0.00", "0.00", "0.00"]),
]


@pytest.mark.parametrize(("paid", "expected"), ALLOTS)
def test_cash_covers_the_oldest_first(paid, expected):
    amounts = [D("33.33"), D("33.33"), D("33.34")]
    assert allot(D(paid), amounts) == [D(amount) for amount in expected]


UNPAID = [
    ("0.00", date(2023, 1, 31), "0.00"),  # due that very day: not before it
    ("0.00", date(2023, 2, 1), "50.00"),
    ("49.99", date(2023, 2, 1), "0.01"),
    ("50.00", date(2023, 2, 28), "0.00"),
    ("50.00", date(2023, 3, 1), "50.00"),
]


@pytest.mark.parametrize(("paid", "before", "missing"), UNPAID)
def test_what_is_missing_of_the_instalments_past(paid, before, missing):
    tranches = [Tranche(date(2023, 1, 31), D("50.00")), Tranche(date(2023, 2, 28), D("50.00"))]
    assert unpaid(D(paid), tranches, before) == D(missing)
