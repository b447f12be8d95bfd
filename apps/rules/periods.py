"""Civil months: an annex is a run of whole months, and every rule counts in months.

Text: cahier des charges §2.3 (monthly amounts, quarters of the conventioned period).
Called by everything that speaks of a month; `Month` carries no day and no time zone.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import overload

NOMS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A civil month, ordered and hashable; `Month(2018, 1) + 1` is February 2018."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not 1 <= self.month <= 12:
            raise ValueError(f"not a month: {self.year}-{self.month}")

    @classmethod
    def of(cls, day: date) -> "Month":
        """The month a date (or datetime) falls in."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Read `YYYY-MM`; ValueError for anything else, other scripts' digits included."""
        year, dash, month = text.partition("-")
        shape = len(year) == 4 and dash and len(month) == 2
        if not (shape and year.isascii() and month.isascii() and (year + month).isdigit()):
            raise ValueError(f"not a month: {text!r}")
        if year == "0000":
            raise ValueError("there is no year 0")
        return cls(int(year), int(month))

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    @property
    def label(self) -> str:
        """As read by people: « janvier 2018 »."""
        return f"{NOMS[self.month - 1]} {self.year}"

    @property
    def label_with_de(self) -> str:
        """After a noun: « de janvier 2018 », « d’avril 2018 »."""
        return with_de(self.label)

    def day(self, number: int) -> date:
        """The given day of this month (1 to 28 exist in every month)."""
        return date(self.year, self.month, number)

    def __add__(self, months: int) -> "Month":
        years, rest = divmod(self.month - 1 + months, 12)
        return Month(self.year + years, rest + 1)

    @overload
    def __sub__(self, other: int) -> "Month": ...

    @overload
    def __sub__(self, other: "Month") -> int: ...

    def __sub__(self, other: "int | Month") -> "Month | int":
        if isinstance(other, Month):
            return (self.year - other.year) * 12 + self.month - other.month
        return self + -other

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


def month_range(first: Month, last: Month) -> tuple[Month, ...]:
    """Every month from `first` to `last`, both included; empty when `last` comes before."""
    return tuple(first + step for step in range(last - first + 1))


def with_de(month: str) -> str:
    """« de mars », « d’avril », « d’août », « d’octobre »."""
    return f"d’{month}" if month[0] in "ao" else f"de {month}"


def range_label(first: Month, last: Month) -> str:
    """« janvier 2023 », « de janvier à mars 2023 » or « de novembre 2022 à janvier 2023 »."""
    if first == last:
        return first.label
    start = NOMS[first.month - 1] if first.year == last.year else first.label
    return f"{with_de(start)} à {last.label}"
