"""Days on which banks settle transfers: the TARGET calendar, closed on six days a year.

Weekends, 1 January, Good Friday, Easter Monday, 1 May, 25 and 26 December (decision of the European
Central Bank of 14 December 2000). Called by the end of a payment run, which waits for rejections.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

FIXED = frozenset({(1, 1), (5, 1), (12, 25), (12, 26)})
SATURDAY = 5


def is_banking_day(day: date) -> bool:
    """Whether transfers are settled on the day."""
    easter = easter_of(day.year)
    moving = (easter - timedelta(days=2), easter + timedelta(days=1))
    return day.weekday() < SATURDAY and (day.month, day.day) not in FIXED and day not in moving


def banking_days_after(day: date, count: int) -> date:
    """The `count`-th banking day after `day`, which does not count itself."""
    while count:
        day += timedelta(days=1)
        count -= is_banking_day(day)
    return day


def banking_days_before(day: date, count: int) -> date:
    """The last day of which the `count`-th banking day that follows is `day` or an earlier one."""
    found = day
    while count:
        count -= is_banking_day(found)
        found -= timedelta(days=1)
    return found


@cache
def easter_of(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (algorithm of Meeus, Jones and Butcher)."""
    century = year // 100
    leaps = century - century // 4 - (8 * century + 13) // 25
    moon = (leaps + 19 * (year % 19) + 15) % 30
    moon -= (moon // 28) * (1 - (29 // (moon + 1)) * ((21 - year % 19) // 11))
    sunday = (year + year // 4 + moon + 2 - century + century // 4) % 7
    offset = moon - sunday
    month = 3 + (offset + 40) // 44
    return date(year, month, offset + 28 - 31 * (month // 4))
