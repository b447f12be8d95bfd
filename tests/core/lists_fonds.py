"""Rows of the lists of the funds, for `tests.core.test_lists`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from apps.payments.models import AppelDeFonds
from tests.factories import make_financeur, make_mandat
from tests.security.world import World


def more_funds(world: World, number: int) -> None:
    """A mandate with its funds, and a call."""
    mandat = make_mandat(make_financeur("062"), 2030 + number)
    AppelDeFonds.objects.create(
        numero=1000 + number,
        mandat=mandat,
        nature="EXCEPTIONNEL",
        periode=date(2030, 1, 1),
        montant=Decimal("100.00"),
        propose_le=date(2030, 1, 1),
        motif="Besoin",
    )
