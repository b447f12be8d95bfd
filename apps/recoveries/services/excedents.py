"""What a structure has paid in excess: imputed on another of its orders, or refunded.

A refund leaves outside the runs: the ordonnateur orders it, the agent comptable pays it from the
bank and records its reference. Called by the screens of the surpluses.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record
from apps.payments import ledger
from apps.payments.reglements import funds_left
from apps.payments.schemes import simple_entry
from apps.recoveries.ecritures import Evenement, carrier, imputation_entry, piece_of
from apps.recoveries.models import Encaissement, Excedent, OrdreDeRecouvrer, Remboursement
from apps.recoveries.permissions import (
    can_give_up_refund,
    can_order_refund,
    can_pay_refund,
    can_use_surplus,
)
from apps.recoveries.services.ordres import end_if_paid, lock, tell_debtor
from apps.rules.explanation import euros
from apps.siae.models import CoordonneesBancaires

Etat = Remboursement.Etat


@transaction.atomic
def use_surplus(
    acting: Membership,
    excedent: Excedent,
    ordre: OrdreDeRecouvrer,
    montant: Decimal,
    *,
    on: date | None = None,
) -> Encaissement:
    """Impute a surplus on another order of the same structure and funder.

    Between two mandates the sum passes from a treasury to the other: the first must hold it.
    """
    day = on or today()
    ordre = lock(ordre)
    excedent = _lock(excedent)
    can_use_surplus(acting, excedent).enforce()
    same = carrier(ordre.financeur).pk == carrier(excedent.financeur).pk
    if ordre.structure_id != excedent.structure_id or not same:
        raise Refus("Un excédent s’impute sur un ordre de la même structure et du même financeur.")
    most = min(excedent.reste, ordre.reste)
    if ordre.etat not in OrdreDeRecouvrer.OUVERTS or not 0 < montant <= most:
        raise Refus(
            f"Le montant à imputer est compris entre 0,01 € et {euros(most)} : il reste "
            f"{euros(excedent.reste)} de l’excédent et {euros(ordre.reste)} à payer sur l’ordre "
            f"n° {ordre.numero}."
        )
    if ordre.mandat_id != excedent.mandat_id:
        _require_funds(excedent, montant)
    [ecriture] = ledger.post([imputation_entry(excedent, ordre, montant)], day)
    excedent.impute += montant
    excedent.save(update_fields=["impute"])
    received = Encaissement.objects.create(
        ordre=ordre,
        mode=Encaissement.Mode.EXCEDENT,
        montant=montant,
        recu_le=day,
        reference=f"Excédent de l’ordre n° {excedent.ordre.numero}",
        excedent=excedent,
        saisi_par=acting.user,
        saisi_le=day,
        ecriture=ecriture,
    )
    ordre.recouvre += montant
    end_if_paid(acting, ordre, day)
    record(
        acting,
        "ordre.excedent_impute",
        ordre,
        apres={"montant": montant, "reference": received.reference, "reste": ordre.reste},
    )
    tell_debtor(
        ordre,
        "Excédent imputé",
        f"Votre excédent de {euros(montant)} paie l’ordre de recouvrer n° {ordre.numero} : il y "
        f"reste {euros(ordre.reste)} à payer.",
        day,
    )
    return received


@transaction.atomic
def order_refund(
    acting: Membership, excedent: Excedent, *, motif: str, on: date | None = None
) -> Remboursement:
    """The ordonnateur orders the refund of what is left of a surplus."""
    excedent = _lock(excedent)
    can_order_refund(acting, excedent).enforce()
    if not motif.strip():
        raise Refus("Dites pourquoi cet excédent est remboursé.")
    refund = Remboursement.objects.create(
        excedent=excedent,
        montant=excedent.reste,
        motif=motif.strip(),
        ordonne_par=acting.user,
        ordonne_le=on or today(),
    )
    record(
        acting,
        "ordre.remboursement_ordonne",
        excedent.ordre,
        motif=refund.motif,
        apres={"montant": refund.montant},
    )
    return refund


@transaction.atomic
def pay_refund(
    acting: Membership, refund: Remboursement, *, reference: str, on: date | None = None
) -> Remboursement:
    """The agent comptable has paid it from the bank; `reference` is that of the bank.

    Raises Refus without an active account, or when the funds of the mandate do not cover it.
    """
    day = on or today()
    excedent = _lock(refund.excedent)
    refund = Remboursement.objects.select_for_update().get(pk=refund.pk)
    can_pay_refund(acting, refund).enforce()
    reference = " ".join(reference.split())
    if not reference:
        raise Refus("Saisissez la référence de l’opération sur le relevé bancaire.")
    refund.coordonnees = _account(excedent)
    _require_funds(excedent, refund.montant)
    refund.etat, refund.reference = Etat.PAYE, reference
    refund.clos_par, refund.clos_le = acting.user, day
    _save_once(refund)
    excedent.rembourse += refund.montant
    excedent.save(update_fields=["rembourse"])
    ledger.post([_refund_entry(excedent, refund.montant)], day)
    record(
        acting,
        "ordre.remboursement_paye",
        excedent.ordre,
        apres={"montant": refund.montant, "reference": reference},
    )
    tell_debtor(
        excedent.ordre,
        "Excédent remboursé",
        f"L’excédent de {euros(refund.montant)} de l’ordre de recouvrer "
        f"n° {excedent.ordre.numero} vous est remboursé sur votre compte.",
        day,
    )
    return refund


@transaction.atomic
def give_up_refund(
    acting: Membership, refund: Remboursement, *, motif: str, on: date | None = None
) -> Remboursement:
    """The refund will not be paid: the surplus may be used again."""
    excedent = _lock(refund.excedent)
    refund = Remboursement.objects.select_for_update().get(pk=refund.pk)
    can_give_up_refund(acting, refund).enforce()
    if not motif.strip():
        raise Refus("Dites pourquoi ce remboursement est abandonné.")
    refund.etat, refund.motif_abandon = Etat.ABANDONNE, motif.strip()
    refund.clos_par, refund.clos_le = acting.user, on or today()
    refund.save(update_fields=["etat", "motif_abandon", "clos_par", "clos_le"])
    record(
        acting,
        "ordre.remboursement_abandonne",
        excedent.ordre,
        motif=refund.motif_abandon,
        apres={"montant": refund.montant},
    )
    return refund


def _lock(excedent: Excedent) -> Excedent:
    rows = Excedent.objects.select_for_update(of=("self",))
    return rows.select_related("ordre__structure", "financeur__successeur").get(pk=excedent.pk)


def _account(excedent: Excedent) -> CoordonneesBancaires:
    active = CoordonneesBancaires.objects.filter(
        structure=excedent.structure_id, etat=CoordonneesBancaires.Etat.ACTIVE
    ).first()
    if active is None:
        raise Refus(
            "La structure n’a pas de coordonnées bancaires actives : demandez-les-lui et "
            "contrôlez-les avant de payer."
        )
    return active


def _require_funds(excedent: Excedent, montant: Decimal) -> None:
    """A département's money is paid within its funds only (convention, art. 3.1), and never with
    what the bank sent back and is still due to a structure."""
    if excedent.mandat_id is None:
        return
    left = funds_left([excedent.mandat_id])[excedent.mandat_id]
    if left < montant:
        raise Refus(
            f"Les fonds du département ne couvrent pas cette sortie : il reste {euros(left)}, "
            "virements rejetés à émettre de nouveau déduits. Attendez la réception de fonds."
        )


def _refund_entry(excedent: Excedent, montant: Decimal) -> ledger.Projet:
    return simple_entry(
        Evenement.EXCEDENT_REMBOURSE,
        piece_of(excedent.ordre),
        montant,
        f"{Evenement.EXCEDENT_REMBOURSE.label} – {excedent.ordre}",
        financeur_id=carrier(excedent.financeur).pk,
        mandat_id=excedent.mandat_id,
    )


def _save_once(refund: Remboursement) -> None:
    try:
        with transaction.atomic():
            refund.save()
    except IntegrityError as error:
        if "recoveries_refund_once" not in str(error):
            raise
        raise Refus(
            f"La référence bancaire « {refund.reference} » est déjà celle d’un autre "
            "remboursement : vérifiez-la."
        ) from None
