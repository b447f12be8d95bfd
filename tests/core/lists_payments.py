"""Rows of the lists of what runs send, leave waiting and hold, for `tests.core.test_lists`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from apps.payments.models import BlocagePaiement, PartEnAttente, Virement
from tests.factories import make_financeur, make_mandat


def more_settlements(world: Any, annexe: Any, line: Any, number: int) -> None:
    """A transfer of the executed run, a part of its line that waits, a hold put on a structure."""
    structure = annexe.siae.structure
    for run in (world.executee, world.campagne):
        Virement.objects.create(
            campagne=run, annexe=annexe, structure=structure, montant=Decimal("10.00")
        )
    mandat = make_financeur("062").mandats.first() or make_mandat(make_financeur("062"))
    PartEnAttente.objects.create(
        versement=line, financeur=mandat.financeur, mandat=mandat, especes=Decimal("1.00")
    )
    BlocagePaiement.objects.create(
        structure=structure,
        annexe=annexe,
        motif="BAISSE",
        detail="L’échéance est très inférieure à la précédente.",
        objet=f"annexe {annexe.pk} – 2023-{number}",
        pose_le=date(2023, 1, 20),
    )
