"""What was done to recover each order: reminders, formal notices, pursuit, delays, what followed.

Convention de mandat, art. 11. Read for many orders at once, eight queries, as known on a day: an
act of later is not told. Called by `creances`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from apps.recoveries.models import (
    ActeDeRecouvrement,
    Contestation,
    DeclarationCreance,
    DemandeRemise,
    Extinction,
    LigneNonValeur,
    OrdreDeRecouvrer,
    PlanDePaiement,
    ProcedureCollective,
)
from apps.rules.explanation import euros

Acte = ActeDeRecouvrement.Nature
Plan = PlanDePaiement.Etat
# What the last act makes of the order; before any of them it is only issued.
AVANCEMENTS = {
    Acte.FORCE: OrdreDeRecouvrer.Etat.FORCE,
    Acte.MISE_EN_DEMEURE: OrdreDeRecouvrer.Etat.MIS_EN_DEMEURE,
    Acte.RELANCE: OrdreDeRecouvrer.Etat.RELANCE,
    Acte.NOTIFICATION: OrdreDeRecouvrer.Etat.NOTIFIE,
}


@dataclass(slots=True)
class Diligences:
    """Of one order: the last day of each act, last day to pay, delays granted, what followed."""

    actes: dict[str, date] = field(default_factory=dict)
    echeance: date | None = None
    plans: list[str] = field(default_factory=list)
    faits: list[str] = field(default_factory=list)

    @property
    def avancement(self) -> str:
        """The phase reached on the day, in words."""
        reached = (etat for acte, etat in AVANCEMENTS.items() if acte in self.actes)
        return str(next(reached, OrdreDeRecouvrer.Etat.EMIS).label)

    @property
    def delais(self) -> str:
        return " ".join(self.plans)

    @property
    def suites(self) -> str:
        return " ".join(self.faits)


def diligences_of(orders: Sequence[OrdreDeRecouvrer], on: date) -> dict[int, Diligences]:
    """Per order, every order given being there."""
    found: dict[int, Diligences] = {order.pk: Diligences() for order in orders}
    for order in orders:
        if order.notifie_le and order.notifie_le <= on:
            found[order.pk].actes[Acte.NOTIFICATION] = order.notifie_le
            found[order.pk].echeance = order.echeance
    acts = ActeDeRecouvrement.objects.filter(ordre__in=found, jour__lte=on).order_by("jour", "pk")
    for act in acts:
        found[act.ordre_id].actes[act.nature] = act.jour
        found[act.ordre_id].echeance = act.echeance or found[act.ordre_id].echeance
    for plan in PlanDePaiement.objects.filter(ordre__in=found, demande_le__lte=on).order_by(
        "ordre", "version"
    ):
        found[plan.ordre_id].plans.append(_plan(plan, on))
    for order_id, fact in (*_disputes(found, on), *_given_up(found, on), *_procedures(orders, on)):
        found[order_id].faits.append(fact)
    return found


def _plan(plan: PlanDePaiement, on: date) -> str:
    asked = f"Délais demandés le {plan.demande_le:%d/%m/%Y}"
    if plan.decide_le is None or plan.decide_le > on:
        return f"{asked}, à décider."
    if plan.etat == Plan.REFUSE:
        return f"{asked}, refusés le {plan.decide_le:%d/%m/%Y}."
    granted = f"Délais accordés le {plan.decide_le:%d/%m/%Y} en {plan.nombre} échéances"
    if plan.fin_le and plan.fin_le <= on:
        return f"{granted}, plan {plan.get_etat_display().lower()} le {plan.fin_le:%d/%m/%Y}."
    return f"{granted}."


def _disputes(ids: Iterable[int], on: date) -> list[tuple[int, str]]:
    """Disputes, then requests of remission."""
    facts = []
    for row in Contestation.objects.filter(ordre__in=ids, deposee_le__lte=on).order_by("pk"):
        told = f"Contesté le {row.deposee_le:%d/%m/%Y}"
        if row.decidee_le and row.decidee_le <= on:
            told += f" : contestation {row.get_etat_display().lower()} le {row.decidee_le:%d/%m/%Y}"
        elif row.suspension_le and row.suspension_le <= on:
            told += f", poursuites suspendues le {row.suspension_le:%d/%m/%Y}"
        facts.append((row.ordre_id, f"{told}."))
    for row in DemandeRemise.objects.filter(ordre__in=ids, demandee_le__lte=on).order_by("pk"):
        told = f"Remise demandée le {row.demandee_le:%d/%m/%Y}"
        if row.decidee_le and row.decidee_le <= on:
            tacit = " (acceptation tacite)" if row.tacite else ""
            told += f", {row.get_etat_display().lower()} le {row.decidee_le:%d/%m/%Y}{tacit}"
        facts.append((row.ordre_id, f"{told}."))
    return facts


def _given_up(ids: Iterable[int], on: date) -> list[tuple[int, str]]:
    """Lists of bad debts submitted to the funder, then debts said to be extinguished."""
    facts = []
    lines = LigneNonValeur.objects.filter(ordre__in=ids, liste__soumise_le__lte=on).select_related(
        "liste"
    )
    for row in lines.order_by("pk"):
        told = f"Présenté en non-valeur le {row.liste.soumise_le:%d/%m/%Y}"
        if row.decidee_le and row.decidee_le <= on:
            tacit = " (acceptation tacite)" if row.tacite else ""
            told += f" : {row.get_decision_display().lower()} le {row.decidee_le:%d/%m/%Y}{tacit}"
        facts.append((row.ordre_id, f"{told} ({row.get_motif_display().lower()})."))
    for row in Extinction.objects.filter(ordre__in=ids, proposee_le__lte=on).order_by("pk"):
        told = f"Extinction proposée le {row.proposee_le:%d/%m/%Y}"
        if row.decidee_le and row.decidee_le <= on:
            told = f"Extinction {row.get_etat_display().lower()} le {row.decidee_le:%d/%m/%Y}"
        facts.append((row.ordre_id, f"{told} ({row.get_motif_display().lower()})."))
    return facts


def _procedures(orders: Sequence[OrdreDeRecouvrer], on: date) -> list[tuple[int, str]]:
    """Collective procedures of the debtors, open on the day or closed since the order."""
    by_structure: dict[int, list[OrdreDeRecouvrer]] = defaultdict(list)
    for order in orders:
        by_structure[order.structure_id].append(order)
    declared = {
        (row.procedure_id, row.ordre_id): row
        for row in DeclarationCreance.objects.filter(
            ordre__in=[order.pk for order in orders], declaree_le__lte=on
        )
    }
    rows = ProcedureCollective.objects.filter(
        Q(jugement_le__lte=on), structure__in=by_structure
    ).order_by("pk")
    facts = []
    for row in rows:
        for order in by_structure[row.structure_id]:
            if row.close_le and row.close_le < order.emis_le:
                continue
            told = f"{row.get_nature_display()}, jugement du {row.jugement_le:%d/%m/%Y}"
            if claim := declared.get((row.pk, order.pk)):
                told += (
                    f", créance de {euros(claim.montant)} déclarée le {claim.declaree_le:%d/%m/%Y}"
                )
            if row.close_le and row.close_le <= on:
                told += f", procédure close le {row.close_le:%d/%m/%Y}"
            facts.append((order.pk, f"{told}."))
    return facts
