"""What is due, cut to the cent into what a run pays, leaves waiting, holds, refuses (spec 05 §1).

Read from what was recorded, for a run in progress as for one executed long ago; shown on the run's
page and checked by its controls (`gate.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from apps.conventions.models import ConventionMandat
from apps.payments.models import Campagne, Deduction, PartEnAttente, Retenue, Versement, Virement
from apps.payments.reglements import COMPTEES, funds_left, waiting_of
from apps.rules.money import ZERO

ECARTEES = (Versement.Statut.RETIRE, Versement.Statut.REJETE)


@dataclass(frozen=True, slots=True)
class Equation:
    """Euros. Due: the lines, what is held or refused, and what earlier runs left to be paid."""

    lignes: Decimal
    attente: Decimal
    anterieures: Decimal
    liberees: Decimal
    rejetes: Decimal
    renvoyes: Decimal
    retenu: Decimal
    ecarte: Decimal
    compense: Decimal
    vire: Decimal

    @property
    def du(self) -> Decimal:
        return self.lignes + self.retenu + self.ecarte + self.anterieures + self.rejetes

    @property
    def a_payer(self) -> Decimal:
        """Transferred, or set off against a debt."""
        return self.vire + self.compense

    @property
    def en_attente(self) -> Decimal:
        """Parts that wait for funds, of this run and of earlier ones."""
        return self.attente + self.anterieures - self.liberees

    @property
    def retenus(self) -> Decimal:
        """Held: instalments, and rejected transfers that cannot be sent again yet."""
        return self.retenu + self.rejetes - self.renvoyes

    @property
    def ecart(self) -> Decimal:
        """0,00 when the run is whole."""
        return self.du - self.a_payer - self.en_attente - self.retenus - self.ecarte


@dataclass(frozen=True, slots=True)
class FondsMandat:
    """A mandate of which a run leaves something waiting; euros, `reste` as it is now."""

    mandat: ConventionMandat
    attente: Decimal
    reimputation: Decimal
    reste: Decimal

    @property
    def manque(self) -> Decimal:
        return max(ZERO, self.attente + self.reimputation - self.reste)


def equation_of(campagne: Campagne) -> Equation:
    """Eight queries, whatever the number of lines."""
    lines = campagne.versements.filter(statut__in=COMPTEES)
    held = campagne.retenues.exclude(motif__in=(Retenue.Motif.FONDS, Retenue.Motif.RETRAIT))
    earlier, rejected = waiting_at(campagne, own=False), _rejected_at(campagne)
    return Equation(
        lignes=_sum(lines, "montant"),
        attente=_sum(waiting_of(campagne), "especes"),
        anterieures=_sum(earlier, "especes"),
        liberees=_sum(campagne.liberations.all(), "especes"),
        rejetes=_sum(rejected, "montant"),
        renvoyes=_sum(campagne.virements.filter(remplace__isnull=False), "montant"),
        retenu=_sum(held, "montant_prevu"),
        ecarte=_sum(campagne.versements.filter(statut__in=ECARTEES), "montant"),
        compense=_sum(Deduction.objects.filter(versement__in=lines), "montant"),
        vire=campagne.montant_vire,
    )


def funds_of(campagne: Campagne) -> list[FondsMandat]:
    """The mandates short of funds in a run, by reference."""
    waiting = waiting_at(campagne).exclude(liberation=campagne)
    rows = waiting.order_by().values_list("mandat").annotate(Sum("especes"), Sum("reimputation"))
    sums = {mandat: (cash, moved) for mandat, cash, moved in rows}
    left = funds_left(sums)
    mandats = ConventionMandat.objects.filter(pk__in=sums).select_related("financeur")
    return [FondsMandat(m, *sums[m.pk], left[m.pk]) for m in mandats.order_by("reference")]


def waiting_at(campagne: Campagne, *, own: bool = True) -> QuerySet[PartEnAttente]:
    """Parts that waited when the run was computed, and its own when `own`."""
    waited = Q(
        Q(liberation__isnull=True) | Q(liberation__numero__gte=campagne.numero),
        versement__statut=Versement.Statut.EXECUTE,
        versement__campagne__numero__lt=campagne.numero,
    )
    if own:
        waited |= Q(versement__campagne=campagne, versement__statut__in=COMPTEES)
    return PartEnAttente.objects.filter(waited)


def _rejected_at(campagne: Campagne) -> QuerySet[Virement]:
    """Transfers the bank had rejected, still due when the run was computed."""
    rejected = Virement.objects.filter(
        Q(remplacant__isnull=True) | Q(remplacant__campagne__numero__gte=campagne.numero),
        etat=Virement.Etat.REJETE,
        campagne__numero__lt=campagne.numero,
    )
    if campagne.execute_le is None:
        return rejected
    known = Q(denoue_le__lte=campagne.execute_le.date()) | Q(remplacant__campagne=campagne)
    return rejected.filter(known)


def _sum(rows: QuerySet, field: str) -> Decimal:  # type: ignore[type-arg]
    return rows.aggregate(somme=Sum(field))["somme"] or ZERO
