"""Follow-up of a CAOM: decided, committed by the annexes, paid, left, expected at the year's end.

Convention de mandat art. 3 and 9: an annex counts on the CAOM of the year it was signed. Committed
amounts follow `annexes.consumption`, payments the ledger, expectations the pace of the last months.
A fixed number of queries whatever the number of CAOM and annexes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import OuterRef, Q, Subquery

from apps.accounts.models import Membership
from apps.annexes.consumption import ENGAGEES
from apps.annexes.models import VersionAnnexe
from apps.conventions.envelope import Enveloppe, envelope_of
from apps.conventions.models import Caom
from apps.core.charts import Graphique, Serie
from apps.dashboards.alertes.prevision import consumption_of
from apps.dashboards.dossier import Dossier, read_dossiers
from apps.payments.ledger import paid_by_annexe, to_recover_by_annexe
from apps.rules.money import HUNDRED, ZERO, divide, rate, total
from apps.rules.realisation import reste_a_payer
from apps.siae.models import Structure


@dataclass(frozen=True, slots=True)
class SuiviAnnexe:
    """One annex of a CAOM, in euros of the département: `paye` is its part of the executed lines,
    `a_recouvrer` what its orders still claim back. An annex whose money an amendment removed
    commits nothing more; what was paid for it stands until it is re-imputed."""

    dossier: Dossier
    paye: Decimal
    a_recouvrer: Decimal
    prevu: Decimal

    @property
    def structure(self) -> Structure:
        return self.dossier.annexe.siae.structure

    @property
    def is_engaged(self) -> bool:
        return self.dossier.version.etat in ENGAGEES

    @property
    def engage(self) -> Decimal:
        return self.dossier.version.montant_cd if self.is_engaged else ZERO

    @property
    def brsa_vises(self) -> int:
        return self.dossier.version.brsa_vises if self.is_engaged else 0

    @property
    def reste(self) -> Decimal:
        return reste_a_payer(self.engage, self.paye, soldee=self.dossier.soldee)

    @property
    def brsa_presents(self) -> int | None:
        """Beneficiaries of the last validated month."""
        done = self.dossier.valides()
        return done[-1].brsa if done and self.is_engaged else None


@dataclass(slots=True)
class SuiviCaom:
    """One CAOM with its annexes; amounts in euros."""

    caom: Caom
    enveloppe: Enveloppe
    annexes: list[SuiviAnnexe] = field(default_factory=list)

    @property
    def decide(self) -> Decimal:
        return self.enveloppe.montant

    @property
    def engage(self) -> Decimal:
        return total(row.engage for row in self.annexes)

    @property
    def reste_a_engager(self) -> Decimal:
        return self.decide - self.engage

    @property
    def paye(self) -> Decimal:
        return total(row.paye for row in self.annexes)

    @property
    def a_recouvrer(self) -> Decimal:
        return total(row.a_recouvrer for row in self.annexes)

    @property
    def reste_a_payer(self) -> Decimal:
        return total(row.reste for row in self.annexes)

    @property
    def prevu(self) -> Decimal:
        """What the département will have borne at the end, at the pace of the last months."""
        return total(row.prevu for row in self.annexes)

    @property
    def beneficiaires_vises(self) -> int:
        return sum(row.brsa_vises for row in self.annexes)

    @property
    def beneficiaires_presents(self) -> int:
        return sum(row.brsa_presents or 0 for row in self.annexes)

    @property
    def taux_engage(self) -> Decimal:
        return rate(divide(HUNDRED * self.engage, self.decide)) if self.decide else ZERO


def follow_up(acting: Membership, caoms: Sequence[Caom], on: date) -> list[SuiviCaom]:
    """Each of these CAOM with the annexes committed on it, in their order; `objectifs` and
    `financeur` of the CAOM must have been prefetched."""
    found = {caom.pk: SuiviCaom(caom, envelope_of(caom, on)) for caom in caoms}
    versions, caom_of = committed_on(acting, caoms)
    ids = [version.annexe_id for version in versions]
    paid, left = paid_by_annexe(ids), to_recover_by_annexe(ids)
    for dossier in read_dossiers(acting, versions, on):
        row = SuiviAnnexe(
            dossier,
            paye=_of_departement(dossier, paid),
            a_recouvrer=_of_departement(dossier, left),
            prevu=_expected(dossier),
        )
        if row.is_engaged or row.paye or row.a_recouvrer:
            found[caom_of[dossier.annexe.pk]].annexes.append(row)
    return list(found.values())


def committed_on(
    acting: Membership, caoms: Sequence[Caom]
) -> tuple[list[VersionAnnexe], dict[int, int]]:
    """Versions in force or closed that count on these CAOM, and the CAOM of each annex; of an
    annex whose money was removed, the last version that bore some.

    A predecessor without a CAOM of its own that year counts on its successor's, as the checks of
    an annex do (`annexes.consumption`).
    """
    years = {caom.annee for caom in caoms}
    asked = {(caom.financeur_id, caom.annee): caom.pk for caom in caoms}
    recorded = set(Caom.objects.filter(annee__in=years).values_list("financeur_id", "annee"))
    first = VersionAnnexe.objects.filter(annexe=OuterRef("annexe"), modification=0)
    removed = Q(etat=VersionAnnexe.Etat.HISTORISE, annexe__courante__montant_cd=0)
    rows = (
        VersionAnnexe.objects.visible_to(acting)
        .filter(Q(etat__in=ENGAGEES) | removed, montant_cd__gt=0)
        .annotate(annee_signature=Subquery(first.values("signee_le__year")[:1]))
        .filter(annee_signature__in=years)
        .select_related("annexe__siae__structure", "financeur_cd")
        .prefetch_related("montants_unitaires")
        .order_by(
            "annexe__siae__structure__cle_tri",
            "annexe__numero",
            "annexe__renouvellement",
            "-modification",
        )
    )
    kept, caom_of = [], {}
    for version in rows:
        funder = version.financeur_cd
        own = funder.pk, version.annee_signature
        key = own if own in recorded else (funder.successeur_id, version.annee_signature)
        if key in asked and version.annexe_id not in caom_of:
            kept.append(version)
            caom_of[version.annexe_id] = asked[key]
    return kept, caom_of


def _of_departement(dossier: Dossier, amounts: dict[tuple[int, int], Decimal]) -> Decimal:
    """The part of the annex's own département, or of the one that has taken it over."""
    funder = dossier.version.financeur_cd
    return total(
        amounts.get((dossier.annexe.pk, financeur_id), ZERO)
        for financeur_id in (funder.pk, funder.successeur_id)
        if financeur_id is not None
    )


def _expected(dossier: Dossier) -> Decimal:
    """What the département will have borne: final once the annex is settled, else at the pace of
    the last months; what the annex provides for until a month is known."""
    if dossier.soldee:
        return total(line.part_cd - line.recouvre_cd for line in dossier.executees)
    if dossier.version.etat not in ENGAGEES:
        return ZERO
    if not dossier.valides():
        return dossier.version.montant_cd
    return consumption_of(dossier).prevu_sous_plafond


def chart_of(suivi: SuiviCaom) -> Graphique:
    """Decided, committed, paid and expected, side by side."""
    return Graphique(
        titre=f"{suivi.caom} : du décidé au payé",
        description="Montants du département sur la CAOM : enveloppe décidée, engagé par les "
        "annexes, payé à ce jour et prévu à la fin de l’année.",
        abscisses=["Décidé", "Engagé", "Payé", "Prévu en fin d’année"],
        series=(Serie("Montant", [suivi.decide, suivi.engage, suivi.paye, suivi.prevu]),),
        unite="€",
        axe="Étape",
    )
