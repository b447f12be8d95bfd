"""The life of an order, day by day: what was claimed, paid, granted, decided, and by what entry.

Read from the acts, the plans, the set-offs and the ledger, for the page of the order. A fixed
number of queries.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Q, Sum
from django.urls import reverse

from apps.payments import ledger
from apps.payments.models import Ecriture
from apps.recoveries.models import (
    ActeDeRecouvrement,
    Compensation,
    Contestation,
    OrdreDeRecouvrer,
    PlanDePaiement,
    ProcedureCollective,
)
from apps.rules.explanation import euros

Plan = PlanDePaiement.Etat


@dataclass(frozen=True, slots=True)
class Fait:
    """Something that happened to an order; `effet`: euros added to what is owed."""

    jour: date
    titre: str
    texte: str = ""
    effet: Decimal | None = None
    document: str = ""


def facts_of(ordre: OrdreDeRecouvrer) -> list[Fait]:
    """Everything, the oldest first; on one day, what was claimed before what was paid."""
    issue, *entries = list(_entries(ordre)) or [None]
    facts = [
        *([issue] if issue else []),
        *_acts(ordre),
        *entries,
        *_plans(ordre),
        *_set_offs(ordre),
        *_disputes(ordre),
        *_procedures(ordre),
    ]
    return sorted(facts, key=lambda fact: fact.jour)


def _entries(ordre: OrdreDeRecouvrer) -> Iterable[Fait]:
    """Account 463 of the order: each entry with what it adds to the debt, or takes off it."""
    amount = F("mouvements__debit") - F("mouvements__credit")
    entries = (
        Ecriture.objects.filter(reference=ordre.reference)
        .annotate(
            effet=Sum(amount, filter=Q(mouvements__compte=ledger.ORDRES)),
            surplus=Sum(-amount, filter=Q(mouvements__compte=ledger.EXCEDENTS)),
        )
        .order_by("jour", "numero")
    )
    for entry in entries:
        title = entry.get_evenement_display()
        text = f"{euros(abs(entry.surplus))} d’excédent" if entry.surplus else ""
        if entry.evenement == Ecriture.Evenement.EXTOURNE:
            text = entry.libelle
        yield Fait(entry.jour, title, text, entry.effet)


def _acts(ordre: OrdreDeRecouvrer) -> Iterable[Fait]:
    for acte in ActeDeRecouvrement.objects.filter(ordre=ordre).select_related("par"):
        until = f"à payer avant le {acte.echeance:%d/%m/%Y} inclus" if acte.echeance else ""
        way = f"{acte.get_voie_display()}. {acte.detail}".strip() if acte.voie else ""
        claimed = f"{euros(acte.reste)} {until}".strip()
        yield Fait(
            acte.jour,
            acte.get_nature_display(),
            f"{claimed}. {way}".strip(),
            document=reverse("recoveries:acte_pdf", args=[acte.pk]),
        )


def _plans(ordre: OrdreDeRecouvrer) -> Iterable[Fait]:
    for plan in PlanDePaiement.objects.filter(ordre=ordre):
        name = f"plan de paiement n° {plan.version}"
        if plan.remplace_id is None:
            yield Fait(plan.demande_le, f"Demande de {name}", plan.motif)
        if plan.decide_le and plan.etat == Plan.REFUSE:
            yield Fait(plan.decide_le, f"Refus du {name}", plan.motif_decision)
        elif plan.decide_le:
            yield Fait(
                plan.decide_le,
                f"Accord du {name}",
                f"{euros(plan.montant or ordre.reste)} en {plan.nombre} échéances. "
                f"{plan.motif_decision}".strip(),
                document=reverse("recoveries:plan_pdf", args=[plan.pk]),
            )
        if plan.fin_le and plan.etat in (Plan.ROMPU, Plan.TERMINE):
            ended = "Rupture" if plan.etat == Plan.ROMPU else "Fin"
            yield Fait(plan.fin_le, f"{ended} du {name}")


def _set_offs(ordre: OrdreDeRecouvrer) -> Iterable[Fait]:
    for found in Compensation.objects.filter(ordre=ordre):
        yield Fait(
            found.decidee_le,
            "Avis de compensation",
            f"Applicable à partir du {found.applicable_le:%d/%m/%Y}. {found.motif}",
            document=reverse("recoveries:compensation_pdf", args=[found.pk]),
        )
        if found.fin_le and found.etat == Compensation.Etat.LEVEE:
            yield Fait(found.fin_le, "Levée de la compensation", found.motif_levee)


def _disputes(ordre: OrdreDeRecouvrer) -> Iterable[Fait]:
    """What the ledger does not tell: filed, pursuit suspended or not, decided."""
    for found in Contestation.objects.filter(ordre=ordre):
        late = "Hors délai, examinée comme un recours gracieux." if found.hors_delai else ""
        yield Fait(found.deposee_le, "Contestation", late)
        if found.suspension_le:
            kept = found.etat == Contestation.Etat.MAINTENUE
            title = "Poursuites maintenues" if kept else "Poursuites suspendues par écrit"
            yield Fait(found.suspension_le, title, found.suspension_motif)
        if found.decidee_le:
            title = f"Contestation {found.get_etat_display().lower()}"
            yield Fait(found.decidee_le, title, found.decision)


def _procedures(ordre: OrdreDeRecouvrer) -> Iterable[Fait]:
    for found in ProcedureCollective.objects.filter(structure=ordre.structure_id):
        yield Fait(found.jugement_le, "Procédure collective", found.get_nature_display())
        if found.close_le:
            yield Fait(found.close_le, "Fin de la procédure collective", found.get_issue_display())
