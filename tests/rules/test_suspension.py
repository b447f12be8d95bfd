"""Suspension (§2.4): a statement not entered by the end of the following month."""

from datetime import date

import pytest

from apps.rules.periods import Month
from apps.rules.suspension import SuiviEtat, suspending_months

MARS = Month(2018, 3)


@pytest.mark.parametrize(
    ("saisi_le", "valide", "on", "suspended"),
    [
        (None, False, date(2018, 4, 30), False),  # the whole of April is left to enter March
        (None, False, date(2018, 5, 1), True),
        (date(2018, 4, 30), False, date(2018, 6, 1), False),  # in time, the ASP has not validated
        (date(2018, 5, 1), False, date(2018, 5, 2), True),  # late: until it is validated
        (date(2018, 5, 1), True, date(2018, 5, 10), False),
        (None, True, date(2018, 6, 1), False),  # carence
    ],
)
def test_what_suspends_an_annex(saisi_le, valide, on, suspended):
    """Entered by the end of the following month, or else suspended until it is validated."""
    months = suspending_months([SuiviEtat(MARS, saisi_le, valide)], on)
    assert months == ((MARS,) if suspended else ())


def test_the_months_are_named_in_order():
    """Every month that suspends is named; the others are not."""
    etats = [
        SuiviEtat(Month(2018, 4), None, valide=False),
        SuiviEtat(Month(2018, 2), date(2018, 3, 5), valide=True),
        SuiviEtat(MARS, None, valide=False),
        SuiviEtat(Month(2018, 5), None, valide=False),
    ]
    assert suspending_months(etats, date(2018, 6, 15)) == (MARS, Month(2018, 4))
