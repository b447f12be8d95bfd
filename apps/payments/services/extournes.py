"""Reversing an entry: the only correction of the ledger, linked to its origin, once (spec 05 §2).

What an entry records is also a row elsewhere (a receipt of funds, a payment on an order): the
owner of that row registers in REVERSAL_STEPS what undoes it. An event without such a step is
refused: its correction is another act (a later line of a run, a reduction, a credit note).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.db import transaction

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.verdicts import Verdict, refused
from apps.journal.services import record
from apps.payments import ledger
from apps.payments.models import Ecriture
from apps.payments.permissions_comptabilite import can_reverse
from apps.payments.reglements import funds_left
from apps.payments.schemes import reversal_entry
from apps.rules.explanation import euros

# Event → what undoes the row that the entry recorded: step(acting, ecriture, motif, day). Called
# in the transaction, before the reversal is posted; it locks its row, writes, journals, and
# raises Refus when the row can no longer be undone. Filled by the AppConfig of the owners.
REVERSAL_STEPS: dict[str, Callable[[Membership, Ecriture, str, date], None]] = {}


@transaction.atomic
def reverse_entry(
    acting: Membership, ecriture: Ecriture, *, motif: str, on: date | None = None
) -> Ecriture:
    """Post the reversal of an entry on the day `on` (today by default), with its reason.

    Raises Refus when the event cannot be reversed, when the entry already is, when the day comes
    before the entry or falls in a locked month.
    """
    can_reverse_entry(acting, ecriture).enforce()
    motif = motif.strip()
    if not motif:
        raise Refus("Indiquez le motif de l’extourne.")
    jour = on or today()
    if jour < ecriture.jour:
        raise Refus(
            f"L’écriture est du {ecriture.jour:%d/%m/%Y} : son extourne ne peut pas la précéder."
        )
    REVERSAL_STEPS[ecriture.evenement](acting, ecriture, motif, jour)
    # Another may have reversed it since: nobody posts from now on, it is judged again.
    ledger.hold()
    can_reverse_entry(acting, ecriture).enforce()
    projet = reversal_entry(ecriture, list(ecriture.mouvements.order_by("pk")), motif)
    [extourne] = ledger.post([projet], jour)
    _require_funds(projet)
    record(
        acting,
        "ecriture.extournee",
        ecriture,
        motif=motif,
        apres={"extourne": extourne.numero, "jour": jour},
    )
    return extourne


def _require_funds(projet: ledger.Projet) -> None:
    """A mandate never pays more than it has received, nor with what the bank sent back and is
    still due to a structure: the run that sends it again could not be executed."""
    mandats = {pose.mandat_id for pose in projet.poses if pose.mandat_id}
    for solde in funds_left(mandats).values():
        if solde < 0:
            raise Refus(
                f"Cette extourne mettrait la convention de mandat à découvert de {euros(-solde)} : "
                "enregistrez d’abord les fonds reçus qui la couvrent."
            )


def can_reverse_entry(acting: Membership, ecriture: Ecriture) -> Verdict:
    """Whether an entry may be reversed, by this person."""
    if not (verdict := can_reverse(acting)):
        return verdict
    if Ecriture.objects.filter(extourne=ecriture.pk).exists():
        return refused("Cette écriture a déjà été extournée.")
    if ecriture.evenement not in REVERSAL_STEPS:
        return refused(
            f"Une écriture « {ecriture.get_evenement_display()} » ne s’extourne pas : "
            "elle se corrige par l’acte contraire, qui laisse sa propre pièce."
        )
    return verdict
