"""Rows of the lists of the bank, for `tests.core.test_lists`."""

from __future__ import annotations

from datetime import date
from typing import Any

from apps.payments.models import Campagne
from tests.security.matrices.banque import make_fichier, make_ligne, make_retour, make_virement
from tests.security.world import World


def more_bank(world: World, version: Any, number: int) -> None:
    """A transfer rejected, a file of another run, a return, an unknown line of the first one."""
    run = Campagne.objects.create(
        numero=5000 + number,
        mois=date(2031, 1, 1),
        jour_paiement=date(2031, 1, 20),
        etat="ABANDONNEE",
    )
    make_virement(world, run, version.annexe, number)
    make_fichier(world, run, 100 + number)
    make_retour(world, 100 + number)
    make_ligne(make_retour(world, 1), 2 + number)
