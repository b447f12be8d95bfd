"""Executing a run: lines paid, ledger posted, notices, recovery orders (spec 05 §1-2).

One transaction: whatever fails, nothing was paid. Figures and payee accounts are those approved;
they are re-summed, not computed again. Executing twice is executing once.
Called by the task `payments.execute`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from apps.accounts.models import Membership
from apps.annexes.models import AnnexeFinanciere
from apps.conventions.models import ConventionMandat
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.services import next_numbers
from apps.journal.services import record
from apps.payments import ledger
from apps.payments.announcements import announce_execution, announce_stage
from apps.payments.gate import account_faults, arithmetic_faults, blocked_faults
from apps.payments.holds import situation_of
from apps.payments.models import (
    AvisDePaiement,
    Campagne,
    Deduction,
    Mouvement,
    PartEnAttente,
    Versement,
    Virement,
)
from apps.payments.permissions import can_execute
from apps.payments.reglements import (
    SHORTAGE_STEPS,
    paid_now,
    proposed_transfers,
    shortages,
    sums_returned,
    waiting_everywhere,
    waiting_of,
)
from apps.payments.schemes import payment_entries, reemission_entries, release_entries
from apps.payments.services.preparation import figures_of
from apps.payments.services.virements import write_transfer_file
from apps.payments.services.workflow import lock, refuse_faults
from apps.payments.transitions import next_state_of
from apps.rules.explanation import euros

# Higher applications hold the rows that they will write before the ledger is held: whoever else
# posts about them takes them first, then the ledger. None waits for the other in a circle.
LOCK_STEPS: list[Callable[[Campagne], object]] = []
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
    jour = on or today()
    refuse_faults(
        arithmetic_faults(campagne) + account_faults(campagne) + blocked_faults(campagne, jour)
    )
    for lock_rows in LOCK_STEPS:
        lock_rows(campagne)
    _pay(campagne, jour)
    campagne.execute_par = acting.user
    campagne.execute_le = timezone.now()
    campagne.save(update_fields=["etat", "execute_par", "execute_le"])
    write_transfer_file(campagne, acting, jour)
    for step in EXECUTION_STEPS:
        step(campagne, acting, jour)
    _call_for_funds(campagne)
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


@dataclass(frozen=True, slots=True)
class _Reglement:
    """What is about to be paid: lines, transfers, parts that wait or are released, set-offs."""

    lines: list[Versement]
    virements: list[Virement]
    attentes: dict[int, PartEnAttente]
    liberees: list[PartEnAttente]
    deductions: dict[int, list[Deduction]]
    renvois: dict[int, list[Mouvement]]

    @classmethod
    def of(cls, campagne: Campagne) -> _Reglement:
        lines = list(campagne.versements.proposed().defer("calcul").order_by("pk"))
        for line in lines:
            line.campagne = campagne
        deductions: dict[int, list[Deduction]] = defaultdict(list)
        for deduction in Deduction.objects.filter(versement__in=campagne.versements.proposed()):
            deductions[deduction.versement_id].append(deduction)
        virements = list(
            proposed_transfers(campagne).order_by("annexe__numero", "annexe__renouvellement", "pk")
        )
        released = campagne.liberations.select_related("versement").defer("versement__calcul")
        return cls(
            lines,
            virements,
            {part.versement_id: part for part in waiting_of(campagne)},
            list(released.order_by("pk")),
            dict(deductions),
            sums_returned(v.remplace for v in virements if v.remplace),
        )

    @property
    def mandats(self) -> set[int]:
        """Mandates whose funds may move, or from which more may be called."""
        movements = [movement for rows in self.renvois.values() for movement in rows]
        deductions = [deduction for rows in self.deductions.values() for deduction in rows]
        rows = [*self.lines, *self.liberees, *movements, *deductions, *waiting_everywhere()]
        return {row.mandat_id for row in rows if row.mandat_id is not None}


def _pay(campagne: Campagne, jour: date) -> None:
    """Lines executed, transfers sent, parts released, entries, notices: a fixed number of queries.

    The mandates are held until the end, so that two payments never use the same funds.
    """
    etat = situation_of([], [], jour).etat
    if etat is None:
        raise Refus("Le financeur « État » n’est pas enregistré : créez-le avant d’exécuter.")
    reglement = _Reglement.of(campagne)
    mandats = _lock(reglement.mandats)
    campagne.versements.proposed().update(statut=Versement.Statut.EXECUTE, execute_le=jour)
    _send(campagne, reglement.virements, jour)
    ledger.post(list(_entries(campagne, reglement, etat.pk)), jour)
    _refuse_overdraft(mandats)
    _refuse_other_transfers(campagne)
    campagne.liberations.update(liberee_le=jour)
    _write_notices(campagne)


def _lock(mandat_ids: set[int]) -> dict[int, ConventionMandat]:
    mandats = ConventionMandat.objects.select_for_update(of=("self",), no_key=True)
    return {m.pk: m for m in mandats.filter(pk__in=mandat_ids).order_by("pk")}


def _send(campagne: Campagne, virements: list[Virement], jour: date) -> None:
    """Each transfer gets the reference that the bank will send back."""
    for rank, virement in enumerate(virements, start=1):
        virement.reference = f"IAE-{campagne.numero:06d}-{rank:06d}"
        virement.etat = Virement.Etat.EMIS
        virement.emis_le = jour
    Virement.objects.bulk_update(
        virements, ["reference", "etat", "emis_le"], batch_size=ledger.BATCH
    )


def _entries(campagne: Campagne, reglement: _Reglement, etat_id: int) -> Iterator[ledger.Projet]:
    """Entries of the run in the order of its lines, then of the releases and of what is resent."""
    sent = {v.annexe_id: v for v in reglement.virements if v.remplace_id is None}
    for line in reglement.lines:
        yield from payment_entries(
            line,
            etat_id,
            attente=reglement.attentes.get(line.pk),
            deductions=reglement.deductions.get(line.pk, ()),
            virement=sent.get(line.annexe_id),
        )
    for part in reglement.liberees:
        virement = sent.get(part.versement.annexe_id)
        yield from release_entries(part, etat_id, campagne, virement)
    for virement in reglement.virements:
        if virement.remplace_id is not None:
            yield from reemission_entries(virement, reglement.renvois[virement.remplace_id])


def _refuse_overdraft(mandats: dict[int, ConventionMandat]) -> None:
    """Payment only within the sums received (convention art. 3.1), judged again on the accounts."""
    short = {pk: left for pk, left in ledger.treasury(mandats).items() if left < 0}
    if short:
        raise Refus(
            *(
                f"{mandats[pk]} : il manque {euros(-left)} de fonds pour exécuter la campagne. "
                "Abandonnez-la et préparez-la de nouveau : ce qui ne peut pas être payé attendra."
                for pk, left in sorted(short.items())
            )
        )


def _refuse_other_transfers(campagne: Campagne) -> None:
    """What the bank is asked is what the accounts say, transfer by transfer."""
    paid = (
        Mouvement.objects.filter(ecriture__campagne=campagne, compte=ledger.TRESOR)
        .filter(ecriture__virement__isnull=False)
        .order_by()
        .values_list("ecriture__virement")
        .annotate(Sum("debit"), Sum("credit"))
    )
    entered = {virement: credit - debit for virement, debit, credit in paid}
    if entered != dict(campagne.virements.values_list("pk", "montant")):
        raise Refus(
            "Les écritures ne font pas le montant de chaque virement : rien n’est payé. "
            "Signalez-le à l’assistance."
        )


def _call_for_funds(campagne: Campagne) -> None:
    """Tell what is missing to pay what waits, so that it may be called from the départements."""
    missing = shortages()
    for step in SHORTAGE_STEPS if missing else ():
        step(campagne, missing)


def _write_notices(campagne: Campagne) -> None:
    """One notice per annex of the run, numbered without gaps in the order of the annexes: what is
    paid now, and by whom."""
    paid = paid_now(campagne)
    annexes = AnnexeFinanciere.objects.filter(pk__in=paid).order_by("numero", "renouvellement")
    numbers = next_numbers("avis", len(paid)) if paid else range(0)
    AvisDePaiement.objects.bulk_create(
        [
            AvisDePaiement(
                numero=numero,
                campagne=campagne,
                annexe=annexe,
                montant=sum(paid[annexe.pk]),
                part_etat=paid[annexe.pk][0],
                part_cd=paid[annexe.pk][1],
            )
            for numero, annexe in zip(numbers, annexes, strict=True)
        ],
        batch_size=ledger.BATCH,
    )
