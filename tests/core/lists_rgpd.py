"""Rows of the lists of personal data, for `tests.core.test_lists`."""

from __future__ import annotations

from datetime import date
from typing import Any

from apps.dashboards.models import DemandeDroit, Destruction


def more_rights(world: Any, structure: Any, number: int) -> None:
    """A request received by a structure, and a further attestation of a mandate."""
    day = date(2024, 3, 2)
    DemandeDroit.objects.create(
        numero=100 + number,
        nature="ACCES",
        structure=structure,
        demandeur=f"Personne {number}",
        recue_le=day,
        echeance=date(2024, 4, 2),
        enregistree_par=world.actors["gestionnaire"].user,
        enregistree_le=day,
    )
    Destruction.objects.create(
        numero=100 + number,
        mandat=world.mandat,
        etat="SIGNEE",
        contenu={"personnes": 1},
        proposee_par=world.actors["gestionnaire"].user,
        proposee_le=day,
        signee_par=world.actors["comptable"].user,
        signee_le=day,
    )
