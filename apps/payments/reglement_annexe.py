"""How a payment of an annex left: transfers, parts that wait for funds, what was set off.

Shown by the payment notice for one run, and by the page of a line to whoever sees it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from apps.accounts.models import Membership
from apps.payments.models import Campagne, Deduction, PartEnAttente, Versement, Virement
from apps.payments.reglements import COMPTEES
from apps.rules.money import total


@dataclass(frozen=True, slots=True)
class Reglement:
    """An annex in a run, or one of its lines."""

    virements: list[Virement]
    attentes: list[PartEnAttente]
    liberees: list[PartEnAttente]
    deductions: list[Deduction]

    @property
    def vire(self) -> Decimal:
        """Euros transferred by this run for the annex, without what is sent again."""
        return total(v.montant for v in self.virements if v.remplace_id is None)


def settlement_of(campagne: Campagne, annexe_id: int) -> Reglement:
    """Of an annex in an executed run; four queries."""
    parts = PartEnAttente.objects.filter(versement__annexe=annexe_id)
    sent = campagne.virements.filter(annexe=annexe_id)
    deductions = Deduction.objects.filter(
        versement__campagne=campagne,
        versement__annexe=annexe_id,
        versement__statut=Versement.Statut.EXECUTE,
    )
    return Reglement(
        list(sent.select_related("coordonnees", "remplace").order_by("pk")),
        _parts(parts.filter(versement__campagne=campagne)),
        _parts(parts.filter(liberation=campagne)),
        _deductions(deductions),
    )


def settlement_of_line(line: Versement, acting: Membership) -> Reglement:
    """Of one line, as `acting` may read it: a département, what concerns its own money."""
    parts = PartEnAttente.objects.filter(versement=line).select_related("liberation")
    deductions = Deduction.objects.filter(versement=line)
    if acting.is_cd:
        deductions = deductions.exclude(financeur__type="ETAT")
    sent = Virement.objects.filter(campagne=line.campagne_id, annexe=line.annexe_id)
    # The transfer of an annex mixes both funders: it is between the State's payer and its payee.
    if acting.is_cd or line.statut not in COMPTEES:
        sent = sent.none()
    return Reglement(
        list(sent.select_related("remplace", "remplacant").order_by("pk")),
        _parts(parts),
        [],
        _deductions(deductions),
    )


def _parts(rows: QuerySet[PartEnAttente]) -> list[PartEnAttente]:
    found = rows.select_related("versement", "financeur", "liberation").defer("versement__calcul")
    return list(found.order_by("versement__mois", "pk"))


def _deductions(rows: QuerySet[Deduction]) -> list[Deduction]:
    return list(rows.select_related("financeur").order_by("pk"))
