"""« Données des annexes financières »: every field of an annex, one row per version.

Headings are the labels of the screens; the second header row gives the names of the exchange
format FluxIAE (`af_…`) where a field has one. A département reads the versions it co-financed.
Three queries, whatever the number of versions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from apps.accounts.models import Membership
from apps.annexes.conditions import conditions_of
from apps.annexes.models import Suspension, VersionAnnexe
from apps.core.exports import Column, Definition, Kind, Row
from apps.dashboards.restitutions.perimetre import readable
from apps.dashboards.restitutions.restitution import Criteres, Restitution
from apps.siae.codes import TypeMesure

DEFINITION = Definition(
    key="donnees-annexes",
    title="Données des annexes financières",
    sheet="Données des annexes",
    columns=(
        Column(
            "asp_id",
            "Identifiant ASP de la structure",
            Kind.YEAR,
            12,
            code="af_id_structure",
            definition="Numéro de la structure dans le système d’information de l’ASP.",
        ),
        Column("siret", "SIRET", width=17, definition="SIRET actuel de la structure."),
        Column(
            "structure", "Structure", width=38, definition="Dénomination actuelle de la structure."
        ),
        Column(
            "convention",
            "Convention",
            width=24,
            code="af_numero_convention",
            definition="Numéro de la convention à laquelle l’annexe est rattachée.",
        ),
        Column(
            "mesure",
            "Mesure",
            width=10,
            code="af_mesure_dispositif_code",
            definition="Dispositif de l’annexe ; le fichier en donne le code.",
        ),
        Column(
            "numero",
            "N° d’annexe",
            width=18,
            code="af_numero_annexe_financiere",
            definition="Numéro de l’annexe, sans son renouvellement ni sa modification.",
        ),
        Column(
            "renouvellement",
            "Renouvellement (A)",
            Kind.INT,
            8,
            code="af_numero_avenant_renouvellement",
            definition="0 pour une annexe initiale, puis le rang de son renouvellement.",
        ),
        Column(
            "modification",
            "Modification (M)",
            Kind.INT,
            8,
            code="af_numero_avenant_modification",
            definition="0 pour la version initiale, puis le rang de l’avenant.",
        ),
        Column(
            "etat",
            "État",
            width=16,
            code="af_etat_annexe_financiere_code",
            definition="État de cette version ; le fichier en donne le code.",
        ),
        Column(
            "suspendue",
            "Suspendue",
            Kind.BOOL,
            11,
            code="af_indicateur_suspension",
            definition="Oui lorsque les paiements de l’annexe sont suspendus aujourd’hui.",
        ),
        Column(
            "debut",
            "Début",
            Kind.DATE,
            12,
            code="af_date_debut_effet",
            definition="Premier jour de la période de l’annexe dans cette version.",
        ),
        Column(
            "fin",
            "Fin",
            Kind.DATE,
            12,
            code="af_date_fin_effet",
            definition="Dernier jour de la période de l’annexe dans cette version.",
        ),
        Column(
            "mois", "Nombre de mois", Kind.INT, 9, definition="Nombre de mois civils de la période."
        ),
        Column(
            "etp",
            "ETP conventionnés",
            Kind.NUMBER,
            14,
            code="af_etp_postes_insertion",
            definition="Postes d’insertion conventionnés, en équivalents temps plein.",
        ),
        Column(
            "heures",
            "Heures annuelles par ETP",
            Kind.NUMBER,
            12,
            code="af_duree_heure_annuel_etp_valeur",
            definition="Nombre d’heures qui font un ETP sur une année, pour le dispositif.",
        ),
        Column(
            "unitaire",
            "Montant unitaire annuel",
            Kind.EUROS,
            14,
            "Montant annuel par ETP en vigueur le dernier mois de l’annexe.",
            code="af_montant_unitaire_annuel_valeur",
        ),
        Column(
            "montant_total",
            "Montant total",
            Kind.EUROS,
            17,
            code="af_montant_total_annuel",
            definition="Montant conventionné de la version, tous financeurs réunis.",
        ),
        Column(
            "cofinancee",
            "Cofinancée",
            Kind.BOOL,
            11,
            code="af_indic_cofinancement",
            definition="Oui lorsqu’un département finance une part de l’annexe.",
        ),
        Column(
            "montant_cd",
            "Part département",
            Kind.EUROS,
            17,
            code="af_mt_cofinance",
            definition="Part du département dans le montant total.",
        ),
        Column(
            "montant_etat",
            "Part État",
            Kind.EUROS,
            17,
            definition="Montant total moins part du département.",
        ),
        Column(
            "taux_cd",
            "Taux département",
            Kind.PERCENT,
            12,
            definition="Part du département rapportée au montant total.",
        ),
        Column(
            "financeur",
            "Département cofinanceur",
            width=28,
            code="af_id_financeur_code",
            definition="Département qui cofinance ; vide s’il n’y en a pas.",
        ),
        Column(
            "brsa",
            "BRSA visés",
            Kind.INT,
            9,
            definition="Bénéficiaires du RSA que la structure s’engage à employer.",
        ),
        Column(
            "sorties",
            "Sorties prévues",
            Kind.INT,
            9,
            code="af_nb_prev_sorties",
            definition="Nombre de sorties du dispositif prévues sur la période.",
        ),
        Column(
            "dynamiques",
            "Objectif de sorties dynamiques",
            Kind.PERCENT,
            12,
            "Somme des trois taux suivants.",
            code="af_taux_prev_sorties_dynamiques",
        ),
        Column(
            "durables",
            "Objectif de sorties durables",
            Kind.PERCENT,
            12,
            code="af_taux_prev_sorties_durable",
            definition="Part des sorties prévues vers un emploi durable.",
        ),
        Column(
            "transition",
            "Objectif de sorties de transition",
            Kind.PERCENT,
            12,
            code="af_taux_prev_sorties_trans",
            definition="Part des sorties prévues vers un emploi de transition.",
        ),
        Column(
            "positives",
            "Objectif de sorties positives",
            Kind.PERCENT,
            12,
            code="af_taux_prev_sorties_positives",
            definition="Part des sorties prévues qui sont des sorties positives.",
        ),
        Column(
            "signee_le",
            "Signée le",
            Kind.DATE,
            12,
            code="af_date_signature",
            definition="Date de signature de cette version.",
        ),
        Column(
            "transmise_le",
            "Reçue par l’ASP le",
            Kind.DATE,
            12,
            code="af_date_reception_asp",
            definition="Date à laquelle la DDETS a transmis cette version à l’ASP.",
        ),
        Column(
            "rejetee_le",
            "Rejetée le",
            Kind.DATE,
            12,
            code="af_date_etat_rejete",
            definition="Date du dernier rejet par l’ASP ; vide s’il n’y en a pas eu.",
        ),
        Column(
            "motif_rejet",
            "Motif du rejet",
            width=34,
            definition="Raison du rejet, telle que l’ASP l’a écrite.",
        ),
        Column(
            "validee_le",
            "Validée le",
            Kind.DATE,
            12,
            code="af_date_etat_valide",
            definition="Date de validation par l’ASP ; vide tant que la version n’est pas validée.",
        ),
        Column(
            "a_partir_de",
            "Appliquée à partir de",
            Kind.MONTH,
            11,
            definition="Premier mois payé selon cette version.",
        ),
        Column(
            "remplacee_le",
            "Remplacée le",
            Kind.DATE,
            12,
            code="af_date_etat_historise",
            definition="Date de la version qui l’a remplacée ; vide pour la version courante.",
        ),
        Column(
            "objet",
            "Objet de l’avenant",
            width=34,
            definition="Ce que l’avenant modifie ; vide pour la version initiale.",
        ),
    ),
)


def count(acting: Membership, criteres: Criteres) -> int:
    """Number of rows of the file."""
    return int(readable(acting, criteres).count())


def rows(acting: Membership, criteres: Criteres) -> Iterator[dict[str, Any]]:
    """Rows by annex number, then version."""
    found = (
        readable(acting, criteres)
        .select_related("annexe__siae__structure", "annexe__convention", "financeur_cd")
        .prefetch_related("montants_unitaires")
        .order_by("annexe__numero", "annexe__renouvellement", "modification")
    )
    suspended = set(Suspension.objects.open().values_list("annexe_id", flat=True))
    for version in found:
        yield {**_annexe(version, suspended), **_figures(version), **_life(version)}


def _annexe(version: VersionAnnexe, suspended: set[int]) -> dict[str, Any]:
    annexe = version.annexe
    structure = annexe.siae.structure
    return {
        "annexe_id": annexe.pk,
        "asp_id": structure.asp_id,
        "siret": structure.siret,
        "structure": structure.denomination,
        "convention": annexe.convention.numero,
        "mesure": annexe.siae.mesure,
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
        "montant_total": version.montant_total,
        "cofinancee": version.montant_cd > 0,
        "montant_cd": version.montant_cd,
        "montant_etat": version.montant_total - version.montant_cd,
        "taux_cd": version.taux_cd,
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


def _life(version: VersionAnnexe) -> dict[str, Any]:
    return {
        "signee_le": version.signee_le,
        "transmise_le": version.transmise_le,
        "rejetee_le": version.rejetee_le,
        "motif_rejet": version.motif_rejet,
        "validee_le": version.validee_le,
        "a_partir_de": version.a_partir_de,
        "remplacee_le": version.remplacee_le,
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
    description=(
        "Tous les champs des annexes financières et leurs objectifs, une ligne par version. Le "
        "fichier Excel emploie aussi les noms et les codes du format d’échange FluxIAE."
    ),
    rows=rows,
    count=count,
    row_header="numero",
    links={"numero": ("annexes:detail", "annexe_id")},
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
