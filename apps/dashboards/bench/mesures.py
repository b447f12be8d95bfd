"""What a bench measures and says: time, peak memory, queries, and its targets.

Used by each bench of this package; printed by the `bench` command.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection

MIB = 1024


@dataclass(slots=True)
class Mesure:
    """One measured step: seconds, memory in MiB, SQL queries."""

    secondes: float = 0.0
    memoire: float = 0.0  # peak of the process above what it held when the step began
    memoire_totale: float = 0.0  # peak of the whole process
    requetes: int = 0


@dataclass(frozen=True, slots=True)
class Cible:
    """A target: what was measured must not be above `limite`."""

    libelle: str
    mesure: float
    limite: float

    @property
    def atteinte(self) -> bool:
        return self.mesure <= self.limite


@dataclass(slots=True)
class Rapport:
    """What a bench found: (label, text) lines for people, figures for machines, targets."""

    titre: str
    lignes: list[tuple[str, str]] = field(default_factory=list)
    chiffres: dict[str, Any] = field(default_factory=dict)
    cibles: list[Cible] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        targets = [asdict(cible) | {"atteinte": cible.atteinte} for cible in self.cibles]
        return {"banc": self.titre, "machine": machine(), **self.chiffres, "cibles": targets}


@contextmanager
def mesurer() -> Iterator[Mesure]:
    """Measure the block: its figures are set when it ends. Memory is that of Linux's /proc."""
    found = Mesure()

    def counted(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        found.requetes += 1
        return execute(sql, params, many, context)

    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forgets the past peak
    before = _memory("VmRSS")
    start = time.perf_counter()
    with connection.execute_wrapper(counted):
        yield found
    found.secondes = time.perf_counter() - start
    found.memoire_totale = _memory("VmHWM")
    found.memoire = found.memoire_totale - before


def machine() -> str:
    """Cores, load and Python: what a figure is worth depends on them."""
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cœurs, charge {load:.1f}, Python {platform.python_version()}"


def _memory(name: str) -> float:
    """A figure of /proc/self/status, in MiB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / MIB
    raise LookupError(name)
