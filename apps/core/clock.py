"""Today, as the product sees it.

`TODAY` in the settings (environment variable EXTRANET_TODAY) fixes the day: the demonstration is
served on a day of its own year, so that what is "late" or "expected" there never rots.
"""

from datetime import date

from django.conf import settings
from django.utils import timezone


def today() -> date:
    """The day fixed by the settings, else the local date of Paris."""
    fixed: date | None = settings.TODAY
    return fixed or timezone.localdate()
