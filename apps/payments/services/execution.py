"""Executing a run: lines paid, ledger posted, notices, recovery orders (spec 05 §1-2).

One transaction: whatever fails, nothing was paid. Figures and payee accounts are those approved;
they are re-summed, not computed again. Executing twice is executing once.
Called by the task `payments.execute`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.services import next_numbers
from apps.journal.services import record
from apps.payments import ledger
from apps.payments.announcements import announce_execution, announce_stage
from apps.payments.gate import account_faults, arithmetic_faults
from apps.payments.holds import situation_of
from apps.payments.models import AvisDePaiement, Campagne, Versement
from apps.payments.permissions import can_execute
from apps.payments.schemes import payment_entries
from apps.payments.services.preparation import figures_of
from apps.payments.services.workflow import lock, refuse_faults
from apps.payments.transitions import next_state_of

# Higher applications add what an execution brings about (recovery orders): see their AppConfig.
EXECUTION_STEPS: list[Callable[[Campagne, Membership, date], object]] = []


@transaction.atomic
def execute_campagne(acting: Membership, campagne: Campagne, *, on: date | None = None) -> Campagne:
    """VISEE → EXECUTEE on the day `on` (today by default); once executed, does nothing more.

    Raises Refus when the run is not signed or when its lines no longer add up.
    """
    campagne = lock(campagne)
    can_execute(acting, campagne).enforce()
    if campagne.etat in Campagne.ETATS_EXECUTES:
        return campagne
    campagne.etat = next_state_of(campagne, "executer")
    refuse_faults(arithmetic_faults(campagne) + account_faults(campagne))
    jour = on or today()
    _pay(campagne, jour)
    campagne.execute_par = acting.user
    campagne.execute_le = timezone.now()
    campagne.save(update_fields=["etat", "execute_par", "execute_le"])
    for step in EXECUTION_STEPS:
        step(campagne, acting, jour)
    record(
        acting,
        "campagne.executee",
        campagne,
        avant={"etat": Campagne.Etat.VISEE},
        apres={"etat": campagne.etat, "jour": jour, **figures_of(campagne)},
    )
    announce_stage(campagne)
    announce_execution(campagne, jour)
    return campagne


def _pay(campagne: Campagne, jour: date) -> None:
    """Lines executed, entries, notices: a fixed number of queries."""
    etat = situation_of([], [], jour).etat
    if etat is None:
        raise Refus("Le financeur « État » n’est pas enregistré : créez-le avant d’exécuter.")
    lines = list(campagne.versements.proposed().defer("calcul").order_by("pk"))
    campagne.versements.proposed().update(statut=Versement.Statut.EXECUTE, execute_le=jour)
    for line in lines:
        line.campagne = campagne
    ledger.post([e for line in lines for e in payment_entries(line, etat.pk)], jour)
    _write_notices(campagne)


def _write_notices(campagne: Campagne) -> None:
    """One notice per annex paid by the run, numbered without gaps in the order of the annexes."""
    rows = list(
        campagne.versements.executed()
        .values_list("annexe")
        .annotate(montant=Sum("montant"), etat=Sum("part_etat"), cd=Sum("part_cd"))
        .order_by("annexe__numero", "annexe__renouvellement")
    )
    numbers = next_numbers("avis", len(rows)) if rows else range(0)
    AvisDePaiement.objects.bulk_create(
        [
            AvisDePaiement(
                numero=numero,
                campagne=campagne,
                annexe_id=annexe,
                montant=montant,
                part_etat=part_etat,
                part_cd=part_cd,
            )
            for numero, (annexe, montant, part_etat, part_cd) in zip(numbers, rows, strict=True)
        ],
        batch_size=ledger.BATCH,
    )
