"""From the lines of a run to what leaves the bank, against the month before (spec 05 §1).

The comparison explains the lines, annex by annex; these few sums explain why the cash is not the
lines: funds short, parts released, set-offs, rejected transfers sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from apps.payments.models import Campagne, Deduction, PartEnAttente, Versement, Virement
from apps.payments.reglements import COMPTEES
from apps.rules.money import ZERO


@dataclass(frozen=True, slots=True)
class Poste:
    """One step from the lines to the cash, in euros, signed."""

    libelle: str
    avant: Decimal
    apres: Decimal

    @property
    def ecart(self) -> Decimal:
        return self.apres - self.avant


def cash_steps(now: QuerySet[Campagne], before: QuerySet[Campagne]) -> list[Poste]:
    """The steps of these runs and of those of the month before; their sum is what is transferred.

    Ten queries; a step of 0,00 on both sides is left out.
    """
    rows = [
        Poste(libelle, avant, apres)
        for (libelle, avant), (_same, apres) in zip(_steps(before), _steps(now), strict=True)
    ]
    vire = Poste("Viré", sum(r.avant for r in rows) or ZERO, sum(r.apres for r in rows) or ZERO)
    return [*(row for row in rows if row.avant or row.apres), vire]


def _steps(runs: QuerySet[Campagne]) -> list[tuple[str, Decimal]]:
    paid = Q(versement__campagne__in=runs, versement__statut__in=COMPTEES)
    lines = Versement.objects.filter(campagne__in=runs, statut__in=COMPTEES)
    parts, released = PartEnAttente.objects.filter(paid), Q(liberation__in=runs)
    again = Virement.objects.filter(campagne__in=runs, remplace__isnull=False)
    return [
        ("Versements", _sum(lines, "montant")),
        ("En attente de fonds", -_sum(parts, "especes")),
        (
            "Parts en attente versées",
            _sum(PartEnAttente.objects.filter(released), "especes"),
        ),
        ("Compensations", -_sum(Deduction.objects.filter(paid), "montant")),
        ("Virements rejetés envoyés de nouveau", _sum(again, "montant")),
    ]


def _sum(rows: QuerySet[Any], field: str) -> Decimal:
    return rows.aggregate(somme=Sum(field))["somme"] or ZERO
