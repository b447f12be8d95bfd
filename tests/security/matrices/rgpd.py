"""Access matrix of « rgpd »: see `tests.security.matrix`.

A request of a beneficiary, forwarded to its département; another of somebody unknown, received by
the ASP. A destruction to sign and one that is signed, which its département reads.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from apps.dashboards.models import DemandeDroit, Destruction
from apps.payments.models import ClotureMandat
from tests.factories import make_financeur, make_mandat
from tests.security.arguments import pk
from tests.security.texts import MARKUP
from tests.security.world import World

#                        sai resp inst gest ordo comp lect deci admi |str  ddets cd
TABLE = """
    contact              403 403  403  200  403  403  403  200  403   403  403   403
    demande              200 200  404  200  200  200  200  200  404   404  404   404
    demande#inconnu      404 404  404  200  200  200  404  404  404   404  404   404
    demande_creer        200 200  404  200  403  403  403  403  404   200  404   403
    demande_prolonger    403 403  404  200  403  403  403  200  404   404  404   404
    demande_repondre     403 403  404  200  403  403  403  200  404   404  404   404
    demandes             200 200  404  200  200  200  200  200  404   200  404   200
    destruction          404 404  404  200  200  200  200  200  404   404  404   404
    destruction#a_signer 404 404  404  200  200  200  404  404  404   404  404   404
    destruction_ecarter  404 404  404  200  403  403  404  404  404   404  404   404
    destruction_pdf      404 404  404  200  200  200  200  200  404   404  404   404
    destruction_proposer 404 404  404  200  403  403  404  404  404   404  404   404
    destruction_proposer#ouvert 404 404 404 200 403 403 404 404 404   404  404   404
    destruction_signer   404 404  404  403  403  200  404  404  404   404  404   404
    destruction_signer#signee 404 404 404 403 403 302 403  403  404   404  404   404
    destructions         404 404  404  200  200  200  200  200  404   404  404   200
    personne             200 200  404  200  403  403  403  403  404   404  404   404
    personne_json        200 200  404  200  403  403  403  403  404   404  404   404
    personne_pdf         200 200  404  200  403  403  403  403  404   404  404   404
    personnes            200 200  404  200  403  403  403  403  404   200  404   403
    registre             200 200  200  200  200  200  200  200  200   200  200   200
"""


def demande(world: World, *, known: bool) -> DemandeDroit:
    """A request of the beneficiary of the case, or of somebody unknown; made once."""
    numero = 901 if known else 902
    salarie = world.salarie if known else None
    made, created = DemandeDroit.objects.get_or_create(
        numero=numero,
        defaults={
            "nature": "ACCES",
            "salarie": salarie,
            "structure": world.structure if known else None,
            "demandeur": f"Camille {MARKUP}",
            "recue_le": date(2023, 6, 1),
            "echeance": date(2023, 7, 1),
            "enregistree_par": world.actors["gestionnaire"].user,
            "enregistree_le": date(2023, 6, 2),
            "transmise_le": date(2023, 6, 2) if known else None,
        },
    )
    if created and known:
        made.financeurs.set([make_financeur("062")])
    return made


def destruction(world: World, etat: str) -> Destruction:
    """Of the closed mandate of the case; made once in each state."""
    ClotureMandat.objects.get_or_create(
        mandat=world.mandat,
        defaults={"cloture_par": world.actors["comptable"].user, "cloture_le": date(2024, 3, 1)},
    )
    signed = etat == "SIGNEE"
    made, _created = Destruction.objects.get_or_create(
        mandat=world.mandat,
        etat=etat,
        defaults={
            "numero": 801 if signed else 802,
            "contenu": {"personnes": 3, "annexes": 1},
            "proposee_par": world.actors["gestionnaire"].user,
            "proposee_le": date(2024, 3, 2),
            "signee_par": world.actors["comptable"].user if signed else None,
            "signee_le": date(2024, 3, 3) if signed else None,
        },
    )
    return made


def closed(world: World) -> dict[str, Any]:
    return {"mandat_id": destruction(world, "SIGNEE").mandat_id}


def still_open(world: World) -> dict[str, Any]:
    return {"mandat_id": make_mandat(make_financeur("059")).pk}


def _request(*, known: bool) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"pk": demande(world, known=known).pk}


def _destruction(etat: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"pk": destruction(world, etat).pk}


ARGUMENTS: dict[str, Callable[[World], dict[str, Any]]] = {
    "rgpd:contact": lambda _world: {"pk": make_financeur("062").pk},
    "rgpd:demande": _request(known=True),
    "rgpd:demande#inconnu": _request(known=False),
    "rgpd:demande_prolonger": _request(known=True),
    "rgpd:demande_repondre": _request(known=True),
    "rgpd:destruction": _destruction("SIGNEE"),
    "rgpd:destruction#a_signer": _destruction("PROPOSEE"),
    "rgpd:destruction_ecarter": _destruction("PROPOSEE"),
    "rgpd:destruction_pdf": _destruction("SIGNEE"),
    "rgpd:destruction_proposer": closed,
    "rgpd:destruction_proposer#ouvert": still_open,
    "rgpd:destruction_signer": _destruction("PROPOSEE"),
    "rgpd:destruction_signer#signee": _destruction("SIGNEE"),
    **{f"rgpd:personne{suffix}": pk("salarie") for suffix in ("", "_json", "_pdf")},
}
