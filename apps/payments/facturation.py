"""What a département is billed for its mandate: acts counted once, prices, rows of an invoice.

Text: convention de mandat, art. 3.2. The preparation writes it, the preview shows it, the issue
computes it again and compares. Reads a fixed number of queries, whatever the number of annexes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from django.db.models import Exists, OuterRef

from apps.annexes.models import VersionAnnexe
from apps.conventions.models import ConventionMandat
from apps.payments.holds import Situation, mandat_of, situation_of
from apps.payments.models import AvisTarif, FactureFrais, LigneFrais
from apps.rules.explanation import Etape
from apps.rules.frais import Poste, invoice, is_billable
from apps.rules.indexation import Tarif
from apps.rules.money import ZERO

Periode = FactureFrais.Periode
Nature = LigneFrais.Nature
# Last month and day of the acts counted by each invoice.
ARRETE = {Periode.SEMESTRE_1: (6, 30), Periode.SEMESTRE_2: (12, 31), Periode.AJUSTEMENT: (12, 31)}


@dataclass(frozen=True, slots=True)
class Rang:
    """One row to be: its nature, its words, its amount in euros, the version it is about."""

    nature: str
    libelle: str
    montant: Decimal
    version: VersionAnnexe | None = None

    @property
    def key(self) -> tuple[str, int | None, Decimal]:
        return self.nature, self.version.pk if self.version else None, self.montant


@dataclass(frozen=True, slots=True)
class Decompte:
    """An invoice to be: its rows, its amount in euros (below 0: a credit), its explained steps."""

    arretee_au: date
    rangs: tuple[Rang, ...]
    montant: Decimal
    etapes: tuple[Etape, ...]

    @property
    def actes(self) -> int:
        """Acts counted, less those taken back."""
        signs = {Nature.ACTE: 1, Nature.RETRAIT: -1}
        return sum(signs.get(rang.nature, 0) for rang in self.rangs)


def count_fees(
    mandat: ConventionMandat, annee: int, periode: str, *, but: FactureFrais | None = None
) -> Decompte | None:
    """What is to be billed of a year of a mandate at the end of a period.

    Every act validated since 1 January and in no living invoice (that of `but` aside), the acts
    billed whose annex was cancelled since, and the flat fee when the year has not been charged it.
    None when no price is known for the year.
    """
    tarif = tarif_of(mandat, annee)
    if tarif is None:
        return None
    month, day = ARRETE[Periode(periode)]
    au = date(annee, month, day)
    living = LigneFrais.objects.filter(compte=True)
    if but is not None:
        living = living.exclude(facture=but)
    rangs: list[Rang] = []
    within = mandat.debut.year <= annee <= mandat.fin.year
    charged = living.filter(mandat=mandat, annee=annee, nature=Nature.FORFAIT).exists()
    if within and tarif.forfait_annuel and not charged:
        rangs.append(Rang(Nature.FORFAIT, f"Forfait annuel {annee}", tarif.forfait_annuel))
    billed = set(
        living.filter(nature=Nature.ACTE, mandat=mandat).values_list("version_id", flat=True)
    )
    rangs += [
        Rang(Nature.ACTE, _named(version), tarif.prix_annexe, version)
        for version in acts_of(mandat, date(annee, 1, 1), au)
        if version.pk not in billed
    ]
    taken_back = list(_taken_back(mandat, living))
    rangs += taken_back
    montant, etapes = invoice(_postes(rangs, annee, tarif, taken_back))
    return Decompte(au, tuple(rangs), montant, etapes)


def acts_of(mandat: ConventionMandat, du: date, au: date) -> list[VersionAnnexe]:
    """Versions validated from `du` to `au` that are acts to bill, of annexes signed under the
    mandate and not cancelled, by number of annex; the version before each tells its effect."""
    situation = situation_of([], [], au)
    with_its_money = VersionAnnexe.objects.filter(
        annexe=OuterRef("annexe"), financeur_cd__in=situation.family(mandat.financeur_id)
    )
    versions = (
        VersionAnnexe.objects.ever_in_force()
        .filter(Exists(with_its_money))
        .exclude(annexe__courante__etat=VersionAnnexe.Etat.ANNULE)
        .select_related("annexe__siae__structure")
        .order_by("annexe__numero", "annexe__renouvellement", "annexe_id", "modification")
    )
    return [
        version
        for _annexe, of_annexe in groupby(versions, key=lambda version: version.annexe_id)
        for version in _billable(list(of_annexe), mandat, situation)
        if du <= version.validee_le <= au
    ]


def tarif_of(mandat: ConventionMandat, annee: int) -> Tarif | None:
    """Prices of a year: those of its avenant financier, else those notified for it, else the last
    ones before it; None when the mandate has none."""
    prices = {
        avis.annee: Tarif(avis.prix_annexe, avis.forfait_annuel)
        for avis in AvisTarif.objects.filter(mandat=mandat, etat=AvisTarif.Etat.NOTIFIE)
    }
    prices |= {
        avenant.annee: Tarif(avenant.prix_annexe, avenant.forfait_annuel)
        for avenant in mandat.avenants.all()
    }
    known = [year for year in prices if year <= annee]
    return prices[max(known)] if known else None


def forecast_of(mandat: ConventionMandat, annee: int) -> tuple[int, Decimal] | None:
    """Annexes planned for a year, and the fees expected of them (34,93 × 50 + 7 325,39)."""
    avenant = mandat.avenants.filter(annee=annee).first()
    return (avenant.annexes_prevues, avenant.frais_previsionnels) if avenant else None


def billed_in(
    mandat: ConventionMandat, annee: int, *, until: FactureFrais | None = None
) -> tuple[int, Decimal]:
    """Acts and euros of the invoices issued for a year, credit notes deducted; those issued up to
    `until` when it is given, so that a document does not tell what came after it."""
    issued = LigneFrais.objects.filter(
        compte=True, mandat=mandat, annee=annee, facture__numero__isnull=False
    )
    if until is not None and until.numero:
        issued = issued.filter(facture__numero__lte=until.numero)
    rows = issued.values_list("nature", "montant")
    signs = {Nature.ACTE: 1, Nature.RETRAIT: -1}
    return (
        sum(signs.get(nature, 0) for nature, _montant in rows),
        sum((montant for _nature, montant in rows), ZERO),
    )


def _billable(
    versions: list[VersionAnnexe], mandat: ConventionMandat, situation: Situation
) -> Iterator[VersionAnnexe]:
    if mandat_of(versions, situation) != mandat.pk:
        return
    before: Decimal | None = None
    for version in versions:
        if is_billable(version.montant_cd, before):
            yield version
        before = version.montant_cd


def _taken_back(mandat: ConventionMandat, living) -> Iterator[Rang]:  # type: ignore[no-untyped-def]
    """Acts billed whose annex was cancelled since, and not taken back yet, at the price billed."""
    again = living.filter(nature=Nature.RETRAIT, version=OuterRef("version"))
    rows = (
        living.filter(
            nature=Nature.ACTE,
            mandat=mandat,
            version__annexe__courante__etat=VersionAnnexe.Etat.ANNULE,
        )
        .exclude(Exists(again))
        .select_related("version__annexe__siae__structure")
        .order_by("pk")
    )
    for row in rows:
        libelle = f"{_named(row.version)} : annexe annulée depuis sa facturation"
        yield Rang(Nature.RETRAIT, libelle[:200], -row.montant, row.version)


def _postes(rangs: list[Rang], annee: int, tarif: Tarif, taken_back: list[Rang]) -> list[Poste]:
    """Rows of the invoice grouped by price, as the steps explain them."""
    postes = []
    if any(rang.nature == Nature.FORFAIT for rang in rangs):
        postes.append(Poste(f"Forfait annuel {annee}", 1, tarif.forfait_annuel))
    acts = sum(rang.nature == Nature.ACTE for rang in rangs)
    if acts:
        label = "Annexes financières et avenants ayant un effet sur le montant du département"
        postes.append(Poste(label, acts, tarif.prix_annexe))
    for prix in sorted({-rang.montant for rang in taken_back}):
        number = sum(-rang.montant == prix for rang in taken_back)
        postes.append(Poste("Annexes annulées depuis leur facturation", number, prix, -1))
    return postes


def _named(version: VersionAnnexe) -> str:
    """« ACI 062 23 0013 A0 M1 – Chantier du Ternois »."""
    return f"{version} – {version.annexe.siae.structure.denomination}"[:200]
