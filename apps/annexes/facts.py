"""What annexes are checked against, read for many of them in a constant number of queries.

Other annexes of the same SIAE, the CAOM and what is committed on it, mandates, bank details. Read
by `apps.annexes.checks`: for one version under lock, as for the whole queue of the ASP.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, OuterRef, Subquery, Sum
from django.db.models.functions import ExtractYear

from apps.annexes.consumption import ENGAGEES, Consommation
from apps.annexes.models import VersionAnnexe
from apps.conventions.envelope import envelope_of
from apps.conventions.models import Caom, ConventionMandat, Financeur
from apps.core import fence
from apps.rules.money import ZERO, total
from apps.siae.models import CoordonneesBancaires

# States of another annex that keep its days from this one.
OCCUPANT = (VersionAnnexe.Etat.VALIDE, VersionAnnexe.Etat.CLOTURE, VersionAnnexe.Etat.SAISI)
# Of a funder and a year of signature: euros, beneficiaries, annexes in force.
Engagement = tuple[Decimal, int, int]


@dataclass(frozen=True, slots=True)
class Faits:
    """Facts of a batch; `signatures`: day of signature of each annex (its M0)."""

    occupant: dict[int, list[VersionAnnexe]]
    signatures: dict[int, date | None]
    predecesseurs: dict[int, list[int]]
    caoms: dict[tuple[int, int], Caom]
    engagements: dict[tuple[int, int], Engagement]
    mandats: dict[int, list[ConventionMandat]]
    avec_banque: frozenset[int]

    def overlapping(self, version: VersionAnnexe) -> list[VersionAnnexe]:
        """Active annexes of the same SIAE that share days with it."""
        return [
            other
            for other in self.occupant[version.siae_id]
            if other.annexe_id != version.annexe_id
            and other.debut <= version.fin
            and other.fin >= version.debut
        ]

    def signed_on(self, version: VersionAnnexe) -> date | None:
        """Day of signature of the annex: an amendment stays on that of its first version."""
        return self.signatures[version.annexe_id] if version.modification else version.signee_le

    def signature_year(self, version: VersionAnnexe) -> int:
        return (self.signed_on(version) or version.debut).year

    def caom(self, version: VersionAnnexe) -> Caom | None:
        """The CAOM a co-financed version counts on: its funder's, or its successor's."""
        year = self.signature_year(version)
        found = (self.caoms.get((pk, year)) for pk in _funders(version))
        return next((caom for caom in found if caom), None)

    def consumption(self, caom: Caom, version: VersionAnnexe, on: date) -> Consommation:
        """What the other annexes commit on a CAOM, this one not counted."""
        year = caom.annee
        alone = [pk for pk in self.predecesseurs[caom.financeur_id] if (pk, year) not in self.caoms]
        funders = {caom.financeur_id, *alone}
        found = [self.engagements.get((pk, year), (ZERO, 0, 0)) for pk in funders]
        own = version.annexe.courante
        signed = self.signatures[version.annexe_id]
        if (
            own is not None
            and own.etat in ENGAGEES
            and own.montant_cd
            and own.financeur_cd_id in funders
            and signed is not None
            and signed.year == year
        ):
            found.append((-own.montant_cd, -own.brsa_vises, -1))
        return Consommation(
            enveloppe=envelope_of(caom, on),
            engage=total(amount for amount, _people, _count in found),
            beneficiaires=sum(people for _amount, people, _count in found),
            annexes=sum(count for _amount, _people, count in found),
            transmis=ZERO,
            annexes_transmises=0,
        )

    def mandats_of(self, version: VersionAnnexe) -> list[ConventionMandat]:
        return [mandat for pk in _funders(version) for mandat in self.mandats[pk]]


@fence.system("the checks count all that is committed on a CAOM")
def facts_of(versions: Sequence[VersionAnnexe]) -> Faits:
    """Facts of versions that come with their annex, its current version, SIAE and funder."""
    annexes = {version.annexe_id for version in versions}
    funders = {pk for version in versions if version.montant_cd for pk in _funders(version)}
    first = VersionAnnexe.objects.filter(annexe__in=annexes, modification=0)
    predecessors: dict[int, list[int]] = defaultdict(list)
    mandates: dict[int, list[ConventionMandat]] = defaultdict(list)
    if funders:
        before = Financeur.objects.filter(successeur__in=funders)
        for successor, pk in before.values_list("successeur_id", "pk"):
            predecessors[successor].append(pk)
        for mandat in ConventionMandat.objects.filter(financeur__in=funders):
            mandates[mandat.financeur_id].append(mandat)
    concerned = funders | {pk for found in predecessors.values() for pk in found}
    caoms = Caom.objects.filter(financeur__in=concerned).select_related("financeur")
    structures = {version.siae.structure_id for version in versions}
    return Faits(
        occupant=_occupant({version.siae_id for version in versions}),
        signatures=dict(first.values_list("annexe_id", "signee_le")),
        predecesseurs=predecessors,
        caoms={(c.financeur_id, c.annee): c for c in caoms.prefetch_related("objectifs")}
        if concerned
        else {},
        engagements=_engagements(concerned) if concerned else {},
        mandats=mandates,
        avec_banque=frozenset(
            CoordonneesBancaires.objects.filter(
                structure__in=structures, etat="ACTIVE"
            ).values_list("structure_id", flat=True)
        ),
    )


def _funders(version: VersionAnnexe) -> list[int]:
    """The funder of a version, then the one that took over from it."""
    funder = version.financeur_cd
    if funder is None:
        return []
    return [pk for pk in (funder.pk, funder.successeur_id) if pk]


def _occupant(siaes: set[int]) -> dict[int, list[VersionAnnexe]]:
    found: dict[int, list[VersionAnnexe]] = defaultdict(list)
    rows = VersionAnnexe.objects.filter(siae__in=siaes, etat__in=OCCUPANT).select_related("annexe")
    for version in rows.order_by("debut", "pk"):
        found[version.siae_id].append(version)
    return found


def _engagements(funders: set[int]) -> dict[tuple[int, int], Engagement]:
    first = VersionAnnexe.objects.filter(annexe=OuterRef("annexe"), modification=0)
    rows = (
        VersionAnnexe.objects.filter(financeur_cd__in=funders, montant_cd__gt=0, etat__in=ENGAGEES)
        .annotate(annee=ExtractYear(Subquery(first.values("signee_le")[:1])))
        .order_by()
        .values_list("financeur_cd_id", "annee")
        .annotate(Sum("montant_cd"), Sum("brsa_vises"), Count("pk"))
    )
    return {(funder, year): (money, people, count) for funder, year, money, people, count in rows}
