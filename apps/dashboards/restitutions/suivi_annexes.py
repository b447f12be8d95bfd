"""« Suivi des annexes financières »: one row per annex, in its current version.

Columns of the cahier des charges §3.1: identity, dates, financing, monthly statements,
suspension, payments by funder, last regularisation, orders. Sums paid are those of the executed
lines, which the ledger posts one by one. Twelve queries, whatever the number of annexes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from apps.accounts.models import Membership
from apps.annexes.conditions import conditions_of
from apps.annexes.models import VersionAnnexe
from apps.core.exports import Column, Definition, Kind
from apps.dashboards.restitutions.colonnes import (
    ANNEXE,
    BRSA,
    COFINANCEUR,
    COMMUNE,
    CONVENTION,
    DEBUT,
    ETAT,
    ETP,
    FIN,
    MESURE,
    MODIFICATION,
    MOIS,
    MONTANT_CD,
    MONTANT_ETAT,
    MONTANT_TOTAL,
    ORDRES_CD,
    ORDRES_ETAT,
    RENOUVELLEMENT,
    SIGNEE_LE,
    SIRET,
    STRUCTURE,
    SUSPENDUE,
    TAUX_CD,
    TAUX_ETAT,
    TRANSMISE_LE,
    UNITAIRE,
    VALIDEE_LE,
    VERSE,
    VERSE_CD,
    VERSE_ETAT,
    summed,
)
from apps.dashboards.restitutions.faits_annexes import Facts
from apps.dashboards.restitutions.perimetre import read_versions, versions
from apps.dashboards.restitutions.restitution import Criteres, Restitution
from apps.rules.conditions import Conditions

DEFINITION = Definition(
    key="suivi-annexes",
    title="Suivi des annexes financières",
    sheet="Annexes financières",
    kept=2,
    columns=(
        ANNEXE,
        STRUCTURE,
        CONVENTION,
        RENOUVELLEMENT,
        MODIFICATION,
        MESURE,
        ETAT,
        SIRET,
        COMMUNE,
        DEBUT,
        FIN,
        MOIS,
        SIGNEE_LE,
        TRANSMISE_LE,
        VALIDEE_LE,
        summed(ETP),
        summed(BRSA),
        UNITAIRE,
        summed(MONTANT_TOTAL),
        summed(MONTANT_ETAT),
        summed(MONTANT_CD),
        TAUX_ETAT,
        TAUX_CD,
        COFINANCEUR,
        SUSPENDUE,
        Column(
            "suspendue_depuis",
            "Suspendue depuis le",
            Kind.DATE,
            12,
            "Début de la suspension en cours.",
        ),
        Column(
            "suspendue_motif",
            "Motif de la suspension",
            width=34,
            definition="Motif communiqué à la structure pour la suspension en cours.",
        ),
        Column(
            "dernier_saisi",
            "Dernier mois saisi",
            Kind.MONTH,
            11,
            "Dernier mois dont l’état a été certifié au moins une fois par la structure.",
        ),
        Column(
            "dernier_valide",
            "Dernier mois validé",
            Kind.MONTH,
            11,
            "Dernier mois dont l’état est validé par l’ASP, ou dont la carence est constatée.",
        ),
        Column(
            "mois_en_retard",
            "Mois en retard",
            Kind.INT,
            9,
            "Nombre de mois non saisis dans le délai du mois suivant et non encore validés.",
            total=True,
        ),
        replace(VERSE_ETAT, definition=f"{VERSE_ETAT.definition[:-1]}, hors part modulée."),
        VERSE_CD,
        replace(VERSE, definition=f"{VERSE.definition[:-1]}, hors part modulée."),
        Column(
            "reste",
            "Reste à payer",
            Kind.EUROS,
            17,
            "Montant total moins versé total ; 0 tant que l’annexe n’est pas validée et dès que "
            "sa régularisation finale est payée.",
            total=True,
        ),
        Column(
            "non_consomme",
            "Non consommé",
            Kind.EUROS,
            17,
            "Pour une annexe soldée, montant total moins versé total, négatif d’un trop-versé à "
            "recouvrer ; 0 auparavant.",
            total=True,
        ),
        Column(
            "regul_mois",
            "Dernière régularisation : mois",
            Kind.MONTH,
            13,
            "Mois dont l’échéance porte la dernière régularisation payée.",
        ),
        Column(
            "regul_ecart",
            "Dernière régularisation : écart d’heures",
            Kind.HOURS,
            15,
            "Heures éligibles moins heures théoriques, cumulées jusqu’au mois régularisé.",
        ),
        Column(
            "regul_effet",
            "Dernière régularisation : effet",
            Kind.EUROS,
            15,
            "Montant régularisé moins forfait mensuel ; pour la régularisation finale, "
            "montant versé moins sommes à recouvrer.",
        ),
        ORDRES_ETAT,
        ORDRES_CD,
        Column(
            "ordres_recouvres",
            "Ordres recouvrés",
            Kind.EUROS,
            15,
            "Encaissements et compensations imputés sur ces ordres en comptabilité.",
            total=True,
        ),
        Column(
            "ordres_abandonnes",
            "Ordres remis ou admis en non-valeur",
            Kind.EUROS,
            15,
            "Remises, admissions en non-valeur et apurements imputés sur ces ordres.",
            total=True,
        ),
        Column(
            "ordres_reste",
            "Ordres restant dus",
            Kind.EUROS,
            15,
            "Ordres émis moins recouvrés, remis et admis en non-valeur : solde du compte 463.",
            total=True,
        ),
    ),
)


def count(acting: Membership, criteres: Criteres) -> int:
    """Number of rows of the file."""
    return int(versions(acting, criteres).count())


def rows(acting: Membership, criteres: Criteres) -> Iterator[dict[str, Any]]:
    """Rows of the file, by annex number."""
    chosen = read_versions(acting, criteres)
    ids = [version.annexe_id for version in chosen]
    facts = Facts(acting, ids, criteres.on)
    for version in chosen:
        conditions = conditions_of(version)
        yield {
            **_identity(version, conditions),
            **_financing(version, conditions),
            **facts.statements(version, conditions),
            **facts.payments(version),
            **facts.regularisation(version.annexe_id),
            **facts.orders(version.annexe_id),
        }


def _identity(version: VersionAnnexe, conditions: Conditions) -> dict[str, Any]:
    annexe = version.annexe
    structure = annexe.siae.structure
    return {
        "annexe_id": annexe.pk,
        "convention": annexe.convention.numero,
        "annexe": str(annexe),
        "renouvellement": annexe.renouvellement,
        "modification": version.modification,
        "mesure": annexe.siae.get_mesure_display(),
        "etat": version.get_etat_display(),
        "siret": structure.siret,
        "structure": structure.denomination,
        "commune": structure.commune,
        "debut": version.debut,
        "fin": version.fin,
        "mois": conditions.n,
        "signee_le": version.signee_le,
        "transmise_le": version.transmise_le,
        "validee_le": version.validee_le,
    }


def _financing(version: VersionAnnexe, conditions: Conditions) -> dict[str, Any]:
    return {
        "etp": version.etp,
        "brsa": version.brsa_vises,
        "unitaire": conditions.unitaires[-1],
        "montant_total": version.montant_total,
        "montant_etat": version.montant_total - version.montant_cd,
        "montant_cd": version.montant_cd,
        "taux_etat": conditions.taux_etat,
        "taux_cd": conditions.taux_cd,
        "departement": str(version.financeur_cd or ""),
    }


SUIVI_ANNEXES = Restitution(
    definition=DEFINITION,
    usage="Où en est chaque annexe : ce qui est payé et reste à payer, les mois en retard, "
    "les suspensions, les ordres de recouvrer.",
    description=(
        "Une ligne par annexe financière, dans sa version courante : convention, financement par "
        "financeur, états mensuels, suspension, paiements, régularisations et ordres de recouvrer."
    ),
    rows=rows,
    count=count,
    row_header="annexe",
    at_first=(
        "structure",
        "etat",
        "fin",
        "suspendue",
        "mois_en_retard",
        "montant_total",
        "verse",
        "reste",
        "ordres_reste",
    ),
    links={"annexe": ("annexes:detail", "annexe_id")},
    accord="Les sommes versées sont celles de l’échéancier de chaque annexe, de ses bilans et du "
    "grand livre, hors part modulée ; les ordres restant dus sont le solde du compte 463.",
    filters=("departement", "mesure", "debut", "fin"),
    notes=(
        (
            "Période",
            "Annexes dont la période comprend au moins un mois entre le premier et le dernier "
            "mois demandés.",
        ),
        (
            "Annexes non validées",
            "Une annexe provisoire ou transmise figure avec ses montants prévus, qui n’engagent "
            "aucun paiement.",
        ),
    ),
)
