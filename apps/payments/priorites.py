"""Who is paid when a département is short of funds (convention art. 3.1, spec 02 §2, spec 05 §3).

Payment only within the sums received: the parts of a mandate are served from the oldest month on,
then by number of annex; the first that does not fit waits, and so do all those after it. Pure
arithmetic; called by `reglements.settle`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.rules.money import ZERO, total

# Month of work, number of the annex, its renewal, key of the line.
Rang = tuple[date, str, int, int]


@dataclass(frozen=True, slots=True)
class Besoin:
    """What a line asks of a mandate, in euros: its cash and its re-imputation, signed."""

    versement_id: int
    mandat_id: int
    montant: Decimal
    rang: Rang


@dataclass(frozen=True, slots=True)
class Caisse:
    """Funds of a mandate facing a run, in euros; `attente`: the lines that wait."""

    mandat_id: int
    disponible: Decimal
    demande: Decimal
    attente: frozenset[int]

    @property
    def manque(self) -> Decimal:
        return max(ZERO, self.demande - self.disponible)


def serve(besoins: Iterable[Besoin], disponibles: Mapping[int, Decimal]) -> dict[int, Caisse]:
    """The lines that wait, per mandate. A re-imputation that gives money back to the département
    asks nothing: it never waits, and what it brings is available to the others."""
    by_mandate: dict[int, list[Besoin]] = defaultdict(list)
    for besoin in besoins:
        by_mandate[besoin.mandat_id].append(besoin)
    return {
        mandat_id: _of_mandate(mandat_id, asked, disponibles.get(mandat_id, ZERO))
        for mandat_id, asked in by_mandate.items()
    }


def _of_mandate(mandat_id: int, besoins: list[Besoin], tresorerie: Decimal) -> Caisse:
    available = tresorerie - total(b.montant for b in besoins if b.montant <= 0)
    asked = sorted((b for b in besoins if b.montant > 0), key=lambda besoin: besoin.rang)
    cumulated, served = ZERO, 0
    for besoin in asked:
        if cumulated + besoin.montant > available:
            break
        cumulated += besoin.montant
        served += 1
    return Caisse(
        mandat_id,
        available,
        total(besoin.montant for besoin in asked),
        frozenset(besoin.versement_id for besoin in asked[served:]),
    )
