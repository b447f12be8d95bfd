"""Access matrix of « payments »: see `tests.security.matrix`."""

from __future__ import annotations

from datetime import date
from typing import Any

from apps.payments.models import BlocagePaiement
from tests.security.arguments import Arguments, month, pk

#                        sai resp inst gest ordo comp lect deci admi |str  ddets cd
TABLE = """
abandonner           404 404  404  200  200  200  404  404  404   404  404   404
apercu               404 404  404  302  403  403  404  404  404   404  404   404
apercu_comparaison   404 404  404  302  403  403  404  404  404   404  404   404
alertes              404 404  404  200  200  200  404  404  404   404  404   404
approuver            404 404  404  302  302  302  404  404  404   404  404   404
avis                 200 200  404  200  200  200  404  404  404   404  404   404
blocage_lever        404 404  404  200  302  302  404  404  404   404  404   404
blocages             404 404  404  200  200  200  404  404  404   404  404   404
campagne             404 404  404  200  200  200  404  404  404   404  404   404
campagne_comparaison 404 404  404  200  200  200  404  404  404   404  404   404
campagne_lignes      404 404  404  200  200  200  404  404  404   404  404   404
campagne_fonds       404 404  404  200  200  200  404  404  404   404  404   404
campagne_retenues    404 404  404  200  200  200  404  404  404   404  404   404
campagne_virements   404 404  404  200  200  200  404  404  404   404  404   404
campagnes            404 404  404  200  200  200  404  404  404   404  404   404
controler            404 404  404  200  302  302  404  404  404   404  404   404
echeancier           200 200  200  200  200  200  200  200  404   404  404   404
denouer              404 404  404  302  302  302  404  404  404   404  404   404
executer             404 404  404  302  302  302  404  404  404   404  404   404
historique           404 404  404  200  200  200  404  404  404   404  404   404
job_relancer         403 403  403  302  302  302  403  403  302   403  403   403
ligne_rejeter        404 404  404  302  302  302  404  404  404   404  404   404
ligne_retirer        404 404  404  200  200  302  404  404  404   404  404   404
liste                200 200  200  200  200  200  200  200  200   200  200   200
preparer             404 404  404  200  403  403  404  404  404   404  404   404
prevision            403 403  200  200  200  200  403  403  403   403  404   403
previsions_saisie    200 200  200  200  200  200  403  403  404   404  404   404
retenues             200 200  200  200  200  200  200  200  200   200  200   200
supervision          403 403  403  200  200  200  403  403  200   403  403   403
simulateur           200 200  200  200  200  200  200  200  404   404  404   404
simulateur_choix     200 200  200  200  200  200  302  302  403   302  302   302
versement            200 200  200  200  200  200  200  200  404   404  404   404
viser                404 404  404  302  302  302  404  404  404   404  404   404
"""

# Pages whose readers are not those who may post there: who posts.
WRITERS: dict[str, set[str]] = {"payments:apercu": {"gestionnaire"}}


def _blocage(world: Any) -> BlocagePaiement:
    """A hold on the structure of the world's annex."""
    structure = world.annexe.siae.structure
    found, _created = BlocagePaiement.objects.get_or_create(
        structure=structure,
        motif="REJET_VIREMENT",
        objet="virement 1",
        defaults={"detail": "Compte clos.", "pose_le": date(2023, 1, 20)},
    )
    return found


ARGUMENTS: dict[str, Arguments] = {
    "payments:versement": pk("versement"),
    "payments:echeancier": pk("annexe", "annexe_id"),
    "payments:job_relancer": lambda world: {"uuid": world.job.uuid},
    "payments:simulateur": pk("annexe", "annexe_id"),
    "payments:prevision": pk("avenant", "version_id"),
    "payments:avis": pk("avis"),
    "payments:apercu": lambda world: {"mois": "2023-03"},
    "payments:apercu_comparaison": lambda world: {"mois": "2023-03"},
    "payments:campagne_comparaison": pk("campagne"),
    "payments:campagne": pk("campagne"),
    "payments:campagne_lignes": pk("campagne"),
    "payments:campagne_fonds": pk("campagne"),
    "payments:campagne_retenues": pk("campagne"),
    "payments:campagne_virements": pk("campagne"),
    "payments:blocage_lever": lambda world: {"pk": _blocage(world).pk},
    "payments:historique": pk("campagne"),
    **{
        f"payments:{act}": pk("campagne")
        for act in ("controler", "approuver", "viser", "executer", "denouer", "abandonner")
    },
    "payments:ligne_retirer": pk("ligne"),
    "payments:ligne_rejeter": pk("ligne"),
    "payments:previsions_saisie": month(3),
}
