"""One statement as a page shows it: a row per contract, last month's hours, totals.

Reads only, in a constant number of queries whatever the number of employees. Called by the entry,
certification and validation pages. Before the ASP validates, eligible hours are a forecast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.presence.checks import fingerprint_of
from apps.presence.eligibility import with_eligibility
from apps.presence.models import EtatMensuel, LignePresence
from apps.presence.services.entry import previous_hours
from apps.rules.conditions import etp_mensuels
from apps.rules.periods import Month
from apps.rules.presence import days_in_month, taux_realisation
from apps.siae.models import Contrat, Salarie

ZERO = Decimal("0.00")
FIRST_REVISION = 1


@dataclass(frozen=True, slots=True)
class Row:
    """A contract in the month; `ligne` is None until the statement is opened for it."""

    contrat: Contrat
    ligne: LignePresence | None
    jours: int
    precedentes: Decimal | None

    @property
    def salarie(self) -> Salarie:
        return self.contrat.salarie

    @property
    def heures(self) -> Decimal | None:
        return self.ligne.heures_declarees if self.ligne else None

    @property
    def revision(self) -> int:
        return self.ligne.revision if self.ligne else FIRST_REVISION

    @property
    def is_frozen(self) -> bool:
        return self.ligne is not None and self.ligne.heures_eligibles is not None

    @property
    def motif(self) -> str:
        """Why the hours are not eligible, '' when they are."""
        if self.ligne is None:
            return ""
        return self.ligne.motif_ineligibilite if self.is_frozen else self.ligne.motif_prevu

    @property
    def eligibles(self) -> Decimal:
        if self.is_frozen:
            return self.ligne.heures_eligibles
        return ZERO if self.motif else self.heures or ZERO

    @property
    def brsa(self) -> bool:
        if self.ligne is None:
            return False
        return self.ligne.brsa if self.is_frozen else self.ligne.brsa_prevu

    @property
    def sortie(self) -> date | None:
        """The exit, when it falls in the month or before."""
        return self.contrat.date_sortie


@dataclass(frozen=True, slots=True)
class Compte:
    """What the totals need of a row: person, declared and eligible hours, RSA."""

    salarie_id: int
    heures: Decimal | None
    eligibles: Decimal
    brsa: bool


@dataclass(frozen=True, slots=True)
class Totaux:
    """Figures of the header of a statement. `etp` counts declared hours, as on the ASP's form."""

    lignes: int
    saisies: int
    declarees: Decimal
    eligibles: Decimal
    salaries: int
    brsa: int
    etp: Decimal
    taux: Decimal


@dataclass(frozen=True, slots=True)
class Sheet:
    annexe: AnnexeFinanciere
    mois: date
    etat: EtatMensuel | None
    version: int
    rows: list[Row]
    totaux: Totaux

    @property
    def month(self) -> Month:
        return Month.of(self.mois)

    @property
    def heures_etp_centiemes(self) -> int:
        """Annual hours of a post, in hundredths: the live totals count in whole numbers."""
        return hundredths(self.annexe.courante.heures_annuelles_etp)

    @property
    def etp_centiemes(self) -> int:
        return hundredths(self.annexe.courante.etp)

    @property
    def empreinte(self) -> str:
        """Of the lines as they were read, for the page that asks for a signature on them."""
        return fingerprint_of(row.ligne for row in self.rows if row.ligne is not None)

    @property
    def is_current(self) -> bool:
        return self.etat is None or self.version == self.etat.version

    @property
    def is_unpaid(self) -> bool:
        """Nothing is paid on this annex before the ASP validates it."""
        return self.annexe.courante.etat in VersionAnnexe.ETATS_EN_PREPARATION

    @property
    def is_final(self) -> bool:
        """Eligible hours are those the ASP validated, no longer a forecast."""
        return bool(self.rows) and all(row.is_frozen for row in self.rows)


def hundredths(figure: Decimal) -> int:
    """A figure of two decimals as a whole number."""
    return int(figure * 100)


