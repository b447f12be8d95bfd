"""What suspends the pursuit of an order: nothing is claimed nor set off meanwhile (spec 05 §5).

A plan respected, a dispute with a written order of the ordonnateur, a collective procedure. Read
by the acts, the night job, the set-offs and the screens; the phase of the order does not change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

from apps.recoveries.models import (
    Contestation,
    OrdreDeRecouvrer,
    PlanDePaiement,
    ProcedureCollective,
)


@dataclass(frozen=True, slots=True)
class Suspension:
    """Why an order is not pursued, in words, and since when."""

    texte: str
    depuis: date


# Suspensions per order, of the orders given: one query each.
Source = Callable[[Collection[int], date], dict[int, list[Suspension]]]


def suspensions_of(ordre: OrdreDeRecouvrer, on: date) -> list[Suspension]:
    """Everything that suspends the pursuit of an order on a day; empty when it may go on."""
    return suspensions_by_order([ordre.pk], on).get(ordre.pk, [])


def suspensions_by_order(ordre_ids: Collection[int], on: date) -> dict[int, list[Suspension]]:
    """The same for many orders; those that nothing suspends are absent."""
    found: dict[int, list[Suspension]] = {}
    if ordre_ids:
        for source in SOURCES:
            for pk, suspensions in source(ordre_ids, on).items():
                found.setdefault(pk, []).extend(suspensions)
    return found


def _plans(ordre_ids: Collection[int], on: date) -> dict[int, list[Suspension]]:
    plans = PlanDePaiement.objects.filter(
        ordre__in=ordre_ids, etat=PlanDePaiement.Etat.ACCORDE, decide_le__lte=on
    )
    return {
        plan.ordre_id: [
            Suspension(f"un plan de paiement de {plan.nombre} échéances est en cours", since)
        ]
        for plan in plans
        if (since := plan.decide_le) is not None
    }


def _disputes(ordre_ids: Collection[int], on: date) -> dict[int, list[Suspension]]:
    """Only the written order of the ordonnateur suspends (décret 2012-1246, art. 192)."""
    disputes = Contestation.objects.filter(
        ordre__in=ordre_ids, etat=Contestation.Etat.SUSPENDUE, suspension_le__lte=on
    )
    text = "une contestation est à l’examen et l’ordonnateur a suspendu les poursuites par écrit"
    return {
        dispute.ordre_id: [Suspension(text, since)]
        for dispute in disputes
        if (since := dispute.suspension_le) is not None
    }


def _procedures(ordre_ids: Collection[int], on: date) -> dict[int, list[Suspension]]:
    """The opening judgment stops individual pursuit (code de commerce, art. L. 622-21)."""
    rows = ProcedureCollective.objects.open().filter(
        structure__ordres__in=ordre_ids, jugement_le__lte=on
    )
    return {
        ordre_id: [
            Suspension(
                f"une procédure collective est ouverte ({nature.lower()}, jugement du "
                f"{day:%d/%m/%Y})",
                day,
            )
        ]
        for ordre_id, code, day in rows.values_list("structure__ordres", "nature", "jugement_le")
        if (nature := str(ProcedureCollective.Nature(code).label))
    }


SOURCES: list[Source] = [_plans, _disputes, _procedures]
