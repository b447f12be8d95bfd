"""Renewals in series: every annex of a territory that ends with the year, opened in one act.

The preview is the act itself, taken back: what it shows is what will be written. Each annex is
renewed by `renew_annexe`; one refused does not stop the others, and says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import transaction

from apps.accounts.models import Membership
from apps.annexes.checks import Constat, blocking, check_version
from apps.annexes.consumption import Consommation, caom_of, consumption_of, in_preparation_on
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.annexes.services.renewal import renew_annexe
from apps.conventions.models import Caom
from apps.core.errors import Refus
from apps.rules.money import total
from apps.rules.parameter import one_reading

# A page one can check; the next ones make another series.
MAXIMUM = 100
# What a renewal lacks until it is signed: said once for all, not on each line.
A_LA_SIGNATURE = frozenset({"piece", "signee_le", "signataire"})


@dataclass(slots=True)
class LigneSerie:
    """An annex and its renewal, or why it was refused."""

    annexe: AnnexeFinanciere
    version: VersionAnnexe | None = None
    refus: tuple[str, ...] = ()
    constats: list[Constat] = field(default_factory=list)

    @property
    def bloquants(self) -> int:
        return len(blocking(self.constats))


@dataclass(slots=True)
class CaomApres:
    """What a CAOM would hold once the whole series is in force, in euros and beneficiaries;
    `autres`: the other annexes being prepared, those of an earlier series first of all."""

    caom: Caom
    consommation: Consommation
    serie: Decimal
    beneficiaires: int
    autres: Decimal
    autres_beneficiaires: int

    @property
    def reste(self) -> Decimal:
        return self.consommation.reste - self.autres - self.serie

    @property
    def beneficiaires_restants(self) -> int:
        others = self.autres_beneficiaires + self.beneficiaires
        return self.consommation.beneficiaires_restants - others


@dataclass(slots=True)
class Serie:
    lignes: list[LigneSerie]
    caoms: list[CaomApres]

    @property
    def ouvertes(self) -> list[LigneSerie]:
        return [ligne for ligne in self.lignes if ligne.version]

    @property
    def constats(self) -> list[tuple[Constat, list[LigneSerie]]]:
        """Each finding once, blocking ones first, with the annexes it is about."""
        found: dict[Constat, list[LigneSerie]] = {}
        for ligne in self.ouvertes:
            for constat in ligne.constats:
                found.setdefault(constat, []).append(ligne)
        return sorted(found.items(), key=lambda pair: not pair[0].bloquant)

    @property
    def refusees(self) -> list[LigneSerie]:
        return [ligne for ligne in self.lignes if not ligne.version]


def preview_series(
    acting: Membership,
    annexes: Sequence[AnnexeFinanciere],
    *,
    on: date,
    fin: date | None = None,
    taux_cd: Decimal | None = None,
) -> Serie:
    """What `renew_series` would write that day; nothing is written."""
    with transaction.atomic():
        found = renew_series(acting, annexes, on=on, fin=fin, taux_cd=taux_cd)
        transaction.set_rollback(True)
    return found


@transaction.atomic
@one_reading()
def renew_series(
    acting: Membership,
    annexes: Sequence[AnnexeFinanciere],
    *,
    on: date,
    fin: date | None = None,
    taux_cd: Decimal | None = None,
) -> Serie:
    """Renew each annex, provisional, in the order of the numbers (locks included)."""
    if len(annexes) > MAXIMUM:
        raise Refus(f"Une série compte {MAXIMUM} annexes au plus : renouvelez-les en plusieurs.")
    lignes = []
    for annexe in sorted(annexes, key=lambda annexe: annexe.pk):
        ligne = LigneSerie(annexe)
        try:
            with transaction.atomic():
                version = renew_annexe(acting, annexe, on=on, fin=fin, taux_cd=taux_cd)
            ligne.version = version
            ligne.constats = [
                found
                for found in check_version(version, on=on)
                if found.champ not in A_LA_SIGNATURE
            ]
        except Refus as refus:
            ligne.refus = refus.motifs
        lignes.append(ligne)
    return Serie(sorted(lignes, key=lambda ligne: str(ligne.annexe)), _caoms(lignes, on))


def _caoms(lignes: Sequence[LigneSerie], on: date) -> list[CaomApres]:
    by_caom: dict[int, tuple[Caom, list[VersionAnnexe]]] = {}
    for ligne in lignes:
        if ligne.version and ligne.version.montant_cd and (caom := caom_of(ligne.version)):
            by_caom.setdefault(caom.pk, (caom, []))[1].append(ligne.version)
    return [_apres(caom, versions, on) for caom, versions in by_caom.values()]


def _apres(caom: Caom, versions: Sequence[VersionAnnexe], on: date) -> CaomApres:
    amount, people = in_preparation_on(caom)  # the series, already written, is among them
    serie = total(version.montant_cd for version in versions)
    beneficiaires = sum(version.brsa_vises for version in versions)
    return CaomApres(
        caom=caom,
        consommation=consumption_of(caom, on=on),
        serie=serie,
        beneficiaires=beneficiaires,
        autres=amount - serie,
        autres_beneficiaires=people - beneficiaires,
    )
