"""« Tableau de bord des alertes » as a file: the alerts of the page, one row each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from apps.accounts.models import Membership
from apps.core.exports import Column, Definition, Kind
from apps.dashboards.alertes.registre import alerts_of
from apps.dashboards.alertes.seuils import seuils_of
from apps.dashboards.restitutions.restitution import Criteres, Restitution

DEFINITION = Definition(
    key="alertes",
    title="Tableau de bord des alertes",
    sheet="Alertes",
    columns=(
        Column(
            "nature",
            "Alerte",
            width=34,
            definition="Ce que signale l’alerte : retard, retenue, écart de réalisation, échéance.",
        ),
        Column(
            "gravite",
            "Gravité",
            width=14,
            definition="Prioritaire ou à surveiller, comme sur la page « Alertes ».",
        ),
        Column(
            "annexe",
            "N° d’annexe",
            width=21,
            definition="Annexe concernée, avec son renouvellement (A).",
        ),
        Column(
            "mesure",
            "Mesure",
            width=9,
            definition="Dispositif de l’annexe : ACI, EI, AI, ETTI ou EITI.",
        ),
        Column(
            "structure", "Structure", width=38, definition="Dénomination actuelle de la structure."
        ),
        Column(
            "depuis",
            "Depuis le",
            Kind.DATE,
            12,
            definition="Date à partir de laquelle la situation existe.",
        ),
        Column(
            "chiffre",
            "Chiffre",
            width=24,
            definition="Nombre de mois ou de jours, taux ou montant, selon l’alerte.",
        ),
        Column(
            "montant",
            "Montant",
            Kind.EUROS,
            16,
            definition="Somme en jeu, en euros : retenue, trop-perçue, due ou non utilisée selon "
            "l’alerte. Sans total : ces sommes ne s’ajoutent pas d’une alerte à l’autre.",
        ),
        Column(
            "taux",
            "Taux",
            Kind.PERCENT,
            10,
            definition="Taux que signale l’alerte : réalisation, consommation attendue ou sorties "
            "dynamiques.",
        ),
        Column("texte", "Constat", width=60, definition="La situation en une phrase."),
        Column("action", "À faire", width=60, definition="La suite à donner, et par qui."),
    ),
)


def rows(acting: Membership, criteres: Criteres) -> Iterator[dict[str, Any]]:
    """Rows in the order of the page: the urgent ones first."""
    for alert in alerts_of(acting, criteres, criteres.on):
        yield {
            "nature": str(alert.nature.label),
            "gravite": str(alert.gravite.label),
            "annexe": str(alert.annexe),
            "mesure": alert.annexe.siae.get_mesure_display(),
            "structure": alert.structure,
            "depuis": alert.depuis,
            "chiffre": alert.chiffre,
            "montant": alert.montant,
            "taux": alert.taux,
            "texte": alert.texte,
            "action": alert.action,
        }


def count(acting: Membership, criteres: Criteres) -> int:
    """Number of rows of the file."""
    return sum(1 for _row in rows(acting, criteres))


def thresholds(acting: Membership) -> list[tuple[str, str]]:
    """The thresholds this reader's alerts are told with, and the kinds left out."""
    seuils = seuils_of(acting)
    left_out = ", ".join(seuils.ignorees_en_clair) or "aucune"
    return [
        ("Seuils appliqués", f"{seuils.in_words()} : {seuils.listed()}"),
        ("Alertes non suivies", left_out),
    ]


ALERTES = Restitution(
    definition=DEFINITION,
    usage="Ce qui demande une action aujourd’hui, annexe par annexe, avec la suite à donner.",
    description="Une ligne par alerte : depuis quand, le chiffre, le constat et ce qu’il faut "
    "faire.",
    rows=rows,
    count=count,
    row_header="nature",
    notes_for=thresholds,
    page="dashboards:alertes",
    accord="Une ligne par alerte de la page « Alertes », dans le même ordre : avec le même "
    "département et la même mesure, le nombre de lignes est celui que cette page affiche.",
    filters=("departement", "mesure"),
)
