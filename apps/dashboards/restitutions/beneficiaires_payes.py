"""« Bénéficiaires payés »: who was paid what over a run of payment days, annex by annex.

The list of payees of the accounts rendered to a département (convention de mandat, art. 12). Sums
are those of the executed lines, which the ledger posts one by one; the period is that of the days
of payment, not of the months of work. No bank details. Three queries, whatever the number of rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum

from apps.accounts.models import Membership, Organisation
from apps.annexes.models import AnnexeFinanciere
from apps.core.exports import Column, Definition, Kind
from apps.dashboards.restitutions.colonnes import (
    ANNEXE,
    COMMUNE,
    MESURE,
    ORDRES_CD,
    ORDRES_ETAT,
    SIRET,
    STRUCTURE,
    VERSE,
    VERSE_CD,
    VERSE_ETAT,
)
from apps.dashboards.restitutions.restitution import Criteres, Restitution
from apps.payments.models import Versement
from apps.recoveries.models import OrdreDeRecouvrer
from apps.rules.money import ZERO
from apps.rules.periods import Month

DEFINITION = Definition(
    key="beneficiaires-payes",
    title="Bénéficiaires payés",
    sheet="Bénéficiaires payés",
    kept=2,
    columns=(
        STRUCTURE,
        ANNEXE,
        SIRET,
        COMMUNE,
        MESURE,
        Column(
            "paiements",
            "Nombre de paiements",
            Kind.INT,
            11,
            "Campagnes de la période qui ont payé une somme à la structure pour cette annexe.",
            total=True,
        ),
        Column("premier", "Premier paiement", Kind.DATE, 12, "Premier jour payé de la période."),
        Column("dernier", "Dernier paiement", Kind.DATE, 12, "Dernier jour payé de la période."),
        VERSE_ETAT,
        VERSE_CD,
        replace(
            VERSE,
            definition="Sommes payées à la structure pendant la période, part modulée comprise, "
            "avant tout recouvrement.",
        ),
        replace(
            ORDRES_ETAT,
            definition="Montant actuel des ordres de recouvrer de l’État émis pendant la période.",
        ),
        replace(
            ORDRES_CD,
            definition="Montant actuel des ordres de recouvrer du département émis pendant la "
            "période.",
        ),
    ),
)


def count(acting: Membership, criteres: Criteres) -> int:
    """Number of annexes paid, or claimed from, in the period."""
    paid = set(_paid(acting, criteres).values_list("annexe_id", flat=True))
    return len(paid.union(_issued(acting, criteres).values_list("annexe_id", flat=True)))


def rows(acting: Membership, criteres: Criteres) -> Iterator[dict[str, Any]]:
    """By structure, then by annex."""
    paid = {
        row.pop("annexe_id"): row
        for row in _paid(acting, criteres)
        .order_by()
        .values("annexe_id")
        .annotate(
            paiements=Count("campagne", filter=PAID, distinct=True),
            premier=Min("execute_le", filter=PAID),
            dernier=Max("execute_le", filter=PAID),
            verse_etat=Sum("part_etat"),
            verse_cd=Sum("part_cd"),
            verse=Sum("montant"),
        )
    }
    orders: dict[int, dict[str, Decimal]] = {}
    issued = _issued(acting, criteres).order_by().values_list("annexe_id", "financeur__type")
    for annexe_id, kind, amount in issued.annotate(somme=Sum("montant")):
        orders.setdefault(annexe_id, {})[kind] = amount
    annexes = (
        AnnexeFinanciere.objects.filter(pk__in={*paid, *orders})
        .select_related("siae__structure")
        .order_by("siae__structure__cle_tri", "numero", "renouvellement")
    )
    for annexe in annexes:
        claimed = orders.get(annexe.pk, {})
        yield {
            **_identity(annexe),
            **paid.get(annexe.pk, NOTHING_PAID),
            "ordres_etat": claimed.get("ETAT", ZERO),
            "ordres_cd": claimed.get("CD", ZERO),
        }


# A month regularised to 0 € is a line, not a payment.
PAID = Q(montant__gt=0)
NOTHING_PAID = {
    "paiements": 0,
    "premier": None,
    "dernier": None,
    "verse_etat": ZERO,
    "verse_cd": ZERO,
    "verse": ZERO,
}


def _paid(acting: Membership, criteres: Criteres) -> Any:
    """Executed lines of the period that paid somebody, or moved a sum between funders."""
    lines = Versement.objects.visible_to(acting).executed().filter(PAID | ~Q(part_cd=0))
    return _asked(lines, criteres, day="execute_le")


def _issued(acting: Membership, criteres: Criteres) -> Any:
    """Orders issued in the period that still stand; reductions are deducted from them."""
    annexes = AnnexeFinanciere.objects.visible_to(acting).values("pk")
    orders = OrdreDeRecouvrer.objects.visible_to(acting).filter(annexe__in=annexes, montant__gt=0)
    return _asked(orders, criteres, day="emis_le")


def _asked(found: Any, criteres: Criteres, *, day: str) -> Any:
    if criteres.mesure:
        found = found.filter(annexe__siae__mesure=criteres.mesure)
    if criteres.departement:
        found = found.filter(structure__departement=criteres.departement)
    if criteres.debut:
        found = found.filter(**{f"{day}__gte": criteres.debut})
    if criteres.fin:
        found = found.filter(**{f"{day}__lte": Month.of(criteres.fin).last_day})
    return found


def _identity(annexe: AnnexeFinanciere) -> dict[str, Any]:
    structure = annexe.siae.structure
    return {
        "annexe_id": annexe.pk,
        "structure": structure.denomination,
        "siret": structure.siret,
        "commune": structure.commune,
        "mesure": annexe.siae.get_mesure_display(),
        "annexe": str(annexe),
    }


BENEFICIAIRES_PAYES = Restitution(
    definition=DEFINITION,
    usage="Les structures payées sur une période et les sommes versées par chaque financeur, "
    "pour la reddition des comptes.",
    description=(
        "Une ligne par structure payée et par annexe financière : nombre et dates des paiements, "
        "sommes versées par financeur et ordres de recouvrer émis pendant la période."
    ),
    rows=rows,
    count=count,
    row_header="structure",
    links={"annexe": ("payments:echeancier", "annexe_id")},
    audience=(Organisation.Type.DDETS, Organisation.Type.ASP, Organisation.Type.CD),
    flow=True,
    filters=("departement", "mesure", "debut", "fin"),
    accord="Sans période, les sommes versées sont celles du « Suivi des annexes financières », "
    "part modulée en plus, et du grand livre ; les paiements d’un mois sont ceux des campagnes "
    "exécutées ce mois-là.",
    notes=(
        (
            "Période",
            "Paiements exécutés et ordres émis entre le premier jour du premier mois et le dernier "
            "jour du dernier mois demandés, quel que soit le mois de travail.",
        ),
    ),
)
