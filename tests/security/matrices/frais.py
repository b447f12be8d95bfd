"""Access matrix of « frais »: see `tests.security.matrix`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from apps.conventions.models import AvenantFinancier
from apps.payments.models import AvisTarif, FactureFrais, LigneFrais
from tests.security.arguments import Arguments, pk
from tests.security.world import World

#                        sai resp inst gest ordo comp lect deci admi |str  ddets cd
TABLE = """
abandonner           404 404  404  200  200  403  404  404  404   404  404   404
avoir                404 404  404  200  403  403  403  403  404   404  404   404
emettre              404 404  404  403  200  403  404  404  404   404  404   404
encaisser            404 404  404  403  403  200  403  403  404   404  404   404
facture              404 404  404  200  200  200  200  200  404   404  404   404
facture#preparee     404 404  404  200  200  200  404  404  404   404  404   404
facture_pdf          404 404  404  200  200  200  200  200  404   404  404   404
imputer              404 404  404  403  403  200  403  403  404   404  404   404
liste                403 403  403  200  200  200  200  200  403   403  403   200
mandat               403 403  403  200  200  200  200  200  403   403  403   404
preparer             403 403  403  200  403  403  403  403  403   403  403   404
tarif                404 404  404  200  200  200  200  200  404   404  404   404
tarif#prepare        404 404  404  200  200  200  404  404  404   404  404   404
tarif_notifier       404 404  404  403  200  403  404  404  404   404  404   404
tarif_pdf            404 404  404  200  200  200  200  200  404   404  404   404
tarif_preparer       403 403  403  200  403  403  403  403  403   403  403   404
"""


def make_facture(world: World, number: int = 0, **fields: Any) -> FactureFrais:
    """An invoice of one act of the annex of the world, prepared by its gestionnaire."""
    people = {name: world.actors[name].user for name in ("gestionnaire", "ordonnateur")}
    values = {
        "mandat": world.mandat,
        "financeur": world.mandat.financeur,
        "annee": 2023 + number,
        "periode": "S1",
        "arretee_au": date(2023, 6, 30),
        "montant": Decimal("34.93"),
        "siret": "22620001200012",
        "preparee_par": people["gestionnaire"],
        "preparee_le": date(2023, 7, 5),
    } | fields
    if values.get("numero"):
        values |= {"emise_par": people["ordonnateur"], "emise_le": date(2023, 7, 6)}
        values.setdefault("etat", "EMISE")
    facture = FactureFrais.objects.create(**values)
    LigneFrais.objects.create(
        facture=facture,
        nature="ACTE",
        libelle="Annexe",
        version=world.version,
        montant=facture.montant,
        mandat=world.mandat,
        annee=facture.annee,
        compte=not number and facture.periode == "S1",
    )
    return facture


def _once(name: str, make: Callable[[World], Any]) -> Arguments:
    """The key of an object made once in the database of a world."""

    def argument(world: World) -> dict[str, Any]:
        if name not in world.objects:
            world.objects[name] = make(world)
        return {"pk": world.objects[name].pk}

    return argument


def _avis(world: World, annee: int, **fields: Any) -> AvisTarif:
    return AvisTarif.objects.create(
        mandat=world.mandat,
        annee=annee,
        prix_ancien=Decimal("34.93"),
        forfait_ancien=Decimal("7325.39"),
        prix_annexe=Decimal("36.60"),
        forfait_annuel=Decimal("7676.00"),
        prepare_par=world.actors["gestionnaire"].user,
        prepare_le=date(2024, 1, 5),
        **fields,
    )


def _mandat(world: World) -> dict[str, Any]:
    """The mandate with the prices of its year, so that its page has a row."""
    AvenantFinancier.objects.get_or_create(
        mandat=world.mandat,
        annee=2023,
        defaults={
            "credits_intervention": Decimal("4678605.36"),
            "credits_frais": Decimal("9071.89"),
            "prix_annexe": Decimal("34.93"),
            "forfait_annuel": Decimal("7325.39"),
            "annexes_prevues": 50,
        },
    )
    return pk("mandat")(world)


EMISE = _once("facture_emise", lambda world: make_facture(world, numero=1))
PREPAREE = _once("facture_preparee", lambda world: make_facture(world, 1))
AVOIR = _once(
    "avoir_frais",
    lambda world: make_facture(world, periode="S2", numero=2, montant=Decimal("-34.93")),
)
NOTIFIE = _once(
    "tarif_notifie",
    lambda world: _avis(
        world,
        2024,
        etat="NOTIFIE",
        notifie_par=world.actors["ordonnateur"].user,
        notifie_le=date(2024, 1, 6),
    ),
)
A_NOTIFIER = _once("tarif_prepare", lambda world: _avis(world, 2025))

ARGUMENTS: dict[str, Arguments] = {
    **dict.fromkeys(("frais:mandat", "frais:preparer", "frais:tarif_preparer"), _mandat),
    **dict.fromkeys(
        ("frais:facture", "frais:facture_pdf", "frais:avoir", "frais:encaisser"), EMISE
    ),
    **dict.fromkeys(("frais:facture#preparee", "frais:emettre", "frais:abandonner"), PREPAREE),
    "frais:imputer": AVOIR,
    **dict.fromkeys(("frais:tarif", "frais:tarif_pdf"), NOTIFIE),
    **dict.fromkeys(("frais:tarif#prepare", "frais:tarif_notifier"), A_NOTIFIER),
}
