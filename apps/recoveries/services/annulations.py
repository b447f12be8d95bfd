"""Cancelling a wrong entry of cash, or a payment returned unpaid: its reversal (spec 05 §2).

The reversal is that of the ledger, which calls here the step that undoes the row: an entry
reversed from the accounts leaves the order right as well.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record
from apps.payments.models import Ecriture
from apps.payments.services.extournes import reverse_entry
from apps.recoveries.models import Encaissement, Excedent, OrdreDeRecouvrer
from apps.recoveries.permissions import can_cancel_cash, can_cancel_surplus
from apps.recoveries.services.ordres import delay, lock, tell_debtor
from apps.recoveries.transitions import next_state_of
from apps.rules.explanation import euros


@transaction.atomic
def cancel_cash(
    acting: Membership, encaissement: Encaissement, *, motif: str, on: date | None = None
) -> Encaissement:
    """Reverse the entries of a payment and of the surplus born of it: the debt is claimed again."""
    day = on or today()
    lock(encaissement.ordre_id)
    found = _of(pk=encaissement.pk)
    can_cancel_cash(acting, found).enforce()
    surplus = found.excedent_ne
    if surplus is not None and surplus.ecriture and not surplus.annule_le:
        reverse_entry(acting, surplus.ecriture, motif=motif, on=day)
    if found.ecriture:
        reverse_entry(acting, found.ecriture, motif=motif, on=day)
    return _of(pk=found.pk)


def undo_cash(acting: Membership, ecriture: Ecriture, motif: str, on: date) -> None:
    """Step of the reversal of an ENCAISSEMENT: the order owes the sum again.

    Raises Refus when a surplus was kept out of the same payment and stands: it is reversed first.
    """
    received = Encaissement.objects.filter(ecriture=ecriture).first()
    if received is None:
        raise Refus("Cette écriture ne correspond à aucun encaissement enregistré.")
    ordre = lock(received.ordre_id)
    received = _of(pk=received.pk)
    can_cancel_cash(acting, received).enforce()
    if received.excedent_ne and not received.excedent_ne.annule_le:
        raise Refus(
            "Un excédent est né de cet encaissement : annulez l’encaissement depuis la page de "
            f"l’ordre n° {ordre.numero}, ou extournez d’abord l’excédent."
        )
    _cancel(acting, received, motif, on)
    _claim_again(ordre, received, on)
    record(
        acting,
        "ordre.encaissement_annule",
        ordre,
        motif=motif,
        avant={"montant": received.montant, "reference": received.reference},
        apres={"reste": ordre.reste, "etat": ordre.etat},
    )


def undo_surplus(acting: Membership, ecriture: Ecriture, motif: str, on: date) -> None:
    """Step of the reversal of an EXCEDENT: the surplus is cancelled, unless it has been used."""
    excedent = Excedent.objects.filter(ecriture=ecriture).first()
    if excedent is None:
        raise Refus("Cette écriture ne correspond à aucun excédent enregistré.")
    ordre = lock(excedent.ordre_id)
    excedent = Excedent.objects.select_for_update().get(pk=excedent.pk)
    can_cancel_surplus(acting, excedent).enforce()
    excedent.annule_le = on
    excedent.save(update_fields=["annule_le"])
    # A payment that was nothing but a surplus has no entry of its own: it ends with it.
    whole = Encaissement.objects.filter(excedent_ne=excedent, montant=0).first()
    if whole is not None:
        _cancel(acting, whole, motif, on)
    record(
        acting,
        "ordre.excedent_annule",
        ordre,
        motif=motif,
        avant={"excedent": excedent.montant},
    )


def _cancel(acting: Membership, received: Encaissement, motif: str, on: date) -> None:
    received.annule_le, received.annule_par = on, acting.user
    received.motif_annulation = motif.strip()[:300]
    received.save(update_fields=["annule_le", "annule_par", "motif_annulation"])


def _claim_again(ordre: OrdreDeRecouvrer, received: Encaissement, on: date) -> None:
    """The sum is owed again; an order ended goes back to its pursuit, with a new deadline,
    or to its notification when it had none."""
    ordre.recouvre -= received.montant
    if ordre.etat not in OrdreDeRecouvrer.OUVERTS and not ordre.notifie_le:
        ordre.etat = next_state_of(ordre, "remettre_a_notifier")
    elif ordre.etat not in OrdreDeRecouvrer.OUVERTS:
        ordre.etat = next_state_of(ordre, "reprendre")
        ordre.echeance = on + timedelta(days=delay("NOTIFICATION"))
    ordre.save(update_fields=["recouvre", "etat", "echeance"])
    tell_debtor(
        ordre,
        "Paiement annulé",
        f"Le paiement de {euros(received.montant)} enregistré sur l’ordre de recouvrer "
        f"n° {ordre.numero} est annulé. Il reste {euros(ordre.reste)} à payer.",
        on,
    )


def _of(**found: object) -> Encaissement:
    rows = Encaissement.objects.select_for_update(of=("self",))
    return rows.select_related("ordre", "ecriture", "excedent_ne__ecriture").get(**found)
