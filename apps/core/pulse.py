"""Signs of life of the workers and of the clock, read by the supervision page.

The clock asks every minute for `core.pulse`, a worker runs it: a recent pulse says that both are
alive. Kept in the cache: losing it loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils import timezone

KEY = "core.pulse"
KEPT = 7 * 24 * 3600
# Three missed minutes: somebody should look.
LATE_AFTER = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Signe:
    """The last pulse of a worker; `vivant`: heard of in the last minutes."""

    travailleur: str
    le: datetime
    vivant: bool


def note_pulse(travailleur: str, le: datetime | None = None) -> None:
    """Record that this worker has just run what the clock asked for."""
    seen: dict[str, datetime] = cache.get(KEY) or {}
    cache.set(KEY, {**seen, travailleur: le or timezone.now()}, KEPT)


def pulses(now: datetime | None = None) -> list[Signe]:
    """Workers heard of these last days, the most recent first."""
    seen: dict[str, datetime] = cache.get(KEY) or {}
    limit = (now or timezone.now()) - LATE_AFTER
    signs = [Signe(name, when, when >= limit) for name, when in seen.items()]
    return sorted(signs, key=lambda sign: sign.le, reverse=True)
