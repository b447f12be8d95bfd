"""Funds announced by a département, then received: notifications and receipts (spec 05 §3).

A receipt is recorded once, by its bank reference, whoever records it twice; it may pay a call in
part, in full, or beyond (the rest stays funds of the mandate). Called by the screens, and by the
reversal of an entry recorded by mistake.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from apps.accounts.models import Membership
from apps.conventions.models import ConventionMandat
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.services import next_number
from apps.journal.services import record
from apps.payments import ledger
from apps.payments.announcements_fonds import (
    announce_notice,
    announce_receipt,
    announce_reversal,
)
from apps.payments.models import AppelDeFonds, Ecriture, NotificationDeFonds, RecetteDeFonds
from apps.payments.permissions_fonds import (
    can_notify_funds,
    can_record_receipt,
    can_withdraw_notice,
)
from apps.payments.reglements import funds_left
from apps.payments.schemes import simple_entry
from apps.payments.services.appels import lock_call, lock_mandat
from apps.payments.transitions_fonds import next_state_of
from apps.rules.explanation import euros


@transaction.atomic
def notify_funds(
    acting: Membership,
    mandat: ConventionMandat,
    *,
    montant: Decimal,
    ordonnance_le: date,
    reference: str,
    appel: AppelDeFonds | None = None,
    on: date | None = None,
) -> NotificationDeFonds:
    """The département's décideur says that funds are ordered for the ASP (line 6 of a call).

    Refus for a payment order already announced, to come, or of a sum of 0 or below.
    """
    mandat = lock_mandat(mandat)
    day, reference = on or today(), reference.strip()
    can_notify_funds(acting, mandat, day).enforce()
    faults = []
    if montant <= 0:
        faults.append("Le montant notifié doit être supérieur à 0,00 €.")
    if ordonnance_le > day:
        faults.append("La date de l’ordonnancement ne peut pas être à venir.")
    if not reference:
        faults.append("Indiquez le numéro du mandat de paiement.")
    if mandat.notifications_fonds.filter(annulee_le__isnull=True, reference=reference).exists():
        faults.append(f"Le mandat de paiement {reference} est déjà notifié.")
    if faults:
        raise Refus(*faults)
    _require_awaited(mandat, appel)
    notification = NotificationDeFonds.objects.create(
        mandat=mandat,
        appel=appel,
        montant=montant,
        ordonnance_le=ordonnance_le,
        reference=reference,
        notifie_par=acting.user,
        notifie_le=day,
    )
    record(
        acting,
        "fonds.notifies",
        notification,
        apres={
            "montant": montant,
            "ordonnance_le": ordonnance_le,
            "reference": reference,
            "appel": appel.reference if appel else "",
        },
    )
    announce_notice(notification, day)
    return notification


@transaction.atomic
def withdraw_notice(
    acting: Membership,
    notification: NotificationDeFonds,
    *,
    motif: str,
    on: date | None = None,
) -> NotificationDeFonds:
    """Take back a notification made by mistake, as long as nothing was received for it."""
    if not motif.strip():
        raise Refus("Indiquez le motif du retrait.")
    lock_mandat(notification.mandat)
    rows = NotificationDeFonds.objects.select_for_update(of=("self",)).select_related("mandat")
    notification = rows.get(pk=notification.pk)
    day = on or today()
    can_withdraw_notice(acting, notification, day).enforce()
    notification.annulee_le, notification.motif_annulation = day, motif.strip()
    notification.save(update_fields=["annulee_le", "motif_annulation"])
    record(acting, "fonds.notification_retiree", notification, motif=motif)
    announce_notice(notification, notification.annulee_le)
    return notification


@transaction.atomic
def record_receipt(
    acting: Membership,
    mandat: ConventionMandat,
    *,
    montant: Decimal,
    recu_le: date,
    reference_bancaire: str,
    appel: AppelDeFonds | None = None,
    notification: NotificationDeFonds | None = None,
    on: date | None = None,
) -> RecetteDeFonds:
    """Record funds that came on the Treasury account, in the ledger on the day they came.

    `notification`: that of the call when it is not given. Refus when this line of the account
    statement is already recorded, or when the month of `recu_le` is locked.
    """
    can_record_receipt(acting).enforce()
    mandat = lock_mandat(mandat)
    day, reference = on or today(), reference_bancaire.strip()
    _require_sound(montant, recu_le, reference, day)
    if notification is not None:
        _require_standing(mandat, notification)
        appel = appel or notification.appel
    if appel is not None:
        appel = lock_call(appel)
        _require_awaited(mandat, appel)
    recette = RecetteDeFonds(
        numero=next_number("recette_fonds"),
        mandat=mandat,
        appel=appel,
        notification=notification or _notice_of(appel),
        montant=montant,
        recu_le=recu_le,
        reference_bancaire=reference,
        enregistre_par=acting.user,
        enregistre_le=day,
    )
    _save_and_post(recette)
    if appel is not None:
        _cash(appel, montant)
    record(
        acting,
        "fonds.recus",
        recette,
        apres={
            "montant": montant,
            "recu_le": recu_le,
            "reference_bancaire": reference,
            "appel": appel.reference if appel else "",
        },
    )
    announce_receipt(recette, day)
    return recette


def reverse_receipt(acting: Membership, ecriture: Ecriture, motif: str, day: date) -> None:
    """Step of the reversal of a FONDS_RECUS entry: its receipt no longer stands.

    Refus when the funds have already paid something: the treasury would fall below 0.
    """
    numero = ecriture.reference.removeprefix("RF-")
    recettes = RecetteDeFonds.objects.select_related("mandat__financeur", "appel__mandat")
    found = recettes.filter(numero=numero).first() if numero.isdigit() else None
    if found is None:
        raise Refus("Cette écriture ne repose sur aucune recette de fonds enregistrée.")
    mandat = lock_mandat(found.mandat)
    appel = lock_call(found.appel) if found.appel else None
    recette = RecetteDeFonds.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if recette.annulee_le:
        raise Refus("Cette recette de fonds est déjà annulée.")
    left = funds_left([mandat.pk])[mandat.pk]
    if left < recette.montant:
        raise Refus(
            f"Ces fonds ont déjà servi : la trésorerie du mandat est de {euros(left)}, virements "
            f"rejetés à émettre de nouveau déduits, pour une recette de {euros(recette.montant)}. "
            "Enregistrez d’abord la recette exacte."
        )
    recette.annulee_le, recette.motif_annulation = day, motif
    recette.save(update_fields=["annulee_le", "motif_annulation"])
    if appel is not None:
        _cash(appel, -recette.montant)
    record(
        acting,
        "fonds.recette_annulee",
        recette,
        motif=motif,
        avant={"montant": recette.montant},
    )
    recette.mandat = mandat
    announce_reversal(recette, day)


def _save_and_post(recette: RecetteDeFonds) -> None:
    """Keep a receipt and enter it in the ledger on the day it came; Refus when it is known."""
    try:
        with transaction.atomic():
            recette.save()
    except IntegrityError as taken:
        raise _already_recorded(recette.reference_bancaire) from taken
    mandat = recette.mandat
    entry = simple_entry(
        Ecriture.Evenement.FONDS_RECUS,
        ledger.Piece(reference=recette.reference),
        recette.montant,
        f"Fonds reçus – {mandat.reference} – {recette.reference_bancaire}",
        financeur_id=mandat.financeur_id,
        mandat_id=mandat.pk,
    )
    ledger.post([entry], recette.recu_le)


def _cash(appel: AppelDeFonds, montant: Decimal) -> None:
    """Count a receipt on a call (below 0: its reversal), and the state that follows from it."""
    encaisse = appel.encaisse + montant
    if montant > 0:
        event = "encaisser" if encaisse >= appel.montant else "encaisser_en_partie"
    elif encaisse >= appel.montant:
        event = "encaisser"
    else:
        event = "reprendre_en_partie" if encaisse else "reprendre"
    appel.etat = next_state_of(appel, event)
    appel.encaisse = encaisse
    appel.save(update_fields=["etat", "encaisse"])


def _notice_of(appel: AppelDeFonds | None) -> NotificationDeFonds | None:
    """The oldest notification made for a call and of which nothing has come yet."""
    if appel is None:
        return None
    received = RecetteDeFonds.objects.standing().filter(notification=OuterRef("pk"))
    awaited = appel.notifications.filter(~Exists(received), annulee_le__isnull=True)
    return awaited.order_by("ordonnance_le", "pk").first()


def _require_sound(montant: Decimal, recu_le: date, reference: str, day: date) -> None:
    faults = []
    if montant <= 0:
        faults.append("Le montant reçu doit être supérieur à 0,00 €.")
    if recu_le > day:
        faults.append("La date de réception ne peut pas être à venir.")
    if not reference:
        faults.append("Indiquez la référence de l’opération sur le relevé du compte au Trésor.")
    if faults:
        raise Refus(*faults)
    if RecetteDeFonds.objects.standing().filter(reference_bancaire=reference).exists():
        raise _already_recorded(reference)


def _already_recorded(reference: str) -> Refus:
    standing = RecetteDeFonds.objects.standing().filter(reference_bancaire=reference)
    first = standing.select_related("mandat").first()
    if first is None:  # the other connection has not committed yet
        return Refus(f"L’opération {reference} du relevé est déjà enregistrée.")
    return Refus(
        f"L’opération {reference} du relevé est déjà enregistrée : recette n° {first.numero} de "
        f"{euros(first.montant)}, reçue le {first.recu_le:%d/%m/%Y} ({first.mandat})."
    )


def _require_standing(mandat: ConventionMandat, notification: NotificationDeFonds) -> None:
    if notification.mandat_id != mandat.pk or notification.annulee_le is not None:
        raise Refus(
            f"La notification {notification.reference} est retirée, ou celle d’une autre "
            "convention : choisissez-en une autre."
        )


def _require_awaited(mandat: ConventionMandat, appel: AppelDeFonds | None) -> None:
    if appel is None:
        return
    if appel.mandat_id != mandat.pk:
        raise Refus(f"L’appel de fonds n° {appel.numero} est celui d’une autre convention.")
    if appel.etat not in AppelDeFonds.EMIS:
        raise Refus(
            f"L’appel de fonds n° {appel.numero} est à l’état « {appel.get_etat_display()} » : "
            "choisissez un appel émis."
        )
