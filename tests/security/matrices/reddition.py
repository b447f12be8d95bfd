"""Access matrix of « reddition »: see `tests.security.matrix`.

A compte d’emploi signed, which its département reads, and one to sign, which it does not see yet.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from apps.dashboards.comptes.calcul import account_of
from apps.dashboards.comptes.contenu import dump
from apps.dashboards.models import CompteEmploi
from tests.security.world import World

#                        sai resp inst gest ordo comp lect deci admi |str  ddets cd
TABLE = """
    apercu               404 404  404  200  403  200  404  404  404   404  404   404
    compte               404 404  404  200  200  200  200  200  404   404  404   404
    compte#a_signer      404 404  404  200  200  200  404  404  404   404  404   404
    comptes              404 404  404  200  200  200  200  200  404   404  404   200
    ecarter              404 404  404  200  403  200  404  404  404   404  404   404
    excel                404 404  404  200  200  200  200  200  404   404  404   404
    excel#a_signer       404 404  404  200  200  200  404  404  404   404  404   404
    pdf                  404 404  404  200  200  200  200  200  404   404  404   404
    pdf#a_signer         404 404  404  200  200  200  404  404  404   404  404   404
    preparer             404 404  404  200  403  200  404  404  404   404  404   404
    signer               404 404  404  403  403  200  404  404  404   404  404   404
    signer#signe         404 404  404  403  403  302  403  403  404   404  404   404
"""


def compte(world: World, etat: str) -> CompteEmploi:
    """The account of 2022 signed, or the one of 2023 to sign; made once."""
    signed = etat == "SIGNE"
    annee = 2023 if signed else 2024
    found = CompteEmploi.objects.filter(mandat=world.mandat, annee=annee).first()
    if found is not None:
        return found
    fin, day = date(annee, 12, 31), date(annee + 1, 1, 5)
    return CompteEmploi.objects.create(
        numero=annee,
        mandat=world.mandat,
        annee=annee,
        arrete_au=fin,
        nature="PROVISOIRE",
        etat=etat,
        contenu=dump(account_of(world.mandat, fin, day)),
        empreinte="0" * 64,
        prepare_le=day,
        prepare_par=world.actors["gestionnaire"].user,
        signe_le=day if signed else None,
        signe_par=world.actors["comptable"].user if signed else None,
    )


def _of(etat: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"pk": compte(world, etat).pk}


ARGUMENTS: dict[str, Callable[[World], dict[str, Any]]] = {
    "reddition:apercu": lambda world: {
        "mandat_id": world.mandat.pk,
        "annee": 2023,
        "trimestre": 4,
        "nature": "provisoire",
    },
    "reddition:compte": _of("SIGNE"),
    "reddition:compte#a_signer": _of("PREPARE"),
    "reddition:ecarter": _of("PREPARE"),
    "reddition:excel": _of("SIGNE"),
    "reddition:excel#a_signer": _of("PREPARE"),
    "reddition:pdf": _of("SIGNE"),
    "reddition:pdf#a_signer": _of("PREPARE"),
    "reddition:signer": _of("PREPARE"),
    "reddition:signer#signe": _of("SIGNE"),
}
