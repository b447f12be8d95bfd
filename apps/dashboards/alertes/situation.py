"""What the rules of the alerts look at, read for all annexes at once.

A fixed number of queries whatever the number of annexes; every read keeps to what the person may
see: a département learns of its own orders and of the annexes it co-finances, nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from apps.accounts.models import Membership
from apps.annexes.models import Suspension, VersionAnnexe
from apps.dashboards.dossier import Dossier, read_dossiers
from apps.dashboards.sorties import SortiesAnnexe, read_exits
from apps.payments.ledger import to_recover_by_annexe
from apps.payments.models import Campagne, Retenue
from apps.recoveries.models import OrdreDeRecouvrer
from apps.rules.money import ZERO
from apps.rules.periods import Month
from apps.rules.suspension import SuiviEtat, suspending_months

INSTALMENTS = ("forfait", "regularisation")


@dataclass(frozen=True, slots=True)
class EcheanceRetenue:
    """Instalments of an annex held by the last run: the reason, the amount, since which run."""

    motif: str
    montant: Decimal
    nombre: int
    depuis: date


@dataclass(frozen=True, slots=True)
class OrdreDu:
    """A recovery order and what is left of it, in euros."""

    ordre: OrdreDeRecouvrer
    reste: Decimal


@dataclass(slots=True)
class Situation:
    """One annex on a day."""

    dossier: Dossier
    on: date
    suspension: Suspension | None = None
    retenues: list[EcheanceRetenue] = field(default_factory=list)
    ordres: list[OrdreDu] = field(default_factory=list)
    sorties: SortiesAnnexe = field(default_factory=SortiesAnnexe)
    a_une_suite: bool = False

    @property
    def version(self) -> VersionAnnexe:
        return self.dossier.version

    @property
    def is_followed(self) -> bool:
        """In force and begun: what the rules on hours and payments look at."""
        return self.version.etat == VersionAnnexe.Etat.VALIDE and self.version.debut <= self.on

    @property
    def is_running(self) -> bool:
        return self.is_followed and self.on <= self.version.fin

    @property
    def mois_en_retard(self) -> tuple[Month, ...]:
        """Months that suspend the annex (cahier des charges §2.4)."""
        realises = self.dossier.realises
        return suspending_months(
            (
                SuiviEtat(
                    mois,
                    realises[mois].saisi_le if mois in realises else None,
                    mois in realises and realises[mois].valide is not None,
                )
                for mois in self.dossier.months
            ),
            self.on,
        )


def read_situations(
    acting: Membership, versions: Sequence[VersionAnnexe], on: date
) -> list[Situation]:
    """The situation of each of these versions' annexes, in their order."""
    ids = [version.annexe_id for version in versions]
    suspensions = {s.annexe_id: s for s in Suspension.objects.open().filter(annexe__in=ids)}
    held = _held(acting, ids)
    orders = _orders(acting, ids)
    exits = read_exits(acting, versions)
    followed = _followed(acting, versions)
    return [
        Situation(
            dossier=dossier,
            on=on,
            suspension=suspensions.get(dossier.annexe.pk),
            retenues=held.get(dossier.annexe.pk, []),
            ordres=orders.get(dossier.annexe.pk, []),
            sorties=exits[dossier.annexe.pk],
            a_une_suite=dossier.version.siae_id in followed
            and any(start > dossier.version.fin for start in followed[dossier.version.siae_id]),
        )
        for dossier in read_dossiers(acting, versions, on)
    ]


def _held(acting: Membership, ids: list[int]) -> dict[int, list[EcheanceRetenue]]:
    """What the last executed run held, with the first run that held the same instalment."""
    last = Campagne.objects.executed().order_by("-numero").first()
    if last is None:
        return {}
    holds = (
        Retenue.objects.visible_to(acting)
        .filter(annexe__in=ids)
        .order_by("campagne__numero")
        .values_list(
            "annexe_id",
            "mois",
            "nature",
            "motif",
            "montant_prevu",
            "campagne_id",
            "campagne__jour_paiement",
        )
    )
    first: dict[tuple[int, date], date] = {}
    groups: dict[tuple[int, str], list[tuple[Decimal, date]]] = defaultdict(list)
    for annexe_id, mois, nature, motif, montant, campagne_id, jour in holds:
        key = annexe_id, mois
        since = first.setdefault(key, jour)
        if campagne_id == last.pk and nature in INSTALMENTS:
            groups[annexe_id, motif].append((montant, since))
    found: dict[int, list[EcheanceRetenue]] = defaultdict(list)
    for (annexe_id, motif), rows in groups.items():
        amount = sum((montant for montant, _since in rows), ZERO)
        found[annexe_id].append(
            EcheanceRetenue(motif, amount, len(rows), min(since for _montant, since in rows))
        )
    return found


def _orders(acting: Membership, ids: list[int]) -> dict[int, list[OrdreDu]]:
    """Orders this person sees that the ledger still expects money for, the oldest first."""
    left = to_recover_by_annexe(ids)
    found: dict[int, list[OrdreDu]] = defaultdict(list)
    seen = (
        OrdreDeRecouvrer.objects.visible_to(acting)
        .filter(annexe__in=ids, montant__gt=0)
        .exclude(etat=OrdreDeRecouvrer.Etat.ANNULE)
        .select_related("financeur")
        .order_by("emis_le", "numero")
    )
    for ordre in seen:
        key = ordre.annexe_id, ordre.financeur_id
        rest = min(left.get(key, ZERO), ordre.montant)
        if rest > 0:
            left[key] -= rest
            found[ordre.annexe_id].append(OrdreDu(ordre, rest))
    return found


def _followed(acting: Membership, versions: Sequence[VersionAnnexe]) -> dict[int, list[date]]:
    """First days of the annexes of the same SIAE that this person sees, neither rejected nor
    cancelled."""
    starts: dict[int, list[date]] = defaultdict(list)
    seen = (
        VersionAnnexe.objects.visible_to(acting)
        .filter(siae__in={version.siae_id for version in versions})
        .exclude(etat__in=(VersionAnnexe.Etat.REJETE, VersionAnnexe.Etat.ANNULE))
    )
    for siae_id, start in seen.values_list("siae_id", "debut"):
        starts[siae_id].append(start)
    return starts
