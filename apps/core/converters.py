"""A civil month in an address: « 2023-03 » ↔ its first day. Registered once, as "mois"."""

from __future__ import annotations

from datetime import date

from apps.rules.periods import Month


class MonthConverter:
    regex = "[0-9]{4}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        """ValueError, hence 404, when there is no such month."""
        return Month.parse(value).first_day

    def to_url(self, value: date | str) -> str:
        return value if isinstance(value, str) else str(Month.of(value))
