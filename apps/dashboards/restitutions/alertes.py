"""« Tableau de bord des alertes » as a file: the alerts of the page, one row each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.exports import Column, Definition, Kind
from apps.dashboards.alertes.registre import alerts_of
from apps.dashboards.restitutions.restitution import Criteres, Restitution

DEFINITION = Definition(
    key="alertes",
    title="Tableau de bord des alertes",
    sheet="Alertes",
    columns=(
        Column("nature", "Alerte", width=34),
        Column("gravite", "Gravité", width=14),
        Column("annexe", "N° d’annexe", width=21),
        Column("mesure", "Mesure", width=9),
        Column("structure", "Structure", width=38),
        Column("depuis", "Depuis le", Kind.DATE, 12),
        Column("chiffre", "Chiffre", width=24),
        Column("texte", "Constat", width=60),
        Column("action", "À faire", width=60),
    ),
)


def rows(acting: Membership, criteres: Criteres) -> Iterator[dict[str, Any]]:
    """Rows in the order of the page: the urgent ones first."""
    for alert in alerts_of(acting, criteres, today()):
        yield {
            "nature": str(alert.nature.label),
            "gravite": str(alert.gravite.label),
            "annexe": str(alert.annexe),
            "mesure": alert.annexe.siae.get_mesure_display(),
            "structure": alert.structure,
            "depuis": alert.depuis,
            "chiffre": alert.chiffre,
            "texte": alert.texte,
            "action": alert.action,
        }


def count(acting: Membership, criteres: Criteres) -> int:
    """Number of rows of the file."""
    return sum(1 for _row in rows(acting, criteres))


ALERTES = Restitution(
    definition=DEFINITION,
    description="Une ligne par alerte : depuis quand, le chiffre, le constat et ce qu’il faut "
    "faire.",
    rows=rows,
    count=count,
    row_header="nature",
    filters=("departement", "mesure", "debut", "fin"),
)
