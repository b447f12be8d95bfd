"""Rows of the list of comptes d’emploi, for `tests.core.test_lists`."""

from __future__ import annotations

from datetime import date
from typing import Any

from apps.dashboards.models import CompteEmploi


def more_accounts(world: Any, number: int) -> None:
    """A further edition of a signed account."""
    CompteEmploi.objects.create(
        numero=100 + number,
        mandat=world.mandat,
        annee=2023,
        arrete_au=date(2023, 12, 31),
        nature="PROVISOIRE",
        edition=10 + number,
        etat="SIGNE",
        contenu={},
        empreinte="0" * 64,
        prepare_le=date(2024, 1, 5),
        prepare_par=world.actors["gestionnaire"].user,
        signe_le=date(2024, 1, 6),
        signe_par=world.actors["comptable"].user,
    )
