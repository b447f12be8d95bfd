"""Lowering orders: a later regularisation, or a dispute upheld, finds less to recover (spec 05 §5).

What is still owed is lowered first; then what was given up, a loss that never was; beyond them,
what the structure has already paid is a surplus that is owed back to it. Called by `emission` and
by the disputes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.accounts.models import Membership
from apps.payments import ledger
from apps.payments.ledger import Piece
from apps.payments.schemes import loss_cancelled_entry, order_entry
from apps.recoveries.ecritures import Evenement, entry_of, piece_of, side_of
from apps.recoveries.models import Excedent, OrdreDeRecouvrer
from apps.recoveries.services.encaissements import create_surplus
from apps.recoveries.services.ordres import close_measures
from apps.recoveries.transitions import next_state_of
from apps.rules.money import ZERO


@dataclass(slots=True)
class Coupe:
    """What an order loses, in euros: of what is owed, given up (`perdu`) or paid."""

    ordre: OrdreDeRecouvrer
    piece: Piece
    avant: Decimal
    du: Decimal = ZERO
    perdu: Decimal = ZERO
    paye: Decimal = ZERO

    @property
    def montant(self) -> Decimal:
        return self.du + self.perdu + self.paye


def spread_cut(
    ordres: Sequence[OrdreDeRecouvrer], montant: Decimal, piece: Piece
) -> tuple[list[Coupe], Decimal]:
    """Share a reduction between orders, in their order; returns also what they cannot absorb.

    What is owed on any of them goes before what was paid on another: nothing is paid back to who
    still owes. What was remitted or written off on any goes next: it costs the structure nothing.
    """
    cuts = [Coupe(ordre, piece, ordre.montant) for ordre in ordres]
    left = montant
    for cut in cuts:
        cut.du = min(left, cut.ordre.reste)
        left -= cut.du
    for cut in cuts:
        cut.perdu = min(left, cut.ordre.abandonne)
        left -= cut.perdu
    for cut in cuts:
        cut.paye = min(left, cut.ordre.recouvre)
        left -= cut.paye
    return [cut for cut in cuts if cut.montant], left


def apply_cuts(acting: Membership | None, cuts: Sequence[Coupe], on: date) -> list[Excedent]:
    """Write the reductions of locked orders, their entries and the surpluses born of them."""
    entries: list[ledger.Projet] = []
    losses: list[ledger.Projet] = []
    surpluses: list[Coupe] = []
    for cut in cuts:
        ordre = cut.ordre
        financeur, mandat = side_of(ordre)
        label = f"Réduction – {ordre}"
        entries.append(order_entry(cut.piece, financeur, mandat, -cut.montant, label))
        losses += _losses(cut)
        ordre.montant -= cut.montant
        ordre.recouvre -= cut.paye
        ordre.abandonne -= cut.perdu
        ordre.etat = _state(ordre)
        if cut.paye:
            surpluses.append(cut)
    OrdreDeRecouvrer.objects.bulk_update(
        [cut.ordre for cut in cuts], ["montant", "recouvre", "abandonne", "etat"]
    )
    entries += losses
    first = len(entries)
    entries += [entry_of(cut.ordre, Evenement.EXCEDENT_REDUCTION, cut.paye) for cut in surpluses]
    posted = ledger.post(entries, on)[first:]
    close_measures(acting, [cut.ordre for cut in cuts if not cut.ordre.reste], on)
    return [
        create_surplus(
            cut.ordre,
            cut.paye,
            Excedent.Origine.REDUCTION,
            ecriture,
            on,
            motif="La somme due a été réduite après son paiement.",
            acting=acting,
        )
        for cut, ecriture in zip(surpluses, posted, strict=True)
    ]


def _losses(cut: Coupe) -> list[ledger.Projet]:
    """What its funder bore of the sum given up and no longer does, in the accounts of its loss."""
    entries, left = [], cut.perdu
    financeur, mandat = side_of(cut.ordre)
    for compte, perte in ledger.losses_of(cut.ordre.reference) if left else ():
        montant = min(left, perte)
        left -= montant
        label = f"{Evenement.PERTE_ANNULEE.label} – {cut.ordre}"
        entries.append(
            loss_cancelled_entry(
                piece_of(cut.ordre),
                compte,
                montant,
                label,
                financeur_id=financeur,
                mandat_id=mandat,
            )
        )
    return entries


def _state(ordre: OrdreDeRecouvrer) -> str:
    """The phase goes on while something is owed; then the order is paid, or cancelled at 0."""
    if ordre.reste:
        return ordre.etat
    if not ordre.montant:
        return next_state_of(ordre, "annuler")
    return next_state_of(ordre, "solder") if ordre.etat in ordre.OUVERTS else ordre.etat
