"""Treasury forecast of an annex: « si je fais x heures par mois jusqu’à la fin » (spec 03, SIAE 6).

What was paid stays as it was paid; the runs to come are played by the rules that pay
(`apps.rules.forecast`), each missing statement holding the hours and beneficiaries supposed.
Nothing is written. Called by `views/simulateur.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from django.conf import settings
from django.db.models import Sum

from apps.annexes.conditions import conditions_by_annexe, conditions_of
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.payments.liquidation import months_validated
from apps.payments.models import Campagne, Versement
from apps.presence.models import EtatMensuel, LignePresence
from apps.presence.querysets import validated_totals
from apps.rules.cofinancement import MontantsDates
from apps.rules.conditions import Conditions
from apps.rules.due import Executee, MoisValide
from apps.rules.explanation import Etape
from apps.rules.forecast import Hypothese, play, suppose
from apps.rules.money import HUNDRED, ZERO, divide, hours2, rate, total
from apps.rules.parameter import montants_mensuels_cd
from apps.rules.periods import Month

NINE_TENTHS = Decimal("0.90")


@dataclass(frozen=True, slots=True)
class Dossier:
    """What is known of an annex on a day: its versions, its statements, what was paid.

    `declares`: declared hours of the statements certified and not validated yet.
    """

    annexe: AnnexeFinanciere
    versions: Sequence[Conditions]
    brsa_vises: int
    valides: Mapping[Month, MoisValide]
    declares: Mapping[Month, Decimal]
    payes: Sequence[Versement]
    montants_cd: MontantsDates
    depuis: Month
    close: bool

    @property
    def conditions(self) -> Conditions:
        """Figures of the last version."""
        return self.versions[-1]

    @property
    def mois_a_venir(self) -> tuple[Month, ...]:
        """Months whose statement is not validated yet: those the hypothesis fills."""
        return tuple(mois for mois in self.conditions.months if mois not in self.valides)

    @property
    def heures_annexe(self) -> Hypothese:
        """The theoretical hours and the beneficiaries the annex aims at."""
        return Hypothese(self.conditions.heures_mensuelles, self.brsa_vises)

    @property
    def dernier_mois(self) -> Hypothese | None:
        """Hours and beneficiaries of the last validated month; None before the first one."""
        if not self.valides:
            return None
        last = self.valides[max(self.valides)]
        return Hypothese(last.heures, last.brsa)

    @property
    def reduite(self) -> Hypothese:
        """Nine tenths of what the annex provides for."""
        return replace(self.heures_annexe, heures=hours2(self.heures_annexe.heures * NINE_TENTHS))


@dataclass(frozen=True, slots=True)
class LigneTresorerie:
    """A line paid (`versement_id`) or to come (`etapes`); `cumul`: cash received so far, in euros,
    recovery orders taken off."""

    campagne: Month
    mois: Month
    nature: str
    montant: Decimal
    part_etat: Decimal
    part_cd: Decimal
    ordres: Decimal
    cumul: Decimal
    etapes: tuple[Etape, ...] = ()
    versement_id: int | None = None

    @property
    def nature_libelle(self) -> str:
        return str(Versement.Nature(self.nature).label)

    @property
    def cle(self) -> str:
        """Anchor of its explanation on the page."""
        return f"calcul-{self.mois}-{self.nature}"


@dataclass(frozen=True)
class Tresorerie:
    """The whole course of an annex under one hypothesis. Amounts in euros."""

    lignes: Sequence[LigneTresorerie]
    heures: Mapping[Month, Decimal]
    conditions: Conditions
    ordres_etat: Decimal
    ordres_cd: Decimal

    @cached_property
    def a_venir(self) -> list[LigneTresorerie]:
        return [ligne for ligne in self.lignes if ligne.versement_id is None]

    @property
    def paye(self) -> Decimal:
        return total(ligne.montant for ligne in self.lignes) - self.a_recevoir

    @property
    def a_recevoir(self) -> Decimal:
        return total(ligne.montant for ligne in self.a_venir)

    @property
    def a_recevoir_etat(self) -> Decimal:
        return total(ligne.part_etat for ligne in self.a_venir)

    @property
    def a_recevoir_cd(self) -> Decimal:
        return total(ligne.part_cd for ligne in self.a_venir)

    @property
    def ordres(self) -> Decimal:
        """Recovery orders to expect; below zero when orders already issued would be reduced."""
        return self.ordres_etat + self.ordres_cd

    @property
    def reduction(self) -> Decimal:
        """By how much the orders already issued would be reduced."""
        return max(ZERO, -self.ordres)

    @property
    def net(self) -> Decimal:
        """What remains acquired once everything is settled."""
        return self.lignes[-1].cumul if self.lignes else ZERO

    @property
    def total_heures(self) -> Decimal:
        return sum(self.heures.values(), ZERO)

    @property
    def taux(self) -> Decimal:
        """Rate of realisation over the whole period, in percent."""
        return rate(divide(HUNDRED * self.total_heures, self.conditions.heures_theoriques))

    def cumul_at(self, campagne: Month) -> Decimal:
        """Cash received, orders taken off, once the run of a month has been paid."""
        past = [ligne.cumul for ligne in self.lignes if ligne.campagne <= campagne]
        return past[-1] if past else ZERO


def read_dossier(annexe: AnnexeFinanciere, on: date) -> Dossier:
    """Everything a simulation rests on: a fixed number of queries.

    Raises ParametreInconnu when an RSA amount is not recorded, ValueError when the figures of a
    draft make no annex.
    """
    versions = [figures for _version, figures in _in_force(annexe)]
    courante = annexe.courante
    assert courante is not None  # noqa: S101 - every annex has a version
    if not versions:
        versions = [conditions_of(courante)]
    montants: MontantsDates = ()
    if any(figures.montant_cd for figures in versions):
        montants = montants_mensuels_cd(on, annexe.siae.structure.departement)
    lines = Versement.objects.executed().filter(annexe=annexe).select_related("campagne")
    # Beside the total of the annex: no instalment to come rests on it.
    lines = lines.exclude(nature=Versement.Nature.MODULATION)
    return Dossier(
        annexe=annexe,
        versions=versions,
        brsa_vises=courante.brsa_vises if montants else 0,
        valides=months_validated(validated_totals([annexe.pk]), montants or None),
        declares=_declared(annexe),
        payes=list(lines.defer("calcul").order_by("campagne__mois", "pk")),
        montants_cd=montants,
        depuis=next_run(on),
        close=courante.etat in (VersionAnnexe.Etat.CLOTURE, VersionAnnexe.Etat.ANNULE),
    )


def simulate(dossier: Dossier, hypotheses: Mapping[Month, Hypothese]) -> Tresorerie:
    """Play the runs to come, each month to come holding its hypothesis."""
    supposed = suppose(dossier.valides, hypotheses, dossier.depuis, dossier.montants_cd)
    paid = [_executed(line) for line in dossier.payes]
    lines, cumul = _paid_lines(dossier.payes)
    etat = cd = ZERO
    played = () if dossier.close else _play(dossier, supposed, paid)
    for dated in played:
        ligne = dated.ligne
        etat, cd = etat + ligne.recouvre_etat, cd + ligne.recouvre_cd
        ordres = ligne.recouvre_etat + ligne.recouvre_cd
        cumul += ligne.montant - ordres
        lines.append(
            LigneTresorerie(
                dated.campagne,
                ligne.mois,
                ligne.nature,
                ligne.montant,
                ligne.part_etat,
                ligne.part_cd,
                ordres,
                cumul,
                ligne.etapes,
            )
        )
    months = dossier.conditions.months
    heures = {mois: supposed[mois].heures for mois in months if mois in supposed}
    return Tresorerie(lines, heures, dossier.conditions, etat, cd)


def _play(dossier: Dossier, supposed: Mapping[Month, MoisValide], paid: list[Executee]):  # type: ignore[no-untyped-def]
    return play(dossier.versions, supposed, paid, dossier.depuis, settings.JOUR_PAIEMENT).lignes


def _in_force(annexe: AnnexeFinanciere) -> list[tuple[VersionAnnexe, Conditions]]:
    return conditions_by_annexe([annexe.pk]).get(annexe.pk, [])


def _declared(annexe: AnnexeFinanciere) -> dict[Month, Decimal]:
    rows = (
        LignePresence.objects.current()
        .filter(etat_mensuel__annexe=annexe, etat_mensuel__etat=EtatMensuel.Etat.SAISI)
        .order_by()
        .values_list("etat_mensuel__mois")
        .annotate(heures=Sum("heures_declarees"))
    )
    return {Month.of(mois): heures or ZERO for mois, heures in rows}


def next_run(on: date) -> Month:
    """The month of the first run to come: after the last executed one and the payment day."""
    month = Month.of(on)
    depuis = month if on.day <= settings.JOUR_PAIEMENT else month + 1
    last = Campagne.objects.executed().order_by("-mois").values_list("mois", flat=True).first()
    return max(depuis, Month.of(last) + 1) if last else depuis


def _executed(line: Versement) -> Executee:
    return Executee(
        Month.of(line.mois),
        line.nature,
        line.sequence,
        line.montant,
        line.part_etat,
        line.part_cd,
        line.recouvre_etat,
        line.recouvre_cd,
    )


def _paid_lines(payes: Sequence[Versement]) -> tuple[list[LigneTresorerie], Decimal]:
    lines, cumul = [], ZERO
    for line in payes:
        ordres = line.recouvre_etat + line.recouvre_cd
        cumul += line.montant - ordres
        lines.append(
            LigneTresorerie(
                Month.of(line.campagne.mois),
                Month.of(line.mois),
                line.nature,
                line.montant,
                line.part_etat,
                line.part_cd,
                ordres,
                cumul,
                versement_id=line.pk,
            )
        )
    return lines, cumul
