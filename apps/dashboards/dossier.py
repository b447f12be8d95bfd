"""What happened to the annexes a person sees: hours, beneficiaries, payments, month by month.

One read, in a fixed number of queries, for the alerts, the bilans, the posts and the follow-up of
the CAOM: a figure shown twice comes from the same place. Validated hours and executed lines are
those the payments read; what a département may not see is not read at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Count, F, Q, Sum

from apps.accounts.models import Membership
from apps.annexes.conditions import conditions_by_annexe, conditions_of
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.payments.liquidation import executed_lines
from apps.presence.models import EtatMensuel
from apps.presence.querysets import TotalValide, validated_totals
from apps.rules.cofinancement import MontantsDates, cost_of_month
from apps.rules.conditions import Conditions
from apps.rules.due import Executee, MoisValide
from apps.rules.etats import Etats
from apps.rules.money import ZERO, total
from apps.rules.parameter import ParametreInconnu, montants_mensuels_cd, one_reading
from apps.rules.periods import Month
from apps.rules.postes import heures_theoriques, taux_heures


@dataclass(frozen=True, slots=True)
class MoisRealise:
    """One statement certified at least once: declared hours; eligible hours, beneficiaries and
    their cost to the département are 0 until the ASP has validated it. Re-opened, it counts for
    nothing until it is certified again: what is being typed is the structure's."""

    mois: Month
    etat: str
    saisi_le: date | None
    declarees: Decimal
    salaries: int
    valide: TotalValide | None = None
    cout_brsa: Decimal = ZERO

    @property
    def is_certified(self) -> bool:
        return self.etat != EtatMensuel.Etat.DEBLOQUE

    @property
    def eligibles(self) -> Decimal:
        return self.valide.heures if self.valide else ZERO

    @property
    def brsa(self) -> int:
        return self.valide.brsa if self.valide else 0


@dataclass(slots=True)
class Dossier:
    """An annex in the version its reader sees, with the facts of its months."""

    version: VersionAnnexe
    conditions: Conditions
    en_vigueur: list[Conditions] = field(default_factory=list)
    realises: dict[Month, MoisRealise] = field(default_factory=dict)
    executees: list[Executee] = field(default_factory=list)

    @property
    def annexe(self) -> AnnexeFinanciere:
        return self.version.annexe

    @property
    def months(self) -> tuple[Month, ...]:
        return self.conditions.months

    @property
    def soldee(self) -> bool:
        """Its final regularisation is paid; one that an amendment has extended since is open."""
        last = (self.en_vigueur or [self.conditions])[-1].fin
        return any(line.nature == "solde" and line.mois > last for line in self.executees)

    def in_force_for(self, mois: Month) -> Conditions:
        """The version that the instalment of a month was computed with."""
        known = [figures for figures in self.en_vigueur if figures.a_partir_de <= mois]
        return (known or [self.conditions])[-1]

    def valides(self, months: Iterable[Month] | None = None) -> list[MoisRealise]:
        """Validated statements of these months (the whole period by default), in order."""
        found = (self.realises.get(mois) for mois in (months or self.months))
        return [realise for realise in found if realise and realise.valide]

    def certifies(self, months: Iterable[Month] | None = None) -> list[MoisRealise]:
        """Certified statements, validated or not, in order."""
        found = (self.realises.get(mois) for mois in (months or self.months))
        return [realise for realise in found if realise and realise.is_certified]

    def heures(self, months: Iterable[Month] | None = None) -> Decimal:
        """Eligible hours of the validated statements."""
        return total(realise.eligibles for realise in self.valides(months))

    def theoriques(self, months: Iterable[Month] | None = None) -> Decimal:
        """Theoretical hours of the same months: those whose statement is validated."""
        return heures_theoriques(self.conditions, len(self.valides(months)))

    def taux(self, months: Iterable[Month] | None = None) -> Decimal:
        """Rate of realisation over the validated months, in per cent."""
        return taux_heures(self.conditions, self.heures(months), len(self.valides(months)))

    @property
    def couts_brsa(self) -> dict[Month, Decimal]:
        """Real cost of the beneficiaries, per validated month."""
        return {realise.mois: realise.cout_brsa for realise in self.valides()}

    @property
    def etats(self) -> dict[Month, MoisValide]:
        """The validated statements as the rules of payment read them."""
        return {
            realise.mois: MoisValide(
                realise.mois,
                realise.eligibles,
                realise.brsa,
                realise.cout_brsa,
                realise.valide.valide_le,
            )
            for realise in self.realises.values()
            if realise.valide
        }

    def trop_percu(self, on: date) -> Decimal:
        """Paid for the leading validated months beyond the value of their hours, in euros; the
        orders already issued are taken off. Never below 0."""
        etats = Etats(self.months, self.etats, on)
        known = etats.complets
        if not known:
            return ZERO
        settled = self.soldee and known == self.conditions.n
        limit = self.months[known - 1]
        paid = total(
            line.montant - line.recouvre_etat - line.recouvre_cd
            for line in self.executees
            if line.mois <= limit or settled
        )
        earned = min(self.conditions.total, etats.earned(self.conditions, known))
        return max(ZERO, paid - earned)


