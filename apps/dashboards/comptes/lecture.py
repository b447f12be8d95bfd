"""What the ledger says of a mandate over a period: treasury, balance, open balances, payees.

The movements bear the mandate: nothing else decides what belongs to its accounts. A fixed number
of queries, whatever the number of movements. Read by `calcul` and by the restitution.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from decimal import Decimal

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce, TruncMonth

from apps.annexes.models import AnnexeFinanciere
from apps.dashboards.comptes.figures import Abandon, Balance, Beneficiaire, Fonds, Operation, Solde
from apps.dashboards.comptes.rubriques import DEPENSES, NATURES, RECETTES, heading
from apps.payments.ledger import (
    A_PAYER,
    EXCEDENTS,
    FONDS,
    ORDRES,
    REIMPUTATION,
    REPRISES,
    TRESOR,
)
from apps.payments.models import Ecriture, Mouvement
from apps.rules.money import ZERO
from apps.rules.periods import Month
from apps.siae.models import Structure

Evenement = Ecriture.Evenement
# Accounts that a mandate leaves at zero once all is settled, and what is open in each.
OUVERTS = {
    A_PAYER: "Aide due et non payée (en attente de fonds ou virement rejeté)",
    REPRISES: "Reprise entre départements non soldée",
    ORDRES: "Ordre de recouvrer non soldé",
    EXCEDENTS: "Excédent de versement à imputer ou à rembourser",
    REIMPUTATION: "Réimputation en attente de fonds",
}
# What a structure receives or sends back, and the account's word for it.
PAIEMENTS = (
    Evenement.PAIEMENT,
    Evenement.COMPENSATION,
    Evenement.REJET_VIREMENT,
    Evenement.REEMISSION,
)
Sums = dict[str, Decimal]


def movements_of(mandat_id: int, until: date) -> QuerySet[Mouvement]:
    """Movements of a mandate dated `until` or before."""
    return Mouvement.objects.filter(mandat=mandat_id, ecriture__jour__lte=until).order_by()


def within(debut: date, fin: date) -> Q:
    return Q(ecriture__jour__range=(debut, fin))


def operations_of(
    mandat_ids: Collection[int], debut: date, fin: date
) -> dict[int, list[Operation]]:
    """Receipts and expenses of each mandate, per event, kind of instalment and month: one query.

    Receipts first, in the order of the headings. A mandate without any is absent.
    """
    rows = (
        Mouvement.objects.filter(within(debut, fin), compte=TRESOR, mandat__in=mandat_ids)
        .order_by()
        .values_list(
            "mandat",
            "ecriture__evenement",
            "ecriture__versement__nature",
            TruncMonth("ecriture__jour"),
        )
        .annotate(
            recettes=Coalesce(Sum("debit"), ZERO),
            nombre_recettes=Count("pk", filter=Q(debit__gt=0)),
            depenses=Coalesce(Sum("credit"), ZERO),
            nombre_depenses=Count("pk", filter=Q(credit__gt=0)),
        )
    )
    found: dict[int, list[tuple[tuple[int, int], Operation]]] = defaultdict(list)
    for mandat, evenement, nature, day, received, receipts, spent, expenses in rows:
        kind, mois = NATURES.get(nature, ""), Month.of(day)
        if received:
            rank, words = heading(RECETTES, evenement)
            operation = Operation(words, kind, mois, receipts, received, ZERO)
            found[mandat].append(((0, rank), operation))
        if spent:
            rank, words = heading(DEPENSES, evenement)
            operation = Operation(words, kind, mois, expenses, ZERO, spent)
            found[mandat].append(((1, rank), operation))
    return {
        mandat: [
            operation
            for _rank, operation in sorted(
                pairs, key=lambda pair: (pair[0], pair[1].nature, pair[1].mois)
            )
        ]
        for mandat, pairs in found.items()
    }


def balance_of(mandat_id: int, debut: date, fin: date) -> list[tuple[Balance, dict[str, Sums]]]:
    """Each account of a mandate, with the sums of its events: one query.

    The sums of an event are `avant_debit`, `avant_credit`, `debit`, `credit`.
    """
    before = Q(ecriture__jour__lt=debut)
    rows = (
        movements_of(mandat_id, fin)
        .values("compte", "compte__libelle", "ecriture__evenement")
        .annotate(
            avant_debit=Coalesce(Sum("debit", filter=before), ZERO),
            avant_credit=Coalesce(Sum("credit", filter=before), ZERO),
            en_debit=Coalesce(Sum("debit", filter=within(debut, fin)), ZERO),
            en_credit=Coalesce(Sum("credit", filter=within(debut, fin)), ZERO),
        )
        .order_by("compte", "ecriture__evenement")
    )
    labels: dict[str, str] = {}
    events: dict[str, dict[str, Sums]] = defaultdict(dict)
    for row in rows:
        labels[row["compte"]] = row["compte__libelle"]
        events[row["compte"]][row["ecriture__evenement"]] = {
            "avant_debit": row["avant_debit"],
            "avant_credit": row["avant_credit"],
            "debit": row["en_debit"],
            "credit": row["en_credit"],
        }
    return [(_account(code, labels[code], sums), sums) for code, sums in events.items()]


def _account(code: str, label: str, events: dict[str, Sums]) -> Balance:
    def added(key: str) -> Decimal:
        return sum((sums[key] for sums in events.values()), ZERO)

    return Balance(
        code, label, added("avant_debit"), added("avant_credit"), added("debit"), added("credit")
    )


def open_balances(mandat_id: int, fin: date) -> list[Solde]:
    """What the accounts of third parties are made of: an order, an annex or a structure each.

    An order is known by its document, an amount due or moved between funders by its annex, an
    excess by its structure. Three queries.
    """
    of_order = When(compte=ORDRES, then=F("ecriture__reference"))
    of_annexe = When(~Q(compte=EXCEDENTS), then=F("annexe"))
    rows = (
        movements_of(mandat_id, fin)
        .filter(compte__in=OUVERTS)
        .values("compte", "structure")
        .annotate(
            piece=Case(of_order, default=Value("")),
            dossier=Case(of_annexe, default=None, output_field=IntegerField()),
            solde=Sum(F("debit") - F("credit")),
        )
        .exclude(solde=0)
        .order_by("compte", "piece", "dossier", "structure")
    )
    found = list(rows)
    annexes = AnnexeFinanciere.objects.in_bulk({row["dossier"] for row in found} - {None})
    structures = Structure.objects.in_bulk({row["structure"] for row in found} - {None})
    return [
        Solde(
            row["compte"],
            OUVERTS[row["compte"]],
            row["piece"],
            str(annexes.get(row["dossier"], "")),
            str(structures.get(row["structure"], "")),
            max(row["solde"], ZERO),
            max(-row["solde"], ZERO),
        )
        for row in found
    ]


def funds_of(mandat_id: int, debut: date, fin: date) -> list[Fonds]:
    """Entries that received funds from the département or paid some back, by day."""
    rows = (
        movements_of(mandat_id, fin)
        .filter(within(debut, fin), compte=FONDS)
        .values_list("ecriture__jour", "ecriture__numero")
        .annotate(
            piece=F("ecriture__reference"),
            libelle=F("ecriture__libelle"),
            recu=Coalesce(Sum("credit"), ZERO),
            reverse=Coalesce(Sum("debit"), ZERO),
        )
        .order_by("ecriture__jour", "ecriture__numero")
    )
    return [Fonds(*row) for row in rows]


def given_up(mandat_id: int, debut: date, fin: date) -> list[Abandon]:
    """Debts remitted, written off, extinguished or cleared over the period, by day."""
    rows = (
        movements_of(mandat_id, fin)
        .filter(within(debut, fin), compte=ORDRES, ecriture__evenement__in=Ecriture.ABANDONS)
        .select_related("ecriture", "annexe", "structure")
        .order_by("ecriture__numero", "pk")
    )
    return [
        Abandon(
            row.ecriture.jour,
            row.ecriture.get_evenement_display(),
            row.ecriture.reference,
            str(row.annexe or ""),
            str(row.structure or ""),
            row.credit - row.debit,
        )
        for row in rows
    ]


def payees_of(mandat_id: int, debut: date, fin: date) -> list[Beneficiaire]:
    """Structures paid over the period with the funds of the mandate, annex by annex."""

    def spent(evenement: str) -> Coalesce:
        return Coalesce(Sum("credit", filter=Q(ecriture__evenement=evenement)), ZERO)

    paid = Q(ecriture__evenement=Evenement.PAIEMENT)
    rows = (
        movements_of(mandat_id, fin)
        .filter(within(debut, fin), compte=TRESOR, ecriture__evenement__in=PAIEMENTS)
        # The other side of a set-off is a receipt: the debt of the structure is paid.
        .exclude(ecriture__evenement=Evenement.COMPENSATION, debit__gt=0)
        .values_list("structure__denomination", "structure__siret", "annexe")
        .annotate(
            nombre=Count("ecriture", filter=paid, distinct=True),
            paye=spent(Evenement.PAIEMENT),
            compense=spent(Evenement.COMPENSATION),
            rejete=Coalesce(
                Sum("debit", filter=Q(ecriture__evenement=Evenement.REJET_VIREMENT)), ZERO
            ),
            reemis=spent(Evenement.REEMISSION),
        )
        .order_by("structure__cle_tri", "annexe__numero", "annexe__renouvellement")
    )
    found = list(rows)
    annexes = AnnexeFinanciere.objects.in_bulk({row[2] for row in found} - {None})
    return [
        Beneficiaire(name or "", siret or "", str(annexes.get(annexe, "")), *figures)
        for name, siret, annexe, *figures in found
    ]
