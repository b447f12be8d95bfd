"""What a département pays of its management fees, and the credit notes deducted from it.

Recorded by the agent comptable; a bank reference once. Called by the screens and, for a receipt
recorded by mistake, by the reversal of its entry.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record
from apps.payments.models import Ecriture, EncaissementFrais, FactureFrais
from apps.payments.permissions_frais import can_receive_fees
from apps.payments.services.frais import lock_facture, post_fees
from apps.payments.transitions_frais import next_state_of
from apps.rules.explanation import euros


@transaction.atomic
def record_receipt(
    acting: Membership,
    facture: FactureFrais,
    *,
    montant: Decimal,
    recu_le: date,
    reference_bancaire: str,
    on: date | None = None,
) -> EncaissementFrais:
    """Cash received for an issued invoice: whole or part of what is left, never more.

    A bank reference is recorded once, for whatever invoice; the invoice is settled when nothing
    is left.
    """
    facture = lock_facture(facture)
    can_receive_fees(acting, facture).enforce()
    next_state_of(facture, "encaisser")
    jour = on or today()
    reference = " ".join(reference_bancaire.split()).upper()
    _require_receipt(facture, montant, recu_le, reference, jour)
    try:
        with transaction.atomic():
            encaissement = EncaissementFrais.objects.create(
                facture=facture,
                reference_bancaire=reference,
                montant=montant,
                recu_le=recu_le,
                enregistre_par=acting.user,
                ecriture=post_fees(facture, Ecriture.Evenement.FRAIS_ENCAISSES, montant, jour),
            )
    except IntegrityError:
        raise Refus(
            f"La référence bancaire « {reference} » est déjà enregistrée : cet encaissement ne "
            "peut pas l’être une seconde fois."
        ) from None
    if montant == facture.reste:
        _settle(facture)
    record(
        acting,
        "frais.encaissee",
        facture,
        apres={"montant": montant, "recu_le": recu_le, "reference": reference},
    )
    return encaissement


@transaction.atomic
def deduct_credit(acting: Membership, avoir: FactureFrais, facture: FactureFrais) -> FactureFrais:
    """Deduct a credit note of adjustment from an issued invoice of the same mandate, whole.

    No entry: both stand in the same account of the same mandate.
    """
    # Always in the order of the keys: two acts at once wait for each other.
    locked = {
        row.pk: row for row in map(lock_facture, sorted((avoir, facture), key=lambda f: f.pk))
    }
    avoir, facture = locked[avoir.pk], locked[facture.pk]
    can_receive_fees(acting, avoir).enforce()
    if not avoir.is_avoir or avoir.annule_id:
        raise Refus("Seul un avoir d’ajustement s’impute sur une facture.")
    etat = next_state_of(avoir, "imputer")
    next_state_of(facture, "encaisser")
    if facture.is_avoir or facture.mandat_id != avoir.mandat_id:
        raise Refus("Un avoir s’impute sur une facture de la même convention de mandat.")
    reste = facture.reste
    if reste < -avoir.montant:
        raise Refus(
            f"Il reste {euros(reste)} à payer sur cette facture, moins que l’avoir "
            f"({euros(-avoir.montant)}) : imputez-le sur une facture plus élevée."
        )
    avoir.etat, avoir.impute_sur = etat, facture
    avoir.save(update_fields=["etat", "impute_sur"])
    if reste == -avoir.montant:
        _settle(facture)
    record(acting, "frais.imputee", avoir, apres={"facture": facture.reference})
    return facture


@transaction.atomic
def undo_receipt(acting: Membership, ecriture: Ecriture, motif: str, jour: date) -> None:
    """What the reversal of a FRAIS_ENCAISSES entry undoes: the receipt no longer counts.

    Called by the reversal (`services.extournes`), which enforces its own permission.
    """
    facture = lock_facture(ecriture.encaissement_frais.facture)
    encaissement = EncaissementFrais.objects.get(ecriture=ecriture)
    if encaissement.extourne_le:
        raise Refus(f"Cet encaissement a été extourné le {encaissement.extourne_le:%d/%m/%Y}.")
    facture.etat = next_state_of(facture, "reprendre")
    encaissement.extourne_le = jour
    encaissement.save(update_fields=["extourne_le"])
    facture.save(update_fields=["etat"])
    record(
        acting,
        "frais.encaissement_extourne",
        facture,
        motif=motif,
        apres={"montant": encaissement.montant, "reference": encaissement.reference_bancaire},
    )


def _require_receipt(
    facture: FactureFrais, montant: Decimal, recu_le: date, reference: str, jour: date
) -> None:
    faults = []
    reste = facture.reste
    if facture.is_avoir:
        raise Refus("Un avoir ne s’encaisse pas : imputez-le sur une facture.")
    if not reference:
        faults.append("Indiquez la référence bancaire de l’encaissement.")
    if montant <= 0:
        faults.append("Le montant reçu doit être supérieur à 0.")
    if montant > reste:
        faults.append(
            f"Le montant reçu ({euros(montant)}) dépasse ce qui reste à payer ({euros(reste)}) : "
            "vérifiez la facture que ce virement règle."
        )
    assert facture.emise_le is not None  # noqa: S101 - an issued invoice is dated (constraint)
    if not facture.emise_le <= recu_le <= jour:
        faults.append(
            f"La date de réception doit être comprise entre l’émission de la facture "
            f"({facture.emise_le:%d/%m/%Y}) et aujourd’hui ({jour:%d/%m/%Y})."
        )
    if faults:
        raise Refus(*faults)


def _settle(facture: FactureFrais) -> None:
    facture.etat = next_state_of(facture, "solder")
    facture.save(update_fields=["etat"])
