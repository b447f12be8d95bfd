"""Cash on an order (spec 05 §5): part, whole, or more by a decision; a wrong entry is cancelled.

The order is paid off by itself when nothing is left. Called by the screens of an order, and by
the collective procedures for their dividends.
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
from apps.payments.models import Ecriture
from apps.recoveries.ecritures import Evenement, entry_of, side_of
from apps.recoveries.models import Encaissement, Excedent, OrdreDeRecouvrer
from apps.recoveries.permissions import can_cash
from apps.recoveries.services.ordres import end_if_paid, lock, tell_debtor
from apps.rules.explanation import euros
from apps.rules.money import ZERO

Mode = Encaissement.Mode


@transaction.atomic
def record_cash(
    acting: Membership,
    ordre: OrdreDeRecouvrer,
    *,
    montant: Decimal,
    recu_le: date,
    reference: str,
    mode: str = Mode.VIREMENT,
    conserver: bool = False,
    motif: str = "",
    on: date | None = None,
) -> Encaissement:
    """Record money received by the bank under its reference; posted on the day `on`.

    What exceeds the debt is refused, or kept as a surplus when `conserver` says so with its
    `motif`. Raises Refus, having written nothing, for a line of the bank recorded already.
    """
    day = on or today()
    ordre = lock(ordre)
    can_cash(acting, ordre).enforce()
    reference = " ".join(reference.split())
    _refuse_slips(ordre, montant, recu_le, reference, mode, day)
    taken = min(montant, ordre.reste) if ordre.etat in OrdreDeRecouvrer.OUVERTS else ZERO
    surplus = montant - taken
    if surplus and not (conserver and motif.strip()):
        raise Refus(_too_much(ordre, taken, surplus))
    posted = _post(ordre, taken, surplus, day)
    excedent = None
    if surplus:
        excedent = create_surplus(
            ordre,
            surplus,
            Excedent.Origine.ENCAISSEMENT,
            posted[-1],
            day,
            motif=motif.strip(),
            acting=acting,
        )
    received = Encaissement(
        ordre=ordre,
        mode=mode,
        montant=taken,
        recu_le=recu_le,
        reference=reference,
        excedent_ne=excedent,
        saisi_par=acting.user,
        saisi_le=day,
        ecriture=posted[0] if taken else None,
    )
    _save_once(received)
    ordre.recouvre += taken
    end_if_paid(acting, ordre, day)
    _record(acting, ordre, received)
    _tell(ordre, received, surplus, day)
    return received


def create_surplus(
    ordre: OrdreDeRecouvrer,
    montant: Decimal,
    origine: str,
    ecriture: Ecriture,
    on: date,
    *,
    motif: str = "",
    acting: Membership | None = None,
) -> Excedent:
    """What the structure has paid beyond its debt; posted already by `ecriture`."""
    financeur, mandat = side_of(ordre)
    excedent = Excedent.objects.create(
        ordre=ordre,
        structure_id=ordre.structure_id,
        financeur_id=financeur,
        mandat_id=mandat,
        origine=origine,
        motif=motif,
        montant=montant,
        ne_le=on,
        decide_par=acting.user if acting else None,
        ecriture=ecriture,
    )
    record(acting, "ordre.excedent", ordre, motif=motif, apres={"excedent": montant})
    return excedent


def _refuse_slips(
    ordre: OrdreDeRecouvrer,
    montant: Decimal,
    recu_le: date,
    reference: str,
    mode: str,
    day: date,
) -> None:
    if mode not in Encaissement.BANQUE:
        raise Refus("Choisissez le mode de paiement : virement, chèque, saisie ou dividende.")
    if montant <= 0:
        raise Refus("Saisissez le montant reçu, supérieur à 0,00 €.")
    if recu_le > day:
        raise Refus("La date de réception ne peut pas être dans l’avenir : corrigez-la.")
    if recu_le < ordre.emis_le:
        raise Refus(
            f"La date de réception précède l’émission de l’ordre, le {ordre.emis_le:%d/%m/%Y} : "
            "vérifiez l’ordre et la date."
        )
    if not reference:
        raise Refus("Saisissez la référence de l’opération sur le relevé bancaire.")
    known = Encaissement.objects.filter(
        reference=reference, mode__in=Encaissement.BANQUE, annule_le__isnull=True
    )
    if other := known.select_related("ordre").first():
        raise Refus(_already(other))


def _already(other: Encaissement) -> str:
    return (
        f"L’opération bancaire « {other.reference} » est déjà enregistrée sur l’ordre "
        f"n° {other.ordre.numero}, le {other.saisi_le:%d/%m/%Y} : vérifiez la référence."
    )


def _too_much(ordre: OrdreDeRecouvrer, taken: Decimal, surplus: Decimal) -> str:
    if not taken:
        return (
            f"Plus rien n’est à payer sur l’ordre n° {ordre.numero}, à l’état "
            f"« {ordre.get_etat_display()} » : décidez de conserver l’excédent de "
            f"{euros(surplus)}, avec son motif, ou vérifiez l’ordre."
        )
    return (
        f"Il ne reste que {euros(taken)} à payer sur l’ordre n° {ordre.numero} : corrigez le "
        f"montant, ou décidez de conserver l’excédent de {euros(surplus)}, avec son motif."
    )


def _post(ordre: OrdreDeRecouvrer, taken: Decimal, surplus: Decimal, on: date) -> list[Ecriture]:
    entries = [
        entry_of(ordre, event, amount)
        for event, amount in ((Evenement.ENCAISSEMENT, taken), (Evenement.EXCEDENT, surplus))
        if amount
    ]
    return ledger.post(entries, on)


def _save_once(received: Encaissement) -> None:
    """Two connections recording the same line of the bank: the second is refused in words."""
    try:
        with transaction.atomic():
            received.save()
    except IntegrityError as error:
        if "recoveries_bank_line_once" not in str(error):
            raise
        raise Refus(
            f"L’opération bancaire « {received.reference} » vient d’être enregistrée par une "
            "autre personne : vérifiez la référence."
        ) from None


def _record(acting: Membership, ordre: OrdreDeRecouvrer, received: Encaissement) -> None:
    record(
        acting,
        "ordre.encaisse",
        ordre,
        apres={
            "montant": received.montant,
            "mode": received.get_mode_display(),
            "recu_le": received.recu_le,
            "reference": received.reference,
            "reste": ordre.reste,
            "etat": ordre.etat,
        },
    )


def _tell(ordre: OrdreDeRecouvrer, received: Encaissement, surplus: Decimal, on: date) -> None:
    left = f"Il reste {euros(ordre.reste)} à payer." if ordre.reste else "Rien ne reste à payer."
    text = (
        f"Votre paiement de {euros(received.montant + surplus)} est enregistré sur l’ordre de "
        f"recouvrer n° {ordre.numero}. {left}"
    )
    if surplus:
        text += f" Un excédent de {euros(surplus)} est conservé à votre crédit."
    tell_debtor(ordre, "Paiement enregistré", text, on)
