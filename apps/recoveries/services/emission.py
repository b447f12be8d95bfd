"""Recovery orders born of final regularisations (cahier des charges §2.4, spec 05 §5).

`issue_orders` is a step of the execution of a run, inside its transaction: an order per funder and
annex, or the reduction of those already issued when a second final regularisation finds less to
recover. The ordonnateur who approved the run issues; whoever prepared it proposes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum
from django.urls import reverse

from apps.accounts.models import Membership, Nature, Organisation
from apps.accounts.notifications import notify
from apps.conventions.models import Financeur
from apps.core.errors import Refus
from apps.core.services import next_numbers
from apps.journal.services import Fact, record_many
from apps.payments import ledger
from apps.payments.models import Campagne, Versement
from apps.payments.schemes import order_entry
from apps.recoveries.models import OrdreDeRecouvrer
from apps.recoveries.services.reduction import Coupe, apply_cuts, spread_cut
from apps.rules.explanation import euros
from apps.rules.money import ZERO, total
from apps.siae.models import Structure

# Title and text of what is told.
ISSUED = (
    "Ordre de recouvrer émis",
    "La régularisation finale d’une annexe a constaté un trop-perçu : un ordre de recouvrer est "
    "émis. Ses bases de calcul et son document sont sur la page « Ordres de recouvrer ».",
)
REDUCED = (
    "Ordre de recouvrer modifié",
    "Une nouvelle régularisation finale a réduit un ordre de recouvrer. Le montant dû est sur la "
    "page « Ordres de recouvrer ».",
)


@dataclass(frozen=True, slots=True)
class _Change:
    """What a final regularisation asks of a funder's orders: above 0 a debt, below a reduction."""

    versement: Versement
    financeur_id: int
    montant: Decimal
    of_etat: bool

    @property
    def mandat_id(self) -> int | None:
        return None if self.of_etat else self.versement.mandat_id

    def piece_of(self, order: OrdreDeRecouvrer) -> ledger.Piece:
        line = self.versement
        return ledger.Piece(
            line.annexe_id, line.structure_id, line.campagne, line, reference=order.reference
        )


def issue_orders(campagne: Campagne, acting: Membership, on: date) -> list[OrdreDeRecouvrer]:
    """Issue, complete or reduce the orders of a run being executed; returns the new ones.

    An order carries its bases of calculation, line by line (décret 2012-1246, art. 24): the
    explained steps of its final regularisation, frozen.
    """
    changes = list(_changes(campagne))
    debts = [change for change in changes if change.montant > 0]
    cuts = [change for change in changes if change.montant < 0]
    orders = _issue(campagne, debts, on)
    reduced = _reduce(acting, cuts, on)
    record_many(
        acting,
        [Fact("ordre.emis", order, apres={"montant": order.montant}) for order in orders]
        + [
            Fact(
                "ordre.modifie",
                order,
                motif="Nouvelle régularisation finale de l’annexe.",
                avant={"montant": before},
                apres={"montant": order.montant, "etat": order.etat},
            )
            for order, before in reduced
        ],
    )
    _announce(orders, [order for order, _before in reduced], on)
    return orders


def _announce(issued: list[OrdreDeRecouvrer], reduced: list[OrdreDeRecouvrer], on: date) -> None:
    """Tell the départements for their share, and the structures of what was reduced.

    An order issued is told to its debtor by its notification, which sets the day to pay.
    """
    for orders, words, of_debtors in ((issued, ISSUED, False), (reduced, REDUCED, True)):
        told = [order.pk for order in orders]
        parties = [Financeur.objects.filter(ordres__in=told)]
        if of_debtors:
            parties.append(Structure.objects.filter(ordres__in=told))
        for party in parties if told else ():
            notify(
                Organisation.objects.filter(pk__in=party.values("organisation")),
                *words,
                reverse("recoveries:liste"),
                nature=Nature.ORDRE,
                courriel=True,
                on=on,
            )


