"""« Compte d’emploi »: the receipts and the expenses of the mandates, without netting (art. 11).

One row per mandate, heading, kind of instalment and month of payment, between the treasury at the
opening and at the closing. Read in the ledger as the accounts rendered are; those that are signed
are archived with their annexed statements at the page « Reddition des comptes ». Four queries,
whatever the number of mandates.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum

from apps.accounts.models import Membership, Organisation
from apps.conventions.models import ConventionMandat
from apps.core.exports import Column, Definition, Kind
from apps.dashboards.comptes.figures import Operation
from apps.dashboards.comptes.lecture import operations_of
from apps.dashboards.restitutions.restitution import Criteres, Restitution
from apps.payments.ledger import TRESOR
from apps.payments.models import Mouvement
from apps.rules.money import ZERO, total
from apps.rules.periods import Month

DEFINITION = Definition(
    key="compte-emploi",
    title="Compte d’emploi",
    sheet="Compte d’emploi",
    kept=2,
    columns=(
        Column(
            "mandat",
            "Convention de mandat",
            width=26,
            definition="Convention dont les fonds sont employés.",
        ),
        Column("rubrique", "Rubrique", width=44, definition="Recette ou dépense, ou trésorerie."),
        Column("nature", "Nature", width=28, definition="Nature du versement payé."),
        Column("departement", "Département", width=30, definition="Département mandant."),
        Column("mois", "Mois", Kind.MONTH, 14, "Mois de l’encaissement ou du paiement."),
        Column("nombre", "Nombre", Kind.INT, 10, "Nombre de mouvements.", total=True),
        Column(
            "ressources",
            "Ressources",
            Kind.EUROS,
            17,
            "Recettes, et trésorerie à l’ouverture : débits du compte 515.",
            total=True,
        ),
        Column(
            "emplois",
            "Emplois",
            Kind.EUROS,
            17,
            "Dépenses, et trésorerie à la clôture : crédits du compte 515.",
            total=True,
        ),
    ),
)


def period_of(criteres: Criteres) -> tuple[date, date]:
    """First and last day: those of the months asked, else the year of the day."""
    fin = Month.of(criteres.fin).last_day if criteres.fin else criteres.on
    debut = criteres.debut or date(fin.year, 1, 1)
    return debut, max(debut, fin)


def rows(acting: Membership, criteres: Criteres) -> Iterator[dict[str, Any]]:
    """Mandate after mandate; those that have never moved are absent."""
    debut, fin = period_of(criteres)
    mandats = _mandats(acting, criteres)
    opening = _treasury(mandats, debut - timedelta(days=1))
    operations = operations_of(list(mandats), debut, fin)
    for pk, mandat in mandats.items():
        if pk in opening or pk in operations:
            yield from _account(mandat, opening.get(pk, ZERO), operations.get(pk, []), debut, fin)


def count(acting: Membership, criteres: Criteres) -> int:
    return sum(1 for _row in rows(acting, criteres))


def _account(
    mandat: ConventionMandat,
    opening: Decimal,
    operations: list[Operation],
    debut: date,
    fin: date,
) -> Iterator[dict[str, Any]]:
    shared = {"mandat": mandat.reference, "departement": str(mandat.financeur)}
    empty = {"nature": "", "mois": None, "nombre": None, "ressources": None, "emplois": None}
    first = f"Trésorerie au {debut:%d/%m/%Y}"
    yield {**shared, **empty, "rubrique": first, "ressources": opening}
    for operation in operations:
        yield {
            **shared,
            "rubrique": operation.rubrique,
            "nature": operation.nature,
            "mois": operation.mois.first_day,
            "nombre": operation.nombre,
            "ressources": operation.recette or None,
            "emplois": operation.depense or None,
        }
    received = total(operation.recette for operation in operations)
    spent = total(operation.depense for operation in operations)
    last = f"Trésorerie au {fin:%d/%m/%Y}"
    yield {**shared, **empty, "rubrique": last, "emplois": opening + received - spent}


def _mandats(acting: Membership, criteres: Criteres) -> dict[int, ConventionMandat]:
    found = ConventionMandat.objects.visible_to(acting).select_related("financeur")
    if criteres.departement:
        found = found.filter(financeur__code=criteres.departement)
    return {mandat.pk: mandat for mandat in found.order_by("financeur__code", "reference")}


def _treasury(mandats: dict[int, ConventionMandat], until: date) -> dict[int, Decimal]:
    """Balance of account 515 of each mandate at the end of a day."""
    movements = Mouvement.objects.filter(
        compte=TRESOR, mandat__in=mandats, ecriture__jour__lte=until
    )
    return dict(
        movements.order_by().values_list("mandat").annotate(solde=Sum(F("debit") - F("credit")))
    )


COMPTE_EMPLOI = Restitution(
    definition=DEFINITION,
    usage="Toutes les recettes et toutes les dépenses d’une convention de mandat, sans "
    "contraction, de la trésorerie d’ouverture à celle de clôture.",
    description=(
        "Pour chaque convention de mandat : la trésorerie à l’ouverture, les recettes et les "
        "dépenses par nature et par mois, la trésorerie à la clôture."
    ),
    rows=rows,
    count=count,
    row_header="mandat",
    audience=(Organisation.Type.ASP, Organisation.Type.CD),
    filters=("departement", "debut", "fin"),
    flow=True,
    at_first=("rubrique", "nature", "mois", "nombre", "ressources", "emplois"),
    accord="Les chiffres d’une année sont ceux de son compte d’emploi et du compte 515 du grand "
    "livre ; les ressources égalent les emplois.",
    notes=(
        (
            "Période",
            "Du premier jour du premier mois au dernier jour du dernier mois demandés ; à défaut, "
            "l’année en cours jusqu’au jour de la demande.",
        ),
        (
            "Champ",
            "Crédits d’intervention seuls : les frais de gestion sont suivis à part. Les comptes "
            "signés et leurs états annexes sont à la page « Reddition des comptes ».",
        ),
    ),
)
