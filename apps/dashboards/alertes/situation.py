"""What the rules of the alerts look at, read for all annexes at once.

A fixed number of queries whatever the number of annexes; every read keeps to what the person may
see: a département learns of its own orders and of the annexes it co-finances, nothing else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import TypedDict, Unpack

from django.db.models import Q

from apps.accounts.models import Membership
from apps.annexes.models import Suspension, VersionAnnexe
from apps.dashboards.alertes.alerte import Alerte, Gravite, Nature
from apps.dashboards.dossier import Dossier, read_dossiers
from apps.dashboards.sorties import SortiesAnnexe, read_exits
from apps.payments.ledger import to_recover_by_annexe
from apps.payments.models import Campagne, Retenue
from apps.recoveries.models import OrdreDeRecouvrer
from apps.rules.money import ZERO
from apps.rules.periods import Month
from apps.rules.postes import heures_theoriques
from apps.rules.suspension import SuiviEtat, suspending_months

INSTALMENTS = ("forfait", "regularisation")
AN = 365  # days after its end an annex may still be told of, orders aside
ETATS_SUIVIS = (VersionAnnexe.Etat.VALIDE, VersionAnnexe.Etat.CLOTURE)


class Paroles(TypedDict, total=False):
    """What an alert says, as `Alerte` names it."""

    chiffre: str
    texte: str
    action: str
    url: str
    lien: str
    montant: Decimal | None
    taux: Decimal | None


@dataclass(frozen=True, slots=True)
class EcheanceRetenue:
    """Instalments of an annex held by the last run: the reason, the amount, since which run."""

    motif: str
    montant: Decimal
    nombre: int
    depuis: date
    soldes: int = 0  # final regularisations beside them: their amount depends on the hours


@dataclass(frozen=True, slots=True)
class OrdreDu:
    """A recovery order and what is left of it, in euros."""

    ordre: OrdreDeRecouvrer
    reste: Decimal


class Suite(Enum):
    """What follows an annex, as far as its reader may know."""

    AUCUNE = "aucune"
    A_FINIR = "à finir"
    TRANSMISE = "transmise"
    EXISTE = "existe"


@dataclass(slots=True)
class Situation:
    """One annex on a day, for a type of organisation."""

    dossier: Dossier
    on: date
    lecteur: str = ""
    suspension: Suspension | None = None
    retenues: list[EcheanceRetenue] = field(default_factory=list)
    ordres: list[OrdreDu] = field(default_factory=list)
    sorties: SortiesAnnexe = field(default_factory=SortiesAnnexe)
    suite: Suite = Suite.AUCUNE

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
    def is_over(self) -> bool:
        """Ended, for a year at most: later, nobody waits for what follows."""
        return self.version.etat in ETATS_SUIVIS and 0 < (self.on - self.version.fin).days <= AN

    @property
    def is_recent(self) -> bool:
        """In force and running, or ended for a year at most."""
        return self.is_followed and (self.on - self.version.fin).days <= AN

    @property
    def heures_de_l_annexe(self) -> Decimal:
        """Theoretical hours of its whole period."""
        return heures_theoriques(self.dossier.conditions, self.dossier.conditions.n)

    def alert(
        self, nature: Nature, *, urgent: bool, since: date, **said: Unpack[Paroles]
    ) -> Alerte:
        """An alert of this annex."""
        gravite = Gravite.PRIORITAIRE if urgent else Gravite.A_SURVEILLER
        over = self.version.fin < self.on
        return Alerte(nature, gravite, self.dossier.annexe, since, terminee=over, **said)

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
    suites = _suites(acting, versions)
    return [
        Situation(
            dossier=dossier,
            on=on,
            lecteur=acting.organisation_type,
            suspension=suspensions.get(dossier.annexe.pk),
            retenues=held.get(dossier.annexe.pk, []),
            ordres=orders.get(dossier.annexe.pk, []),
            sorties=exits[dossier.annexe.pk],
            suite=suites[dossier.annexe.pk],
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
    finals: Counter[tuple[int, str]] = Counter()
    for annexe_id, mois, nature, motif, montant, campagne_id, jour in holds:
        key = annexe_id, mois
        since = first.setdefault(key, jour)
        if campagne_id == last.pk and nature in INSTALMENTS:
            groups[annexe_id, motif].append((montant, since))
        elif campagne_id == last.pk:
            finals[annexe_id, motif] += 1
    found: dict[int, list[EcheanceRetenue]] = defaultdict(list)
    for (annexe_id, motif), rows in groups.items():
        amount = sum((montant for montant, _since in rows), ZERO)
        found[annexe_id].append(
            EcheanceRetenue(
                motif,
                amount,
                len(rows),
                min(since for _montant, since in rows),
                finals[annexe_id, motif],
            )
        )
    return found


def _orders(acting: Membership, ids: list[int]) -> dict[int, list[OrdreDu]]:
    """Orders this person sees that the ledger still expects money for, the oldest first; those
    that a plan in force spreads are owed later."""
    left = to_recover_by_annexe(ids)
    found: dict[int, list[OrdreDu]] = defaultdict(list)
    seen = (
        OrdreDeRecouvrer.objects.visible_to(acting)
        .filter(annexe__in=ids, montant__gt=0)
        .exclude(etat=OrdreDeRecouvrer.Etat.ANNULE)
        .with_plan()
        .select_related("financeur")
        .order_by("emis_le", "numero")
    )
    for ordre in seen:
        key = ordre.annexe_id, ordre.financeur_id
        rest = min(left.get(key, ZERO), ordre.montant)
        left[key] = left.get(key, ZERO) - rest
        if rest > 0 and not ordre.en_plan:
            found[ordre.annexe_id].append(OrdreDu(ordre, rest))
    return found


def _suites(acting: Membership, versions: Sequence[VersionAnnexe]) -> dict[int, Suite]:
    """What follows each annex: a later one of the same SIAE that this person sees. A département
    sees no annex before it is validated: it is told that its own is being renewed, no more."""
    known = Q(pk__in=VersionAnnexe.objects.visible_to(acting).values("pk"))
    if acting.is_cd:
        numbers = {version.annexe.numero for version in versions}
        drafts = VersionAnnexe.ETATS_EN_PREPARATION
        known |= Q(etat__in=drafts, annexe__numero__in=numbers)
    rows = (
        VersionAnnexe.objects.filter(known, siae__in={version.siae_id for version in versions})
        .exclude(etat=VersionAnnexe.Etat.ANNULE)
        .values_list("siae_id", "debut", "etat")
    )
    later: dict[int, list[tuple[date, str]]] = defaultdict(list)
    for siae_id, start, state in rows:
        later[siae_id].append((start, state))
    found: dict[int, Suite] = {}
    for version in versions:
        states = {state for start, state in later[version.siae_id] if start > version.fin}
        found[version.annexe_id] = _suite_of(states)
    return found


def _suite_of(states: set[str]) -> Suite:
    if states & set(VersionAnnexe.ETATS_PAYES):
        return Suite.EXISTE
    if VersionAnnexe.Etat.SAISI in states:
        return Suite.TRANSMISE
    return Suite.A_FINIR if states else Suite.AUCUNE
