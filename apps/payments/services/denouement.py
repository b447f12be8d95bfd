"""End of a run: every transfer is confirmed or rejected (spec 05 §1).

Banks confirm few transfers one by one: without a rejection after JOURS_SANS_RETOUR banking days,
what is left is taken as paid. A rejection that comes later still applies.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max, Sum
from django.utils import timezone

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record
from apps.payments.announcements import announce_stage
from apps.payments.models import Campagne, Virement
from apps.payments.permissions_banque import can_settle
from apps.payments.services.workflow import lock
from apps.payments.transitions import next_state_of
from apps.rules.calendrier import banking_days_after


@dataclass(frozen=True, slots=True)
class Attendus:
    """Transfers that the bank has not answered; `depuis` when they may be taken as paid."""

    nombre: int
    depuis: date | None


def awaited_of(campagne: Campagne) -> Attendus:
    """One query."""
    waiting = campagne.virements.filter(etat=Virement.Etat.EMIS)
    last = waiting.aggregate(dernier=Max("emis_le"))["dernier"]
    if last is None:
        return Attendus(0, None)
    return Attendus(waiting.count(), banking_days_after(last, settings.JOURS_SANS_RETOUR))


def answers_of(campagne: Campagne) -> list[tuple[str, int, Decimal]]:
    """What the bank has said of the transfers of a run: state, how many, euros. One query."""
    rows = campagne.virements.order_by().values_list("etat").annotate(Count("pk"), Sum("montant"))
    found = {etat: (count, amount) for etat, count, amount in rows}
    return [(etat.label, *found[etat]) for etat in Virement.Etat if etat in found]


@transaction.atomic
def settle_campagne(acting: Membership, campagne: Campagne, *, on: date | None = None) -> Campagne:
    """EXECUTEE → DENOUEE; once settled, does nothing more.

    Refus, with the day from which it will be possible, while transfers wait for an answer.
    """
    campagne = lock(campagne)
    can_settle(acting, campagne).enforce()
    if campagne.etat == Campagne.Etat.DENOUEE:
        return campagne
    campagne.etat = next_state_of(campagne, "denouer")
    jour = on or today()
    taken = _take_as_paid(campagne, jour)
    campagne.denoue_par, campagne.denoue_le = acting.user, timezone.now()
    campagne.save(update_fields=["etat", "denoue_par", "denoue_le"])
    motif = (
        f"Sans retour de rejet après {settings.JOURS_SANS_RETOUR} jours ouvrés : "
        f"{taken} virement{'s' if taken > 1 else ''}."
    )
    record(
        acting,
        "campagne.denouee",
        campagne,
        motif=motif if taken else "",
        avant={"etat": Campagne.Etat.EXECUTEE},
        apres={"etat": campagne.etat, "jour": jour, **_counts(campagne)},
    )
    announce_stage(campagne)
    return campagne


def _take_as_paid(campagne: Campagne, jour: date) -> int:
    """Confirm what the bank has not rejected in time; returns how many. Refus before that day."""
    awaited = awaited_of(campagne)
    if awaited.depuis is not None and jour < awaited.depuis:
        raise Refus(
            f"Virements sans réponse de la banque : {awaited.nombre}. Importez ses retours, ou "
            f"attendez le {awaited.depuis:%d/%m/%Y} : {settings.JOURS_SANS_RETOUR} jours ouvrés "
            "sans rejet vaudront alors confirmation."
        )
    return campagne.virements.filter(etat=Virement.Etat.EMIS).update(
        etat=Virement.Etat.CONFIRME, denoue_le=jour
    )


def _counts(campagne: Campagne) -> dict[str, int]:
    states = list(campagne.virements.values_list("etat", flat=True))
    return {
        "confirmes": states.count(Virement.Etat.CONFIRME),
        "rejetes": states.count(Virement.Etat.REJETE),
    }
