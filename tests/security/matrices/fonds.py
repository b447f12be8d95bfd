"""Access matrix of « fonds »: see `tests.security.matrix`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from apps.payments.models import (
    AppelDeFonds,
    NotificationDeFonds,
    RecetteDeFonds,
    ReversementDeFonds,
)
from tests.factories import make_user
from tests.security.world import World

#                        sai resp inst gest ordo comp lect deci admi |str  ddets cd
TABLE = """
appel                404 404  404  200  200  200  200  200  404   404  404   404
appel#propose        404 404  404  200  200  200  404  404  404   404  404   404
appel_annuler        404 404  404  302  200  200  302  302  404   404  404   404
appel_emettre#propose 404 404 404  302  200  200  404  404  404   404  404   404
appel_emettre        404 404  404  302  302  302  302  302  404   404  404   404
appel_modifier#propose 404 404 404 200  200  302  404  404  404   404  404   404
appel_modifier       404 404  404  302  302  302  302  302  404   404  404   404
appel_pdf            404 404  404  200  200  200  200  200  404   404  404   404
appel_proposer       404 404  404  200  200  403  403  403  404   404  404   404
appels               404 404  404  200  200  200  200  200  404   404  404   200
cloturer             404 404  404  403  403  200  404  404  404   404  404   404
mandat               404 404  404  200  200  200  200  200  404   404  404   404
mandats              404 404  404  200  200  200  200  200  404   404  404   200
notification_retirer 404 404  404  302  302  302  302  200  404   404  404   404
notifier             404 404  404  403  403  403  403  200  404   404  404   404
recette_annuler      404 404  404  403  403  200  403  403  404   404  404   404
recette_enregistrer  404 404  404  403  403  200  403  403  404   404  404   404
reversement          404 404  404  200  200  200  200  200  404   404  404   404
reversement_annuler  404 404  404  302  200  200  302  302  404   404  404   404
reversement_payer    404 404  404  302  302  200  302  302  404   404  404   404
reversement_pdf      404 404  404  302  302  302  302  302  404   404  404   404
solde                404 404  404  200  200  200  404  404  404   404  404   404
"""

# Everyone of the ASP reads the balance; the ordonnateur alone strikes it.
WRITERS: dict[str, set[str]] = {"fonds:solde": {"ordonnateur"}}

DAY = date(2023, 3, 1)


def _issued(world: World) -> AppelDeFonds:
    appel, _new = AppelDeFonds.objects.get_or_create(
        numero=901,
        defaults={
            "mandat": world.mandat,
            "nature": "EXCEPTIONNEL",
            "periode": DAY,
            "montant": Decimal("1000.00"),
            "etat": "EMIS",
            "propose_par": make_user(),
            "propose_le": DAY,
            "motif": "Besoin",
            "emis_par": make_user(),
            "emis_le": DAY,
            "echeance": date(2023, 3, 31),
            "lignes": [
                {
                    "numero": 1,
                    "libelle": "Fonds complémentaires nécessaires",
                    "montant": "1000.00",
                    "calcul": "Besoin",
                    "reference": "Convention de mandat, article 3.1",
                }
            ],
        },
    )
    return appel


def _proposed(world: World) -> AppelDeFonds:
    appel, _new = AppelDeFonds.objects.get_or_create(
        numero=902,
        defaults={
            "mandat": world.mandat,
            "nature": "EXCEPTIONNEL",
            "periode": DAY,
            "montant": Decimal("500.00"),
            "propose_le": DAY,
            "motif": "Besoin",
        },
    )
    return appel


def _notice(world: World) -> NotificationDeFonds:
    notice, _new = NotificationDeFonds.objects.get_or_create(
        mandat=world.mandat,
        reference="MDT-1",
        defaults={
            "montant": Decimal("700.00"),
            "ordonnance_le": DAY,
            "notifie_par": make_user(),
            "notifie_le": DAY,
        },
    )
    return notice


def _receipt(world: World) -> RecetteDeFonds:
    recette, _new = RecetteDeFonds.objects.get_or_create(
        numero=901,
        defaults={
            "mandat": world.mandat,
            "montant": Decimal("300.00"),
            "recu_le": DAY,
            "reference_bancaire": "R-901",
            "enregistre_par": make_user(),
            "enregistre_le": DAY,
        },
    )
    return recette


def _pay_back(world: World) -> ReversementDeFonds:
    reversement, _new = ReversementDeFonds.objects.get_or_create(
        numero=901,
        defaults={
            "mandat": world.mandat,
            "nature": "RECOUVREMENTS",
            "annee": 2022,
            "montant": Decimal("50.00"),
            "ordonnance_par": make_user(),
            "ordonnance_le": DAY,
        },
    )
    return reversement


def _pk(make: Callable[[World], Any]) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"pk": make(world).pk}


def _mandat(world: World) -> dict[str, Any]:
    return {"pk": world.mandat.pk}


ARGUMENTS: dict[str, Callable[[World], dict[str, Any]]] = {
    **dict.fromkeys(
        (f"fonds:{name}" for name in ("mandat", "notifier", "recette_enregistrer", "solde")),
        _mandat,
    ),
    "fonds:cloturer": _mandat,
    "fonds:appel_proposer": lambda world: {"pk": world.mandat.pk, "nature": "exceptionnel"},
    **dict.fromkeys(
        (f"fonds:{name}" for name in ("appel", "appel_pdf", "appel_emettre", "appel_modifier")),
        _pk(_issued),
    ),
    "fonds:appel_annuler": _pk(_issued),
    **dict.fromkeys(
        (f"fonds:{name}#propose" for name in ("appel", "appel_emettre", "appel_modifier")),
        _pk(_proposed),
    ),
    "fonds:notification_retirer": _pk(_notice),
    "fonds:recette_annuler": _pk(_receipt),
    **dict.fromkeys(
        (
            f"fonds:{name}"
            for name in (
                "reversement",
                "reversement_pdf",
                "reversement_payer",
                "reversement_annuler",
            )
        ),
        _pk(_pay_back),
    ),
}
