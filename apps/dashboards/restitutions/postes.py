"""« Suivi de réalisation des postes d’insertion »: one row per annex, year and funder.

Columns of the file the ASP sends the DGEFP (cahier des charges §3.1), whose own headings are the
second row of the file; then the months, the hours, the rate and a qualification. Full-time
equivalents are yearly: hours / h. Eight queries, whatever the number of annexes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from apps.accounts.models import Membership
from apps.core.exports import Column, Definition, Kind
from apps.dashboards.dossier import Dossier, read_dossiers
from apps.dashboards.restitutions.colonnes import ANNEXE, MESURE, SIRET, STRUCTURE
from apps.dashboards.restitutions.perimetre import read_versions, versions
from apps.dashboards.restitutions.restitution import Criteres, Restitution
from apps.rules.money import ZERO, total
from apps.rules.periods import Month
from apps.rules.postes import (
    etp_annuels,
    etp_annuels_conventionnes,
    etp_moyens,
    montants_conventionnes,
    qualification,
    taux_heures,
)
from apps.rules.realisation import split_etp

AIDE = "Aide au poste"
ETAT = "État"

DEFINITION = Definition(
    key="suivi-postes",
    title="Suivi de réalisation des postes d’insertion",
    sheet="Postes d’insertion",
    kept=4,
    columns=(
        Column(
            "annee",
            "Année d’analyse",
            Kind.YEAR,
            10,
            definition="Année civile des mois comptés dans la ligne.",
            code="Année d'analyse",
        ),
        replace(SIRET, heading="SIRET actualisé", code="SIRET actualisé"),
        STRUCTURE,
        replace(ANNEXE, code="Num Annexe"),
        MESURE,
        Column(
            "aide",
            "Type d’aide",
            width=14,
            definition="Nature de l’aide financée ; toujours l’aide au poste.",
            code="Type Aide",
        ),
        Column(
            "financeur",
            "Financeur",
            width=30,
            definition="L’État, ou le département cofinanceur : une ligne pour chacun.",
            code="Financeur",
        ),
        Column(
            "etp_conventionnes",
            "ETP conventionnés, en moyenne annuelle",
            Kind.NUMBER,
            14,
            "Postes de l’annexe × nombre de mois de l’année / 12, au taux du financeur.",
            total=True,
            code="ETP conventionnés",
        ),
        Column(
            "montant",
            "Montant conventionné",
            Kind.EUROS,
            17,
            "Part du financeur dans le montant de l’annexe, pour les mois de l’année.",
            total=True,
            code="Montant conventionné",
        ),
        Column(
            "etp_declares",
            "ETP déclarés",
            Kind.NUMBER,
            12,
            "Heures déclarées des états certifiés / heures annuelles d’un ETP, au taux du "
            "financeur.",
            total=True,
            code="ETP déclarés",
        ),
        Column(
            "etp_plafonnes",
            "ETP réalisés, plafonnés aux ETP conventionnés",
            Kind.NUMBER,
            16,
            "Heures éligibles des états validés / heures annuelles d’un ETP, dans la limite des "
            "ETP conventionnés, au taux du financeur.",
            total=True,
            code="ETP réalisé plafonné au max des ETP conv",
        ),
        Column(
            "ecart",
            "Réalisation en deçà ou au-delà",
            Kind.NUMBER,
            14,
            "ETP réalisés, non plafonnés, moins ETP conventionnés des seuls mois validés.",
            total=True,
            code="Réalisation en ETP en deçà ou au-delà du conventionnement",
        ),
        Column("mois_saisis", "Mois saisis", Kind.INT, 8, "États certifiés par la structure."),
        Column("mois_valides", "Mois validés", Kind.INT, 8, "États validés par l’ASP ou carence."),
        Column(
            "heures",
            "Heures éligibles",
            Kind.HOURS,
            14,
            "De toute l’annexe, quel que soit le financeur : sans total, pour ne pas les compter "
            "deux fois.",
        ),
        Column(
            "taux",
            "Taux de réalisation",
            Kind.PERCENT,
            12,
            "Heures éligibles / heures théoriques des mois validés.",
        ),
        Column(
            "qualification",
            "Qualification",
            width=18,
            definition="ETP mensuels moyens des mois validés, tronqués à deux décimales, comparés "
            "aux ETP de l’annexe.",
        ),
    ),
)


def count(acting: Membership, criteres: Criteres) -> int:
    """Number of rows: a year of an annex has one per funder."""
    found = versions(acting, criteres).values_list("debut__year", "fin__year", "montant_cd")
    return sum((last - first + 1) * (2 if share else 1) for first, last, share in found)


def rows(acting: Membership, criteres: Criteres) -> Iterator[dict[str, Any]]:
    """Rows by annex number, then year, the State first."""
    for dossier in read_dossiers(acting, read_versions(acting, criteres), criteres.on):
        yield from rows_of(dossier)


def rows_of(dossier: Dossier) -> Iterator[dict[str, Any]]:
    """Rows of one annex, over the whole of its period."""
    for year in sorted({mois.year for mois in dossier.months}):
        months = [mois for mois in dossier.months if mois.year == year]
        yield from _rows_of_year(dossier, year, months)


def _rows_of_year(dossier: Dossier, year: int, months: Sequence[Month]) -> Iterator[dict[str, Any]]:
    common = _identity(dossier, year) | _realisation(dossier, months)
    etp, amounts = _etp(dossier, months), montants_conventionnes(dossier.conditions, months)
    funders = [ETAT]
    if dossier.version.montant_cd:
        funders.append(str(dossier.version.financeur_cd))
    for rank, funder in enumerate(funders):
        shares = {
            key: split_etp(value, dossier.conditions.taux_cd)[rank] for key, value in etp.items()
        }
        yield {**common, "financeur": funder, "montant": amounts[rank], **shares}


def _identity(dossier: Dossier, year: int) -> dict[str, Any]:
    siae = dossier.annexe.siae
    return {
        "annee": year,
        "annexe_id": dossier.annexe.pk,
        "siret": siae.structure.siret,
        "structure": siae.structure.denomination,
        "annexe": str(dossier.annexe),
        "mesure": siae.get_mesure_display(),
        "aide": AIDE,
    }


def _etp(dossier: Dossier, months: Sequence[Month]) -> dict[str, Any]:
    """Yearly full-time equivalents of all funders, before they are shared by the rates."""
    conditions = dossier.conditions
    hours = conditions.heures_annuelles_etp
    provided = etp_annuels_conventionnes(conditions, len(months))
    done = etp_annuels(dossier.heures(months), hours)
    declared = total(realise.declarees for realise in dossier.certifies(months))
    validated = etp_annuels_conventionnes(conditions, len(dossier.valides(months)))
    return {
        "etp_conventionnes": provided,
        "etp_declares": etp_annuels(declared, hours),
        "etp_plafonnes": min(done, provided),
        "ecart": done - validated,
    }


def _realisation(dossier: Dossier, months: Sequence[Month]) -> dict[str, Any]:
    conditions = dossier.conditions
    validated = len(dossier.valides(months))
    hours = dossier.heures(months)
    mean = etp_moyens(hours, conditions.heures_annuelles_etp, validated)
    return {
        "mois_saisis": len(dossier.certifies(months)),
        "mois_valides": validated,
        "heures": hours,
        "taux": taux_heures(conditions, hours, validated) if validated else None,
        "qualification": qualification(conditions, hours, validated) if validated else "",
        "moyenne": mean if validated else ZERO,
    }


SUIVI_POSTES = Restitution(
    definition=DEFINITION,
    usage="Les postes conventionnés et réalisés de chaque annexe, par financeur, et les "
    "annexes en sous-consommation.",
    description=(
        "Une ligne par annexe financière, année et financeur : ETP conventionnés, déclarés et "
        "réalisés, montant conventionné, taux de réalisation et qualification."
    ),
    rows=rows,
    count=count,
    row_header="annexe",
    links={"annexe": ("dashboards:postes", "annexe_id")},
    page="dashboards:suivi_postes",
    accord="Le total des montants conventionnés est celui des montants totaux du « Suivi des "
    "annexes financières » pour les mêmes critères. Les heures éligibles d’une annexe sont celles "
    "de ses états mensuels validés ; ses ETP sont ceux de sa page « Postes d’insertion ». Les ETP "
    "conventionnés sont ici ramenés à l’année : une annexe de six mois y compte pour la "
    "moitié de ses postes.",
    filters=("departement", "mesure", "debut", "fin"),
    notes=(
        (
            "Période",
            "Annexes dont la période comprend au moins un mois entre le premier et le dernier "
            "mois demandés ; chaque annexe est suivie sur toute sa période.",
        ),
    ),
)
