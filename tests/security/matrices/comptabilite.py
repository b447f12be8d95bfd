"""Access matrix of « comptabilite »: see `tests.security.matrix`.

The lock of its world is of a month long before the others': nothing there is refused by it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from apps.payments.models import Cloture, Ecriture, Reouverture, Succession
from tests.factories import make_financeur
from tests.security.world import World

#                        sai resp inst gest ordo comp lect deci admi |str  ddets cd
TABLE = """
balance              403 403  403  200  200  200  200  200  403   403  403   200
cloture              403 403  403  200  200  200  403  403  403   403  403   403
clotures             403 403  403  200  200  200  403  403  403   403  403   403
ecriture             404 404  404  200  200  200  200  200  404   404  404   404
extourner            404 404  404  302  302  200  302  302  404   404  404   404
grand_livre          403 403  403  200  200  200  200  200  403   403  403   200
journal              403 403  403  200  200  200  200  200  403   403  403   200
reouverture_accorder 403 403  403  302  200  302  403  403  403   403  403   403
reouverture_refuser  403 403  403  302  200  302  403  403  403   403  403   403
rouvrir              403 403  403  302  302  200  403  403  403   403  403   403
succession           404 404  404  200  200  200  200  200  404   404  404   404
succession_accorder  404 404  404  302  200  302  302  302  404   404  404   404
succession_proposer  403 403  403  200  302  302  302  302  403   403  403   302
succession_refuser   404 404  404  302  200  302  302  302  404   404  404   404
successions          403 403  403  200  200  200  200  200  403   403  403   200
verrouiller          403 403  403  302  302  200  403  403  403   403  403   403
verrouiller_annee    403 403  403  302  302  200  403  403  403   403  403   403
"""


def _ecriture(world: World) -> dict[str, Any]:
    """The funds received for the mandate of the case."""
    entries = Ecriture.objects.filter(evenement="FONDS_RECUS", mouvements__mandat=world.mandat)
    return {"pk": entries.order_by("numero")[0].pk}


def _cloture(world: World) -> dict[str, Any]:
    found, _created = Cloture.objects.get_or_create(
        nature="MOIS",
        debut=date(2000, 1, 1),
        defaults={
            "fin": date(2000, 1, 31),
            "ecritures": 0,
            "debit": 0,
            "empreinte": "0" * 64,
            "verrouille_par": world.actors["comptable"].user,
            "verrouille_le": date(2000, 2, 1),
        },
    )
    return {"pk": found.pk}


def _reouverture(world: World) -> dict[str, Any]:
    found, _created = Reouverture.objects.get_or_create(
        cloture_id=_cloture(world)["pk"],
        defaults={
            "motif": "Recette oubliée",
            "demandee_par": world.actors["comptable"].user,
            "demandee_le": date(2000, 2, 2),
        },
    )
    return {"pk": found.pk}


def _succession(world: World) -> dict[str, Any]:
    found, _created = Succession.objects.get_or_create(
        financeur=make_financeur("062"),
        defaults={
            "numero": 1,
            "successeur": make_financeur("06S", organisation=None),
            "effet": date(2023, 7, 1),
            "texte": "Décret",
            "proposee_par": world.actors["gestionnaire"].user,
            "proposee_le": date(2023, 6, 1),
        },
    )
    return {"pk": found.pk}


ARGUMENTS: dict[str, Callable[[World], dict[str, Any]]] = {
    "comptabilite:ecriture": _ecriture,
    "comptabilite:extourner": _ecriture,
    "comptabilite:grand_livre": lambda world: {"compte": "515"},
    "comptabilite:cloture": _cloture,
    "comptabilite:rouvrir": _cloture,
    "comptabilite:verrouiller": lambda world: {"mois": "2000-02"},
    "comptabilite:verrouiller_annee": lambda world: {"annee": 2000},
    "comptabilite:reouverture_accorder": _reouverture,
    "comptabilite:reouverture_refuser": _reouverture,
    "comptabilite:succession": _succession,
    "comptabilite:succession_accorder": _succession,
    "comptabilite:succession_refuser": _succession,
}
