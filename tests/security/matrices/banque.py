"""Access matrix of « banque »: see `tests.security.matrix`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from apps.core.services import store_file
from apps.payments.models import FichierVirements, LigneRetour, RetourBancaire, Virement
from tests.security.world import World

#                        sai resp inst gest ordo comp lect deci admi |str  ddets cd
TABLE = """
fichier              404 404  404  403  403  200  404  404  404   404  404   404
fichiers             404 404  404  200  200  200  404  404  404   404  404   404
inconnues            404 404  404  200  200  200  404  404  404   404  404   404
ligne                404 404  404  200  200  200  404  404  404   404  404   404
rejets               404 404  404  200  200  200  404  404  404   404  404   404
retour               404 404  404  200  200  200  404  404  404   404  404   404
retour_appliquer     404 404  404  403  403  200  404  404  404   404  404   404
retour_ecarter       404 404  404  403  403  200  404  404  404   404  404   404
retour_fichier       404 404  404  403  403  200  404  404  404   404  404   404
retour_importer      404 404  404  403  403  200  404  404  404   404  404   404
retour_lignes        404 404  404  200  200  200  404  404  404   404  404   404
retours              404 404  404  200  200  200  404  404  404   404  404   404
virements            404 404  404  200  200  200  404  404  404   404  404   404
"""

# Pages whose readers are not those who may post there: who posts.
WRITERS: dict[str, set[str]] = {"banque:ligne": {"comptable"}}
CSV = b"reference;statut;code;libelle;date\nINCONNUE;RJCT;AC04;;20/01/2023\n"


def make_virement(world: World, campagne: Any, annexe: Any, number: int) -> Virement:
    """A rejected transfer, not sent again."""
    return Virement.objects.create(
        campagne=campagne,
        annexe=annexe,
        structure=annexe.siae.structure,
        coordonnees=world.banque,
        montant=Decimal("11144.50"),
        reference=f"IAE-{number:08d}",
        etat=Virement.Etat.REJETE,
        emis_le=date(2023, 1, 20),
        denoue_le=date(2023, 1, 24),
        code_rejet="AC04",
        motif_rejet="Le compte est clos.",
    )


def make_fichier(world: World, campagne: Any, number: int) -> FichierVirements:
    nom = f"EXTRANET-IAE-VIR-{number:06d}.xml"
    made = FichierVirements.objects.filter(campagne=campagne).first()
    return made or FichierVirements.objects.create(
        numero=number,
        campagne=campagne,
        nom=nom,
        nombre=1,
        montant=Decimal("11144.50"),
        fichier=store_file(b"<Document/>", nom=nom, titre=nom, type_mime="application/xml"),
        produit_par=world.actors["comptable"].user,
    )


def make_retour(world: World, number: int, **fields: Any) -> RetourBancaire:
    """A return to be applied, once per number."""
    contents = CSV + b"\n" * number
    fichier = store_file(contents, nom="retour.csv", titre="Retour", type_mime="text/csv")
    made, _created = RetourBancaire.objects.get_or_create(
        sha256=fichier.sha256,
        defaults={
            "numero": number,
            "nom": "retour.csv",
            "format": "CSV",
            "fichier": fichier,
            "importe_par": world.actors["comptable"].user,
            "importe_le": date(2023, 1, 24),
            "nombre": 1,
            **fields,
        },
    )
    return made


def make_ligne(retour: RetourBancaire, number: int) -> LigneRetour:
    """An unknown line, not decided upon."""
    made, _created = LigneRetour.objects.get_or_create(
        retour=retour,
        rang=number,
        defaults={
            "brut": "INCONNUE;RJCT;AC04;;20/01/2023",
            "reference": "INCONNUE",
            "statut": "REJETE",
            "code": "AC04",
            "issue": "INCONNUE",
            "raison": "Aucun virement émis ne porte la référence « INCONNUE ».",
        },
    )
    return made


def _retour(world: World) -> dict[str, Any]:
    return {"pk": make_retour(world, 1).pk}


ARGUMENTS: dict[str, Callable[[World], dict[str, Any]]] = {
    "banque:fichier": lambda world: {"pk": make_fichier(world, world.executee, 1).pk},
    "banque:ligne": lambda world: {"pk": make_ligne(make_retour(world, 1), 1).pk},
    **{
        f"banque:retour{page}": _retour
        for page in ("", "_appliquer", "_ecarter", "_fichier", "_lignes")
    },
}