def sheet_of(
    annexe: AnnexeFinanciere, mois: date, etat: EtatMensuel | None, *, version: int | None = None
) -> Sheet:
    """The sheet of a month; while it is open, the contracts that have no line yet are in it."""
    version = version or (etat.version if etat else 1)
    lines = _lines(etat, version)
    contrats = [line.contrat for line in lines]
    is_open = etat is None or etat.etat in EtatMensuel.ETATS_OUVERTS
    if is_open and (etat is None or version == etat.version):
        contrats += _without_line(annexe, mois, contrats)
    by_contrat = {line.contrat_id: line for line in lines}
    before = LignePresence.objects.previous_lines(annexe.siae_id, mois)
    month = Month.of(mois)
    rows = [
        Row(
            contrat,
            by_contrat.get(contrat.pk),
            days_in_month(contrat.debut, contrat.dernier_jour, month),
            previous_hours(contrat, before),
        )
        for contrat in contrats
    ]
    rows.sort(key=lambda row: (row.salarie.cle_tri, row.contrat.debut))
    return Sheet(annexe, mois, etat, version, rows, _totals(annexe, rows))


def _lines(etat: EtatMensuel | None, version: int) -> list[LignePresence]:
    if etat is None:
        return []
    lines = LignePresence.objects.filter(etat_mensuel=etat, version=version)
    return list(with_eligibility(lines).select_related("contrat__salarie", "modifie_par"))


def _without_line(annexe: AnnexeFinanciere, mois: date, known: list[Contrat]) -> list[Contrat]:
    month = Month.of(mois)
    return list(
        Contrat.objects.open_between(month.first_day, month.last_day)
        .filter(siae=annexe.siae_id)
        .exclude(pk__in=[contrat.pk for contrat in known])
        .select_related("salarie")
    )


def _totals(annexe: AnnexeFinanciere, rows: list[Row]) -> Totaux:
    return totals_of(
        annexe, [Compte(r.contrat.salarie_id, r.heures, r.eligibles, r.brsa) for r in rows]
    )


def totals_of(annexe: AnnexeFinanciere, comptes: Sequence[Compte]) -> Totaux:
    """A beneficiary is a person with at least one eligible hour in the month (CdC §2.3)."""
    declared = sum((compte.heures or ZERO for compte in comptes), ZERO)
    persons: dict[int, Decimal] = {}
    for compte in comptes:
        if compte.brsa:
            persons[compte.salarie_id] = persons.get(compte.salarie_id, ZERO) + compte.eligibles
    etp = etp_mensuels(declared, annexe.courante.heures_annuelles_etp)
    return Totaux(
        lignes=len(comptes),
        saisies=sum(compte.heures is not None for compte in comptes),
        declarees=declared,
        eligibles=sum((compte.eligibles for compte in comptes), ZERO),
        salaries=len({compte.salarie_id for compte in comptes if compte.heures}),
        brsa=sum(hours >= 1 for hours in persons.values()),
        etp=etp,
        taux=taux_realisation(etp, annexe.courante.etp),
    )


@dataclass(frozen=True, slots=True)
class Drapeaux:
    """What the eligibility says of a contract, for the live totals of the entry page."""

    contrat_id: int
    brsa: bool
    motif: str


def open_totals(annexe: AnnexeFinanciere, mois: date) -> tuple[Totaux, list[Drapeaux]]:
    """Totals of a statement being entered, in one query: what a saved row is answered with."""
    lines = with_eligibility(
        LignePresence.objects.current().filter(etat_mensuel__annexe=annexe, etat_mensuel__mois=mois)
    ).order_by()
    comptes, drapeaux = [], []
    for contrat_id, salarie_id, heures, motif, brsa in lines.values_list(
        "contrat_id", "salarie_id", "heures_declarees", "motif_prevu", "brsa_prevu"
    ):
        comptes.append(Compte(salarie_id, heures, ZERO if motif else heures or ZERO, brsa))
        drapeaux.append(Drapeaux(contrat_id, brsa, motif))
    return totals_of(annexe, comptes), drapeaux