def read_dossiers(acting: Membership, versions: Sequence[VersionAnnexe], on: date) -> list[Dossier]:
    """The dossiers of these versions, in their order; seven queries whatever their number."""
    ids = [version.annexe_id for version in versions]
    en_vigueur = conditions_by_annexe(ids)
    lines = executed_lines(ids, acting)
    totals = {(row.annexe_id, row.mois): row for row in validated_totals(ids)}
    dossiers = {}
    for version in versions:
        dossiers[version.annexe_id] = Dossier(
            version,
            conditions_of(version),
            [conditions for _version, conditions in en_vigueur.get(version.annexe_id, [])],
            executees=lines.get(version.annexe_id, []),
        )
    with one_reading():
        for row in _statements(acting, ids):
            dossier = dossiers[row["annexe_id"]]
            valide = totals.get((row["annexe_id"], row["mois"]))
            mois = Month.of(row["mois"])
            dossier.realises[mois] = MoisRealise(
                mois,
                row["etat"],
                row["premiere_saisie_le"],
                row["declarees"] or ZERO,
                row["salaries"],
                valide,
                _cost(dossier.version, valide, mois, on),
            )
    return [dossiers[annexe_id] for annexe_id in ids]


def _statements(acting: Membership, ids: list[int]):  # type: ignore[no-untyped-def]
    """Statements certified once that this person sees, with the hours of their current version:
    none of a carence nor of a statement re-opened."""
    silent = (EtatMensuel.Etat.CARENCE, EtatMensuel.Etat.DEBLOQUE)
    current = Q(lignes__version=F("version")) & ~Q(etat__in=silent)
    return (
        EtatMensuel.objects.visible_to(acting)
        .filter(annexe__in=ids)
        .exclude(etat=EtatMensuel.Etat.BROUILLON)
        .order_by("annexe_id", "mois")
        .values("annexe_id", "mois", "etat", "premiere_saisie_le")
        .annotate(
            declarees=Sum("lignes__heures_declarees", filter=current),
            salaries=Count(
                "lignes__salarie",
                filter=current & Q(lignes__heures_declarees__gt=0),
                distinct=True,
            ),
        )
    )


def _cost(version: VersionAnnexe, valide: TotalValide | None, mois: Month, on: date) -> Decimal:
    if valide is None or not version.montant_cd:
        return ZERO
    return cost_of_month(
        valide.brsa, _montants(on, version.annexe.siae.structure.departement), mois
    )


def _montants(on: date, departement: str) -> MontantsDates:
    """88 % RSA amounts known on a day. A territory without amounts has its payments held: nothing
    is paid, hence nothing costs."""
    try:
        return montants_mensuels_cd(on, departement)
    except ParametreInconnu:
        return ((date.min, ZERO),)
