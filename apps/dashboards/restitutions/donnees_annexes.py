"""« Données des annexes financières »: every field of an annex, one row per version.

Headings are the labels of the screens; the second header row gives the names of the exchange
format FluxIAE (`af_…`) where a field has one. A département reads the versions it co-financed.
Four queries, whatever the number of versions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from apps.accounts.models import Membership
from apps.annexes.conditions import conditions_of
from apps.annexes.models import Suspension, VersionAnnexe
from apps.core.exports import Row
from apps.dashboards.restitutions.donnees_annexes_colonnes import DEFINITION, SUPERVISION
from apps.dashboards.restitutions.perimetre import readable
from apps.dashboards.restitutions.restitution import Criteres, Restitution
from apps.rules.explanation import euros
from apps.siae.codes import TypeMesure


def count(acting: Membership, criteres: Criteres) -> int:
    """Number of rows of the file."""
    return int(readable(acting, criteres).count())


def rows(acting: Membership, criteres: Criteres) -> Iterator[dict[str, Any]]:
    """Rows by annex number, then version."""
    found = (
        readable(acting, criteres)
        .select_related(
            "annexe__siae__structure", "annexe__convention", "financeur_cd", "signataire"
        )
        .prefetch_related("montants_unitaires", "annexe__encadrement")
        .order_by("annexe__numero", "annexe__renouvellement", "modification")
    )
    suspended = set(Suspension.objects.open().values_list("annexe_id", flat=True))
    for version in found:
        yield {
            **_annexe(version, suspended),
            **_figures(version),
            **_supervision(version),
            **_life(version),
        }


def _annexe(version: VersionAnnexe, suspended: set[int]) -> dict[str, Any]:
    annexe = version.annexe
    structure = annexe.siae.structure
    return {
        "annexe_id": annexe.pk,
        "version_id": version.pk,
        "asp_id": structure.asp_id,
        "siret": structure.siret,
        "siret_signature": structure.siret_signature,
        "structure": structure.denomination,
        "commune": structure.commune,
        "departement": structure.departement,
        "convention": annexe.convention.numero,
        "convention_debut": annexe.convention.debut,
        "convention_fin": annexe.convention.fin,
        "mesure": annexe.siae.mesure,
        "annexe": str(annexe),
        "numero": annexe.numero,
        "renouvellement": annexe.renouvellement,
        "modification": version.modification,
        "etat": version.etat,
        "suspendue": version.annexe_id in suspended,
    }


def _figures(version: VersionAnnexe) -> dict[str, Any]:
    conditions = conditions_of(version)
    return {
        "debut": version.debut,
        "fin": version.fin,
        "mois": conditions.n,
        "etp": version.etp,
        "heures": version.heures_annuelles_etp,
        "unitaire": conditions.unitaires[-1],
        "unitaires": " ; ".join(
            f"{euros(amount.montant)} à compter du {amount.effet:%d/%m/%Y}"
            for amount in version.montants_unitaires.all()
        ),
        "montant_total": version.montant_total,
        "cofinancee": version.montant_cd > 0,
        "montant_cd": version.montant_cd,
        "montant_etat": version.montant_total - version.montant_cd,
        "taux_cd": version.taux_cd,
        "taux_etat": conditions.taux_etat,
        "financeur": str(version.financeur_cd or ""),
        "brsa": version.brsa_vises,
        "sorties": version.sorties_prevues,
        "dynamiques": version.taux_sorties_durables
        + version.taux_sorties_transition
        + version.taux_sorties_positives,
        "durables": version.taux_sorties_durables,
        "transition": version.taux_sorties_transition,
        "positives": version.taux_sorties_positives,
    }


def _supervision(version: VersionAnnexe) -> dict[str, Any]:
    """What the structure declares, for the annex: the same on each of its versions."""
    declared: dict[str, Any] = dict.fromkeys(column.key for column in SUPERVISION)
    for kind in version.annexe.encadrement.all():
        declared[f"{kind.categorie}_heures"] = kind.heures
        declared[f"{kind.categorie}_etp"] = kind.etp
    return declared


def _life(version: VersionAnnexe) -> dict[str, Any]:
    return {
        "creee_le": timezone.localdate(version.cree_le),
        "signataire": str(version.signataire or ""),
        "signee_le": version.signee_le,
        "transmise_le": version.transmise_le,
        "rejetee_le": version.rejetee_le,
        "motif_rejet": version.motif_rejet,
        "validee_le": version.validee_le,
        "a_partir_de": version.a_partir_de,
        "remplacee_le": version.remplacee_le,
        "piece": bool(version.piece),
        "objet": version.motif_avenant,
    }


def in_words(row: Row) -> Row:
    """The file holds the codes of the exchange format; the screen is read by people."""
    return {
        **row,
        "mesure": TypeMesure(row["mesure"]).label,
        "etat": VersionAnnexe.Etat(row["etat"]).label,
    }


DONNEES_ANNEXES = Restitution(
    definition=DEFINITION,
    usage="Tous les champs et objectifs des annexes, version par version, sous les noms du "
    "format d’échange.",
    description=(
        "Tous les champs des annexes financières et leurs objectifs, une ligne par version. Le "
        "fichier Excel emploie aussi les noms et les codes du format d’échange FluxIAE."
    ),
    rows=rows,
    count=count,
    row_header="annexe",
    links={"annexe": ("annexes:detail", "annexe_id")},
    in_words=in_words,
    page="dashboards:donnees_annexes",
    accord="Les chiffres d’une version sont ceux de la page de l’annexe. La version courante de "
    "chaque annexe porte les mêmes montants que le « Suivi des annexes financières ».",
    filters=("departement", "mesure", "debut", "fin"),
    notes=(
        (
            "Versions",
            "Une ligne par version, remplacées comprises : les montants ne s’ajoutent "
            "pas d’une version à l’autre, c’est pourquoi le fichier n’a pas de total.",
        ),
    ),
)
