"""What the page of an order shows beside its figures: plan, cash, set-offs, surpluses, acts.

Each part is gathered with what the reader may do on it. A fixed number of queries.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from apps.recoveries.models import (
    Compensation,
    Encaissement,
    Excedent,
    OrdreDeRecouvrer,
    PlanDePaiement,
    Remboursement,
)
from apps.recoveries.services.plans import Situation, situation_of

Plan = PlanDePaiement.Etat


@dataclass(frozen=True, slots=True)
class Montant:
    """One line of the account of an order, in euros, with what it means."""

    libelle: str
    montant: Decimal
    explication: str = ""
    total: bool = False


def amounts_of(ordre: OrdreDeRecouvrer) -> list[Montant]:
    """From the sum issued to the sum left; what did not happen is not shown."""
    changed = ordre.montant - ordre.montant_initial
    lines = [
        Montant("Montant initial", ordre.montant_initial, "Somme réclamée à l’émission."),
        Montant(
            "Modifié",
            changed,
            "Une régularisation ou une contestation ultérieure a réduit la somme réclamée.",
        ),
        Montant(
            "Recouvré", -ordre.recouvre, "Paiements reçus, compensations et excédents imputés."
        ),
        Montant(
            "Abandonné",
            -ordre.abandonne,
            "Somme remise, admise en non-valeur, éteinte ou apurée : à la charge du financeur.",
        ),
    ]
    left = Montant("Reste à payer", ordre.reste, total=True)
    return [line for line in lines if line.montant] + [left]


def plan_of(ordre: OrdreDeRecouvrer) -> PlanDePaiement | None:
    """The last plan of the order, whatever its state."""
    return PlanDePaiement.objects.filter(ordre=ordre).order_by("-version").first()


def calendar_of(plan: PlanDePaiement | None, ordre: OrdreDeRecouvrer) -> list[Situation]:
    """The instalments of a plan in force; nothing of one that is over."""
    return situation_of(plan, ordre) if plan and plan.etat == Plan.ACCORDE else []


def cash_of(ordre: OrdreDeRecouvrer) -> list[Encaissement]:
    rows = Encaissement.objects.filter(ordre=ordre)
    return list(rows.select_related("excedent_ne", "versement", "saisi_par"))


def set_off_of(ordre: OrdreDeRecouvrer) -> Compensation | None:
    """The set-off in force."""
    return Compensation.objects.filter(ordre=ordre, etat=Compensation.Etat.DECIDEE).first()


def surpluses_of(ordre: OrdreDeRecouvrer) -> list[Excedent]:
    rows = Excedent.objects.filter(ordre=ordre, annule_le__isnull=True)
    return list(rows.select_related("ordre"))


def refunds_of(ordre: OrdreDeRecouvrer) -> list[Remboursement]:
    rows = Remboursement.objects.filter(excedent__ordre=ordre)
    return list(rows.select_related("excedent__ordre", "ordonne_par", "clos_par"))


def next_step(ordre: OrdreDeRecouvrer, suspended: list[Any], on: date) -> str:
    """What will happen to the order, in words; empty once nothing is owed."""
    etat = OrdreDeRecouvrer.Etat
    if ordre.etat not in OrdreDeRecouvrer.OUVERTS:
        return ""
    if suspended:
        return "Le recouvrement est suspendu."
    if ordre.etat == etat.EMIS:
        return "L’ordre sera notifié à la structure la nuit prochaine."
    late = bool(ordre.echeance and ordre.echeance < on)
    after = {
        etat.NOTIFIE: "une relance est adressée à la structure",
        etat.RELANCE: "l’agent comptable peut mettre la structure en demeure de payer",
        etat.MIS_EN_DEMEURE: "l’agent comptable peut engager le recouvrement forcé",
    }.get(etat(ordre.etat))
    if after is None:
        return "Le recouvrement forcé est en cours."
    if late:
        return f"L’échéance du {ordre.echeance:%d/%m/%Y} est passée : {after}."
    return f"À payer avant le {ordre.echeance:%d/%m/%Y} inclus ; à défaut, {after}."
