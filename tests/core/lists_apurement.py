"""Rows of the lists of « apurement »: one of each for an order."""

from __future__ import annotations

from datetime import date

from apps.recoveries.models import (
    Apurement,
    Contestation,
    DemandeRemise,
    Extinction,
    ListeNonValeur,
    OrdreDeRecouvrer,
    ProcedureCollective,
)
from tests.factories import make_user
from tests.security.world import World

JOUR = date(2023, 4, 10)


def more_clearing(world: World, number: int) -> None:
    """A dispute, a remission, a list, an extinction, a clearing and a procedure of an order."""
    someone, piece = make_user(), world.piece_controle.fichier
    ordre = OrdreDeRecouvrer.objects.get(numero=100 + number)
    Contestation.objects.create(ordre=ordre, motif="M", deposee_le=JOUR, deposee_par=someone)
    DemandeRemise.objects.create(ordre=ordre, motif="M", demandee_le=JOUR, demandee_par=someone)
    ListeNonValeur.objects.create(
        numero=100 + number, financeur=ordre.financeur, preparee_le=JOUR, preparee_par=someone
    )
    Extinction.objects.create(
        ordre=ordre,
        motif="DECES",
        piece=piece,
        montant=ordre.montant,
        proposee_le=JOUR,
        proposee_par=someone,
    )
    Apurement.objects.create(ordre=ordre, montant=ordre.montant, initiale=True, le=JOUR)
    ProcedureCollective.objects.create(
        structure=ordre.structure,
        nature="LIQUIDATION",
        jugement_le=JOUR,
        tribunal="Tribunal",
        bodacc_le=JOUR,
        piece=piece,
        enregistree_le=JOUR,
        enregistree_par=someone,
    )
