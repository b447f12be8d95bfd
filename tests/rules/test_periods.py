"""Civil months: reading, order, arithmetic, and how people read them."""

from datetime import date, datetime

import pytest

from apps.rules.periods import Month, month_range, range_label


def test_a_month_is_read_and_written():
    """`2018-01` is read and written back, and knows its first and last day."""
    month = Month.parse("2018-02")
    assert (month, str(month)) == (Month(2018, 2), "2018-02")
    assert (month.first_day, month.last_day) == (date(2018, 2, 1), date(2018, 2, 28))
    assert Month(2020, 2).last_day == date(2020, 2, 29)
    assert month.label == "février 2018"
    assert Month.of(datetime(2018, 2, 3, 10)) == month  # noqa: DTZ001 - a plain civil date


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2018",
        "2018-1",
        "2018-13",
        "2018-00",
        "0000-01",
        "18-01",
        "2018-01-01",
        "٢٠١٨-٠١",
        "+018-01",
    ],
)
def test_anything_else_is_no_month(text):
    """Only four digits, a dash and a month of the year are read."""
    with pytest.raises(ValueError, match=r"month|year"):
        Month.parse(text)


def test_arithmetic_crosses_years():
    """Months are added and subtracted across years, both ways."""
    assert Month(2018, 12) + 1 == Month(2019, 1)
    assert Month(2018, 1) - 1 == Month(2017, 12)
    assert Month(2018, 3) + 22 == Month(2020, 1)
    assert Month(2019, 2) - Month(2018, 11) == 3
    assert Month(2018, 11) - Month(2019, 2) == -3


def test_months_are_ordered_and_hashable():
    """Months sort by time and serve as keys."""
    assert sorted([Month(2019, 1), Month(2018, 12)]) == [Month(2018, 12), Month(2019, 1)]
    assert {Month(2018, 1): "a"}[Month.parse("2018-01")] == "a"


def test_a_range_includes_both_ends():
    """A period holds its first and its last month; a reversed one is empty."""
    months = month_range(Month(2018, 11), Month(2019, 1))
    assert [str(month) for month in months] == ["2018-11", "2018-12", "2019-01"]
    assert month_range(Month(2018, 2), Month(2018, 1)) == ()


@pytest.mark.parametrize(
    ("first", "last", "label"),
    [
        ("2023-01", "2023-03", "de janvier à mars 2023"),
        ("2023-04", "2023-06", "d’avril à juin 2023"),
        ("2022-11", "2023-01", "de novembre 2022 à janvier 2023"),
        ("2023-05", "2023-05", "mai 2023"),
    ],
)
def test_a_period_reads_in_french(first, last, label):
    """Periods are written as one says them, elision included."""
    assert range_label(Month.parse(first), Month.parse(last)) == label
