"""Access matrix of « apurement »: see `tests.security.matrix`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from apps.accounts.models import Delegation
from apps.core.services import store_file
from apps.recoveries.models import (
    Contestation,
    DemandeRemise,
    Extinction,
    LigneNonValeur,
    ListeNonValeur,
    ProcedureCollective,
)
from apps.recoveries.views.apurement_table import ACTES
from tests.factories import make_user
from tests.security.arguments import pk
from tests.security.world import World

#                        sai resp inst gest ordo comp lect deci admi |str  ddets cd
TABLE = """
a_decider                403 403  403  403  200  403  200  200  403   403  403   200
apurements               200 200  200  200  200  200  200  200  200   200  200   200
contestation             200 200  200  200  200  200  200  200  404   404  404   404
contestation_decider     403 403  403  403  200  403  403  403  404   404  404   404
contestation_instruire   403 403  403  200  403  200  403  403  404   404  404   404
contestation_maintenir   403 403  403  403  200  403  403  403  404   404  404   404
contestation_ordre_ecrit 403 403  302  302  302  302  302  302  404   404  404   404
contestation_pdf         302 302  302  302  302  302  302  302  404   404  404   404
contestation_piece       200 200  200  200  200  200  200  200  404   404  404   404
contestation_suspendre   403 403  403  403  200  403  403  403  404   404  404   404
contestations            200 200  200  200  200  200  200  200  200   200  200   200
contester                403 200  403  200  403  200  403  403  404   404  404   404
delegation_enregistrer   403 403  403  200  403  200  403  403  403   403  403   403
delegation_deposer       403 403  403  200  403  200  403  403  403   403  403   404
delegation_specimen      403 403  403  200  200  200  200  200  403   403  403   404
delegation_terminer      403 403  403  200  403  200  403  403  403   403  403   404
delegations              403 403  403  200  200  200  200  200  403   403  403   200
extinction               200 200  200  200  200  200  200  200  404   404  404   404
extinction_piece         200 200  200  200  200  200  200  200  404   404  404   404
extinction_prononcer     403 403  403  403  200  403  403  403  404   404  404   404
extinction_proposer      403 403  403  403  403  200  403  403  404   404  404   404
extinctions              200 200  200  200  200  200  200  200  200   200  200   200
ligne_ajouter            404 404  404  200  403  200  403  403  404   404  404   404
ligne_completer          404 404  404  302  403  302  403  403  404   404  404   404
ligne_decider            404 404  404  403  403  403  403  200  404   404  404   404
ligne_piece              404 404  404  200  200  200  200  200  404   404  404   404
ligne_retirer            404 404  404  302  403  302  403  403  404   404  404   404
liste                    404 404  404  200  200  200  200  200  404   404  404   404
liste_completer          404 404  404  403  403  403  403  200  404   404  404   404
liste_pdf                404 404  404  200  200  200  200  200  404   404  404   404
liste_preparer           403 403  403  200  403  200  403  403  403   403  403   403
liste_recevoir           404 404  404  302  302  302  403  302  404   404  404   404
liste_soumettre          404 404  404  403  302  302  403  403  404   404  404   404
listes                   403 403  403  200  200  200  200  200  403   403  403   200
procedure                200 200  200  200  200  200  200  200  404   404  404   404
procedure_clore          403 403  403  200  403  200  403  403  404   404  404   404
procedure_convertir      403 403  403  200  403  200  403  403  404   404  404   404
procedure_declarer       403 403  403  200  403  200  403  403  404   404  404   404
procedure_enregistrer    403 403  403  200  403  200  403  403  403   403  403   403
procedure_piece          200 200  200  200  200  200  200  200  404   404  404   404
procedure_publier        403 403  403  200  403  200  403  403  404   404  404   404
procedures               200 200  200  200  200  200  200  200  200   200  200   200
remise                   200 200  404  200  200  200  200  200  404   404  404   404
remise_completer         403 403  404  403  403  403  403  200  404   404  404   404
remise_decider           403 403  404  403  403  403  403  200  404   404  404   404
remise_demander          403 200  403  200  403  200  403  403  404   404  404   404
remise_fiche             403 403  404  200  200  200  200  200  404   404  404   404
remise_pdf               302 302  404  302  302  302  302  302  404   404  404   404
remise_piece             200 200  404  200  200  200  200  200  404   404  404   404
remise_proposer          403 403  404  302  403  302  403  403  404   404  404   404
remise_recevoir          403 403  404  302  302  302  403  302  404   404  404   404
remise_transmettre       403 403  404  403  302  302  403  403  404   404  404   404
remises                  200 200  200  200  200  200  200  200  200   200  200   200
"""

JOUR = date(2023, 4, 10)
MADE = "_apurement"


def of(name: str) -> Callable[[World], dict[str, Any]]:
    """The key of an object made once in each world."""
    return lambda world: {"pk": _objects(world)[name].pk}


def _objects(world: World) -> dict[str, Any]:
    """A dispute received, a remission and a list whose clock runs, an extinction proposed, an
    open procedure; the décideur holds a delegation."""
    if MADE not in world.objects:
        world.objects[MADE] = _make(world)
    made: dict[str, Any] = world.objects[MADE]
    return made


def _make(world: World) -> dict[str, Any]:
    ordre, decideur = world.ordre, world.actors["decideur"]
    people = [make_user() for _ in range(2)]
    piece = store_file(b"%PDF-1.7\n", nom="p.pdf", titre="P", type_mime="application/pdf")
    delegation = Delegation.objects.get(user=decideur.user)
    delegation.specimen = piece
    delegation.save()
    liste = ListeNonValeur.objects.create(
        numero=1,
        financeur=ordre.financeur,
        etat="RECUE",
        preparee_le=JOUR,
        preparee_par=people[0],
        soumise_le=JOUR,
        soumise_par=people[1],
        recue_le=date(2100, 1, 1),
    )
    ligne = LigneNonValeur.objects.create(
        liste=liste,
        ordre=ordre,
        motif="DISSOLUTION",
        piece=piece,
        montant=ordre.montant,
        presentee_par=people[0],
        soumise_par=people[1],
    )
    return {
        "delegation": delegation,
        "contestation": Contestation.objects.create(
            ordre=ordre, motif="Heures", deposee_le=JOUR, deposee_par=people[0], piece=piece
        ),
        "remise": _remise(ordre, people, piece),
        "liste": liste,
        "ligne": ligne,
        "extinction": Extinction.objects.create(
            ordre=ordre,
            motif="DECES",
            piece=piece,
            montant=ordre.montant,
            proposee_le=JOUR,
            proposee_par=people[0],
        ),
        "procedure": ProcedureCollective.objects.create(
            structure=ordre.structure,
            nature="REDRESSEMENT",
            jugement_le=JOUR,
            tribunal="Tribunal",
            piece=piece,
            enregistree_le=JOUR,
            enregistree_par=people[0],
        ),
    }


def _remise(ordre: Any, people: list[Any], piece: Any) -> DemandeRemise:
    """Proposed, transmitted by another person, received complete."""
    return DemandeRemise.objects.create(
        ordre=ordre,
        etat="A_DECIDER",
        motif="Gêne",
        piece=piece,
        demandee_le=JOUR,
        demandee_par=people[0],
        synthese="Synthèse",
        montant_propose=Decimal("1.00"),
        proposee_le=JOUR,
        proposee_par=people[0],
        transmise_le=JOUR,
        transmise_par=people[1],
        recue_le=date(2100, 1, 1),
    )


ARGUMENTS: dict[str, Callable[[World], dict[str, Any]]] = {
    **{f"apurement:{name}": of(name.split("_")[0]) for name in ACTES},
    **{
        f"apurement:{page}": of(page.split("_")[0])
        for page in (
            "contestation",
            "delegation_deposer",
            "delegation_specimen",
            "delegation_terminer",
            "contestation_piece",
            "contestation_ordre_ecrit",
            "contestation_pdf",
            "remise",
            "remise_piece",
            "remise_fiche",
            "remise_pdf",
            "liste",
            "liste_pdf",
            "ligne_piece",
            "extinction",
            "extinction_piece",
            "procedure",
            "procedure_piece",
        )
    },
    "apurement:ligne_ajouter": of("liste"),
    **{
        f"apurement:{page}": pk("ordre")
        for page in ("contester", "remise_demander", "extinction_proposer")
    },
}
