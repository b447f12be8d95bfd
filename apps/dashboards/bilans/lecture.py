"""What the bilans are computed from, read for many annexes at once.

A fixed number of queries whatever the number of annexes, within what the reader may see. A
statement re-opened counts for nobody until it is certified again. Called by the screens of one
annex and, batch after batch, by the issuing that follows a run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import Sum

from apps.accounts.models import Membership
from apps.annexes.models import VersionAnnexe
from apps.dashboards.bilans.compte import Creance
from apps.dashboards.bilans.figures import Encadrant, Ordre
from apps.dashboards.dossier import Dossier, read_dossiers
from apps.dashboards.models import Encadrement
from apps.dashboards.sorties import SortiesAnnexe, read_exits
from apps.payments.ledger import Ordres, orders_by_annexe
from apps.payments.models import Versement
from apps.presence.models import EtatMensuel, LignePresence
from apps.recoveries.models import OrdreDeRecouvrer
from apps.rules.money import ZERO
from apps.rules.periods import Month
from apps.siae.models import Contrat

UNE_HEURE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Presence:
    """Hours of a person in a month of an annex; `brsa`: counted for the département."""

    mois: Month
    salarie: int
    brsa: bool


@dataclass(slots=True)
class Faits:
    """One annex: its dossier, its people, what was regularised and claimed back."""

    dossier: Dossier
    sorties: SortiesAnnexe
    entrees: list[date] = field(default_factory=list)
    presences: list[Presence] = field(default_factory=list)
    regularisations: list[Versement] = field(default_factory=list)
    ordres: list[Ordre] = field(default_factory=list)
    creances: list[Creance] = field(default_factory=list)
    encadrement: list[Encadrant] = field(default_factory=list)

    def entrees_between(self, first: date, last: date) -> int:
        """First contracts of these days in the SIAE of the annex: renewals are no entry."""
        return sum(first <= jour <= last for jour in self.entrees)

    def salaries(self, months: Iterable[Month] | None = None) -> set[int]:
        """Persons with at least one declared hour in these months (the period by default)."""
        asked = set(months or self.dossier.months)
        return {row.salarie for row in self.presences if row.mois in asked}

    def beneficiaires(self, months: Iterable[Month]) -> set[int]:
        """Those of them that count for the département in one of these months at least."""
        asked = set(months)
        return {row.salarie for row in self.presences if row.brsa and row.mois in asked}


def read_facts(acting: Membership, versions: Sequence[VersionAnnexe], on: date) -> list[Faits]:
    """Facts of the annexes of these versions, in their order."""
    ids = [version.annexe_id for version in versions]
    exits = read_exits(acting, versions)
    presences = _presences(acting, ids)
    entries = _entries(acting, versions)
    lines = _regularisations(acting, ids)
    orders, claims = _orders(acting, ids)
    supervision = _supervision(ids)
    return [
        Faits(
            dossier,
            exits[dossier.annexe.pk],
            entries[dossier.version.siae_id],
            presences[dossier.annexe.pk],
            lines[dossier.annexe.pk],
            orders[dossier.annexe.pk],
            claims[dossier.annexe.pk],
            supervision[dossier.annexe.pk],
        )
        for dossier in read_dossiers(acting, versions, on)
    ]


def _presences(acting: Membership, ids: list[int]) -> dict[int, list[Presence]]:
    """Persons with an hour, month after month: one row per person, not per contract."""
    certified = (
        EtatMensuel.objects.visible_to(acting)
        .filter(annexe__in=ids)
        .exclude(etat__in=(EtatMensuel.Etat.BROUILLON, EtatMensuel.Etat.DEBLOQUE))
    )
    rows = (
        LignePresence.objects.current()
        .filter(etat_mensuel__in=certified)
        .order_by()
        .values_list("etat_mensuel__annexe_id", "etat_mensuel__mois", "salarie_id")
        .annotate(
            declarees=Sum("heures_declarees"),
            eligibles=Sum("heures_eligibles"),
            beneficiaire=BoolOr("brsa"),
        )
        .filter(declarees__gt=0)
    )
    found: dict[int, list[Presence]] = defaultdict(list)
    for annexe_id, mois, salarie_id, _declared, eligible, brsa in rows:
        counted = bool(brsa) and (eligible or ZERO) >= UNE_HEURE
        found[annexe_id].append(Presence(Month.of(mois), salarie_id, counted))
    return found


def _entries(acting: Membership, versions: Sequence[VersionAnnexe]) -> dict[int, list[date]]:
    """Days of the first contracts of each SIAE over the periods of these versions."""
    found: dict[int, list[date]] = defaultdict(list)
    if not versions:
        return found
    days = (min(v.debut for v in versions), max(v.fin for v in versions))
    contrats = Contrat.objects.visible_to(acting).filter(
        siae__in={version.siae_id for version in versions}, parent__isnull=True, debut__range=days
    )
    for siae_id, debut in contrats.order_by().values_list("siae_id", "debut"):
        found[siae_id].append(debut)
    return found


def _regularisations(acting: Membership, ids: list[int]) -> dict[int, list[Versement]]:
    """Executed lines whose reasoning the bilans give, in the order of the runs."""
    natures = (Versement.Nature.REGULARISATION, Versement.Nature.SOLDE)
    rows = (
        Versement.objects.visible_to(acting)
        .executed()
        .filter(annexe__in=ids, nature__in=natures)
        .select_related("campagne")
        .order_by("annexe_id", "mois", "nature", "sequence")
    )
    found: dict[int, list[Versement]] = defaultdict(list)
    for row in rows:
        found[row.annexe_id].append(row)
    return found


def _orders(
    acting: Membership, ids: list[int]
) -> tuple[dict[int, list[Ordre]], dict[int, list[Creance]]]:
    """Orders of both funders, of the lines this person sees: the reasoning of a final
    regularisation says both to whoever reads it. Then what the accounts say of them."""
    lines = Versement.objects.visible_to(acting).filter(annexe__in=ids)
    rows = (
        OrdreDeRecouvrer.objects.filter(annexe__in=ids, versement__in=lines.values("pk"))
        .select_related("financeur__successeur")
        .order_by("numero")
    )
    found: dict[int, list[Ordre]] = defaultdict(list)
    funders: dict[tuple[int, int], str] = {}
    for row in rows:
        funders[row.annexe_id, row.financeur_id] = str(row.financeur)
        if heir := row.financeur.successeur:
            funders.setdefault((row.annexe_id, heir.pk), str(heir))
        found[row.annexe_id].append(
            Ordre(
                row.pk,
                row.numero,
                str(row.financeur),
                row.get_etat_display(),
                row.emis_le,
                row.montant,
                row.montant_initial,
            )
        )
    accounts = orders_by_annexe(ids)
    claims: dict[int, list[Creance]] = defaultdict(list)
    issuers = {(row.annexe_id, row.financeur_id) for row in rows}
    for key, name in funders.items():
        # The claim passes to the successor for what was left of it.
        if key in issuers or key in accounts:
            of_funder = accounts.get(key, Ordres())
            claims[key[0]].append(
                Creance(name, of_funder.emis, of_funder.recouvre, of_funder.abandonne)
            )
    return found, claims


def _supervision(ids: list[int]) -> dict[int, list[Encadrant]]:
    found: dict[int, list[Encadrant]] = defaultdict(list)
    for row in Encadrement.objects.filter(annexe__in=ids).order_by("annexe_id", "pk"):
        found[row.annexe_id].append(Encadrant(row.get_categorie_display(), row.heures, row.etp))
    return found
