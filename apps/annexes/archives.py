"""Documents of an annex as its page lists them: number, date, file as archived.

The statements, payments, orders and bilans stand above this application: what reads them is
registered in SOURCES by the application at the top (`dashboards`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from apps.core.models import Fichier

if TYPE_CHECKING:
    from apps.accounts.models import Membership
    from apps.annexes.models import AnnexeFinanciere


@dataclass(frozen=True, slots=True)
class Archive:
    """A document that one reader may open; `fichier` is None until it is first asked for."""

    nature: str
    numero: str
    adresse: str
    fichier: Fichier | None
    # What the document says of itself: its date, its amount in euros.
    du: date | None = None
    montant: Decimal | None = None


SOURCES: list[Callable[[Membership, AnnexeFinanciere], list[Archive]]] = []


def archives_of(acting: Membership, annexe: AnnexeFinanciere) -> list[Archive]:
    """Every issued document of an annex within what this reader sees, source after source."""
    return [archive for source in SOURCES for archive in source(acting, annexe)]
