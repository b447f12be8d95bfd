"""« État des créances impayées par débiteur » (convention de mandat, art. 11).

One row per recovery order that is not settled: what the ledger says of it on the day, and the
diligences accomplished by then. A fixed number of queries, whatever the number of orders.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from apps.accounts.models import Membership, Organisation
from apps.core.exports import Column, Definition
from apps.dashboards.comptes.colonnes import CREANCES
from apps.dashboards.comptes.creances import unpaid_debts
from apps.dashboards.restitutions.restitution import Criteres, Restitution
from apps.recoveries.models import OrdreDeRecouvrer
from apps.rules.periods import Month

# What each column of the annexed statement means.
TOLD = {
    "structure": "Débiteur : dénomination actuelle de la structure.",
    "siret": "SIRET actuel du débiteur.",
    "numero": "Numéro de l’ordre de recouvrer, pièce justificative de la recette.",
    "annexe": "Annexe financière dont la régularisation finale a fait naître la créance.",
    "emis_le": "Date d’émission de l’ordre.",
    "emis": "Montant de l’ordre à son émission, complété le cas échéant : compte 463.",
    "reduit": "Réductions de l’ordre : nouvelle régularisation finale, contestation admise.",
    "recouvre": "Encaissé ou compensé.",
    "abandonne": "Remis, admis en non-valeur, éteint ou apuré : à la charge du financeur.",
    "reste": "Ce que la structure doit encore.",
    "etat": "Dernier acte de recouvrement accompli.",
    "notifie_le": "Date de la notification de l’ordre.",
    "echeance": "Dernier jour pour payer, selon le dernier acte.",
    "retard": "Jours écoulés depuis l’échéance.",
    "relance_le": "Date de la dernière relance.",
    "mise_en_demeure_le": "Date de la mise en demeure.",
    "poursuites_le": "Date d’engagement du recouvrement forcé.",
    "delais": "Délais de paiement demandés, accordés, refusés ou rompus.",
    "suites": "Contestations, remises, non-valeurs, procédures collectives.",
}
OWN = tuple(replace(column, definition=TOLD[column.key]) for column in CREANCES.columns)
DEFINITION = Definition(
    key="creances-impayees",
    title="État des créances impayées par débiteur",
    sheet="Créances impayées",
    kept=3,
    columns=(
        *OWN[:3],
        Column("financeur", "Financeur", width=28, definition="À qui la somme est due."),
        *OWN[3:],
    ),
)


def situation_of(criteres: Criteres) -> date:
    """The day of the situation: the last of the month asked, never after today."""
    return min(Month.of(criteres.fin).last_day, criteres.on) if criteres.fin else criteres.on


def rows(acting: Membership, criteres: Criteres) -> Iterator[dict[str, Any]]:
    """By debtor, then by order."""
    orders = OrdreDeRecouvrer.objects.visible_to(acting)
    if criteres.mesure:
        orders = orders.filter(annexe__siae__mesure=criteres.mesure)
    if criteres.departement:
        orders = orders.filter(structure__departement=criteres.departement)
    for claim in unpaid_debts(orders, situation_of(criteres)):
        values = {column.key: getattr(claim, column.key) for column in DEFINITION.columns}
        yield {**values, "ordre_id": claim.ordre_id}


def count(acting: Membership, criteres: Criteres) -> int:
    return sum(1 for _row in rows(acting, criteres))


CREANCES_IMPAYEES = Restitution(
    definition=DEFINITION,
    usage="Les ordres de recouvrer non soldés, débiteur par débiteur, et les diligences "
    "accomplies : relances, délais, poursuites, non-valeurs.",
    description=(
        "Une ligne par ordre de recouvrer non soldé : montant émis, recouvré, abandonné et restant "
        "dû, dates de la notification, de la relance, de la mise en demeure et des poursuites, "
        "délais accordés et suites."
    ),
    rows=rows,
    count=count,
    row_header="structure",
    links={"numero": ("recoveries:ordre", "ordre_id")},
    audience=(Organisation.Type.ASP, Organisation.Type.CD),
    filters=("departement", "mesure", "fin"),
    at_first=(
        "numero",
        "financeur",
        "emis_le",
        "emis",
        "recouvre",
        "abandonne",
        "reste",
        "etat",
        "retard",
        "suites",
    ),
    accord="Le total restant dû est le solde du compte 463 et la colonne « Ordres restant dus » du "
    "« Suivi des annexes financières ».",
    notes=(
        (
            "Situation",
            "Celle du dernier jour du dernier mois demandé, à défaut celle du jour : les actes "
            "postérieurs ne sont pas pris en compte.",
        ),
    ),
)
