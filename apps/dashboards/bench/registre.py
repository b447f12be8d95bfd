"""The benches, by the name the `bench` command takes."""

from __future__ import annotations

from collections.abc import Callable

from apps.dashboards.bench import exports, journal
from apps.dashboards.bench.mesures import Rapport

BANCS: dict[str, Callable[[int, Callable[[str], None]], Rapport]] = {
    "exports": exports.run,
    "journal": journal.run,
}