def _changes(campagne: Campagne) -> Iterator[_Change]:
    etat = Financeur.objects.get(type=Financeur.Type.ETAT)
    lines = (
        campagne.versements.executed()
        .filter(nature=Versement.Nature.SOLDE)
        .exclude(recouvre_etat=0, recouvre_cd=0)
        .select_related("campagne", "annexe")
        .order_by("annexe__numero", "annexe__renouvellement", "pk")
    )
    for line in lines:
        if line.recouvre_etat:
            yield _Change(line, etat.pk, line.recouvre_etat, True)
        if line.recouvre_cd:
            yield _Change(line, line.financeur_cd_id, line.recouvre_cd, False)


def _issue(campagne: Campagne, debts: list[_Change], on: date) -> list[OrdreDeRecouvrer]:
    numbers = next_numbers("ordre", len(debts)) if debts else range(0)
    orders = OrdreDeRecouvrer.objects.bulk_create(
        [
            OrdreDeRecouvrer(
                numero=numero,
                annexe=debt.versement.annexe,
                structure_id=debt.versement.structure_id,
                financeur_id=debt.financeur_id,
                mandat_id=debt.mandat_id,
                versement=debt.versement,
                montant_initial=debt.montant,
                montant=debt.montant,
                bases=debt.versement.calcul,
                emis_le=on,
                propose_par_id=campagne.prepare_par_id or campagne.controle_par_id,
                emis_par_id=campagne.approuve_par_id,
            )
            for numero, debt in zip(numbers, debts, strict=True)
        ],
        batch_size=ledger.BATCH,
    )
    ledger.post(
        [
            order_entry(
                debt.piece_of(order), debt.financeur_id, debt.mandat_id, debt.montant, str(order)
            )
            for debt, order in zip(debts, orders, strict=True)
        ],
        on,
    )
    return orders


def _reduce(
    acting: Membership, changes: list[_Change], on: date
) -> list[tuple[OrdreDeRecouvrer, Decimal]]:
    """Lower the orders of the annex and funder, the latest first; one at 0 is cancelled.

    What a dispute upheld has given up already counts first: the hours it was about, corrected
    since, are not given back twice. Returns the orders with their former amounts. Refus when more
    is given back than was claimed: the execution is then refused as a whole.
    """
    owed, due = _orders_to_reduce(changes), _recovered_by_lines(changes)
    cuts: list[Coupe] = []
    for change in changes:
        side = (change.versement.annexe_id, change.of_etat)
        orders = owed.get(side, [])
        if due[side] < 0:
            raise Refus(
                f"La régularisation de l’annexe {change.versement.annexe} réduit de "
                f"{euros(-due[side])} de trop ses ordres de recouvrer : rejetez cette ligne et "
                "signalez-la."
            )
        beyond = total(order.montant for order in orders) - due[side]
        found, _left = spread_cut(orders, min(-change.montant, max(ZERO, beyond)), ledger.Piece())
        for cut in found:
            cut.piece = change.piece_of(cut.ordre)
        cuts += found
    apply_cuts(acting, cuts, on)
    return [(cut.ordre, cut.avant) for cut in cuts]


def _recovered_by_lines(cuts: list[_Change]) -> dict[tuple[int, bool], Decimal]:
    """What the executed final regularisations of the annexes recover in all, of the State or not,
    in euros: one query."""
    rows = (
        Versement.objects.executed()
        .filter(nature=Versement.Nature.SOLDE, annexe__in={cut.versement.annexe_id for cut in cuts})
        .order_by()
        .values_list("annexe")
        .annotate(Sum("recouvre_etat"), Sum("recouvre_cd"))
    )
    return {
        side: amount
        for annexe, etat, cd in rows
        for side, amount in (((annexe, True), etat), ((annexe, False), cd))
    }


def _orders_to_reduce(cuts: list[_Change]) -> dict[tuple[int, bool], list[OrdreDeRecouvrer]]:
    """Orders of the annexes, of the State or not: a département may have been succeeded since,
    its order stays in its own accounts and is reduced there."""
    orders = (
        OrdreDeRecouvrer.objects.select_for_update(of=("self",))
        .filter(annexe__in={cut.versement.annexe_id for cut in cuts}, montant__gt=0)
        .select_related("annexe", "financeur__successeur")
        .order_by("-numero")
    )
    owed: dict[tuple[int, bool], list[OrdreDeRecouvrer]] = {}
    for order in orders:
        owed.setdefault((order.annexe_id, order.financeur.is_etat), []).append(order)
    return owed
