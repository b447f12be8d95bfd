"""Access matrix of « recoveries »: see `tests.security.matrix`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from apps.core.services import store_file
from apps.recoveries.models import (
    ActeDeRecouvrement,
    Compensation,
    Encaissement,
    Excedent,
    OrdreDeRecouvrer,
    PlanDePaiement,
    Remboursement,
)
from tests.factories import make_user
from tests.security.arguments import Arguments
from tests.security.world import World

#                        sai resp inst gest ordo comp lect deci admi |str  ddets cd
TABLE = """
acte_pdf             200 200  200  200  200  200  200  200  404   404  404   404
compensation_lever   403 403  403  403  403  200  403  403  404   404  404   404
compensation_pdf     200 200  200  200  200  200  200  200  404   404  404   404
compenser            403 403  403  403  403  200  403  403  404   404  404   404
encaissement_annuler 403 403  403  403  403  200  403  403  404   404  404   404
encaisser            403 403  403  403  403  200  403  403  404   404  404   404
excedent_imputer     403 403  403  403  403  200  403  403  404   404  404   404
excedent_rembourser  403 403  403  403  200  403  403  403  404   404  404   404
excedents            403 403  403  200  200  200  403  403  403   403  403   403
forcer               403 403  403  403  403  302  403  403  404   404  404   404
historique           403 403  200  200  200  200  200  200  404   404  404   404
liste                200 200  200  200  200  200  200  200  200   200  200   200
mettre_en_demeure    403 403  403  403  403  200  403  403  404   404  404   404
notifier             403 403  403  403  403  302  403  403  404   404  404   404
ordre                200 200  200  200  200  200  200  200  404   404  404   404
ordre_pdf            200 200  200  200  200  200  200  200  404   404  404   404
plan_accorder        403 403  403  403  403  200  403  403  404   404  404   404
plan_demander        403 200  403  200  403  403  403  403  404   404  404   404
plan_pdf             200 200  200  200  200  200  200  200  404   404  404   404
plan_reechelonner    403 403  403  403  403  302  403  403  404   404  404   404
plan_refuser         403 403  403  403  403  200  403  403  404   404  404   404
relancer             403 403  403  403  403  302  403  403  404   404  404   404
remboursement_abandonner 403 403 403 403 200 200  403  403  404   404  404   404
remboursement_payer  403 403  403  403  403  200  403  403  404   404  404   404
retards              403 403  403  200  200  200  403  403  403   403  403   403
"""

JOUR, ECHEANCE = date(2023, 4, 10), date(2023, 5, 10)
MADE = "_amiable"


def of(name: str) -> Arguments:
    """The key of an object made once in each world."""
    return lambda world: {"pk": _objects(world)[name].pk}


def _objects(world: World) -> dict[str, Any]:
    if MADE not in world.objects:
        world.objects[MADE] = _make(world)
    made: dict[str, Any] = world.objects[MADE]
    return made


def _make(world: World) -> dict[str, Any]:
    """The order of the world reminded and late; one with a plan broken, another asked, a payment
    and two surpluses."""
    ordre, someone = world.ordre, make_user()
    ordre.etat, ordre.echeance, ordre.notifie_le = "RELANCE", ECHEANCE, JOUR
    ordre.save()
    asked = _another(world)
    fichier = store_file(b"%PDF-1.7\n", nom="p.pdf", titre="P", type_mime="application/pdf")
    surpluses = [_surplus(asked) for _ in range(2)]
    return {
        "ordre": ordre,
        "acte": ActeDeRecouvrement.objects.create(
            ordre=ordre,
            nature="RELANCE",
            jour=JOUR,
            reste=ordre.reste,
            echeance=ECHEANCE,
            document=fichier,
        ),
        "compensation": Compensation.objects.create(
            ordre=asked,
            motif="M",
            reste=asked.reste,
            decidee_le=JOUR,
            applicable_le=ECHEANCE,
            decidee_par=someone,
            document=fichier,
        ),
        "encaissement": Encaissement.objects.create(
            ordre=asked,
            mode="VIREMENT",
            montant=Decimal("1.00"),
            recu_le=JOUR,
            reference="VIR",
            saisi_par=someone,
            saisi_le=JOUR,
        ),
        "excedent": surpluses[0],
        "remboursement": Remboursement.objects.create(
            excedent=surpluses[1],
            montant=Decimal("5.00"),
            motif="M",
            ordonne_par=someone,
            ordonne_le=JOUR,
        ),
        "demande": _plan(asked, someone, version=2),
        "plan": _plan(
            asked,
            someone,
            version=1,
            etat="ROMPU",
            montant=asked.reste,
            decide_par=make_user(),
            decide_le=JOUR,
            fin_le=ECHEANCE,
            document=fichier,
        ),
    }


def _another(world: World) -> OrdreDeRecouvrer:
    ordre = OrdreDeRecouvrer.objects.get(pk=world.ordre.pk)
    ordre.pk, ordre.numero, ordre.versement = None, 2, world.ligne
    ordre.recouvre = Decimal("1.00")
    ordre.save()
    return ordre


def _surplus(ordre: OrdreDeRecouvrer) -> Excedent:
    return Excedent.objects.create(
        ordre=ordre,
        structure=ordre.structure,
        financeur=ordre.financeur,
        origine="REDUCTION",
        montant=Decimal("5.00"),
        ne_le=JOUR,
    )


def _plan(ordre: OrdreDeRecouvrer, someone: Any, **fields: Any) -> PlanDePaiement:
    values = {"nombre": 2, "premiere": ECHEANCE, "motif": "M", "demande_le": JOUR} | fields
    return PlanDePaiement.objects.create(ordre=ordre, demande_par=someone, **values)


OF_ORDERS = (
    "compenser",
    "encaisser",
    "forcer",
    "historique",
    "mettre_en_demeure",
    "notifier",
    "ordre",
    "ordre_pdf",
    "plan_demander",
    "relancer",
)
ARGUMENTS: dict[str, Arguments] = {
    **{f"recoveries:{page}": of("ordre") for page in OF_ORDERS},
    **{
        f"recoveries:{page}": of(page.split("_")[0])
        for page in (
            "acte_pdf",
            "compensation_lever",
            "compensation_pdf",
            "encaissement_annuler",
            "excedent_imputer",
            "excedent_rembourser",
            "plan_pdf",
            "remboursement_abandonner",
            "remboursement_payer",
        )
    },
    **{
        f"recoveries:plan_{verb}": of("demande") for verb in ("accorder", "refuser", "reechelonner")
    },
}
