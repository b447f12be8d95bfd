"""The figures of one version of an annexe financière, and what follows from them alone.

Text: cahier des charges §2.2 (total, funders' rates) and §2.3 (monthly flat amount).
Built by the annexes app from a version, and by the simulator; read by every rule.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext

from apps.rules.money import EXACT, HUNDRED, ZERO, cents, divide, hours2, rate, total
from apps.rules.periods import Month, month_range

MOIS_PAR_AN = 12


@dataclass(frozen=True, slots=True)
class Conditions:
    """One version's figures: euros, hours and full-time equivalents as exact decimals.

    `montants_unitaires` are (first day, annual amount per full-time equivalent), sorted by date,
    the first one covering `debut`. `a_partir_de` is the first instalment the version applies to
    (the first version: its `debut`). ValueError when the figures make no annex.
    """

    debut: Month
    fin: Month
    etp: Decimal
    montants_unitaires: tuple[tuple[date, Decimal], ...]
    heures_annuelles_etp: Decimal
    montant_cd: Decimal
    a_partir_de: Month
    reference: str = ""

    n: int = field(init=False, repr=False, compare=False)
    months: tuple[Month, ...] = field(init=False, repr=False, compare=False)
    total: Decimal = field(init=False, repr=False, compare=False)
    taux_cd: Decimal = field(init=False, repr=False, compare=False)
    taux_etat: Decimal = field(init=False, repr=False, compare=False)
    unitaires: tuple[Decimal, ...] = field(init=False, repr=False, compare=False)
    forfaits: tuple[Decimal, ...] = field(init=False, repr=False, compare=False)
    forfaits_cd: tuple[Decimal, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check(self)
        # A frozen dataclass with slots has no lazy cache: what every run reads is set once here.
        put = object.__setattr__
        with localcontext(EXACT):
            months = month_range(self.debut, self.fin)
            put(self, "n", len(months))
            put(self, "months", months)
            put(self, "unitaires", tuple(self.unitaire(month) for month in months))
            flat = {unit: flat_amount(self.etp, unit) for unit in set(self.unitaires)}
            put(self, "forfaits", tuple(flat[unit] for unit in self.unitaires))
            put(self, "total", _total(self, single_amount=len(flat) == 1))
            share = rate(HUNDRED * self.montant_cd / self.total) if self.total else ZERO
            put(self, "taux_cd", share)
            put(self, "taux_etat", HUNDRED - share)
            shares = {amount: self.share_cd(amount) for amount in flat.values()}
            put(self, "forfaits_cd", tuple(shares[amount] for amount in self.forfaits))

    def rank(self, month: Month) -> int:
        """1 for the first month of the annex."""
        return month - self.debut + 1

    def unitaire(self, month: Month) -> Decimal:
        """Annual unit amount in force on the first day of a month (outside the period too)."""
        if len(self.montants_unitaires) == 1:
            return self.montants_unitaires[0][1]
        position = bisect_right(self.montants_unitaires, month.first_day, key=lambda pair: pair[0])
        return self.montants_unitaires[max(position, 1) - 1][1]

    def forfait(self, month: Month) -> Decimal:
        """Monthly flat amount, in euros, of a month of the period."""
        return self.forfaits[self._index(month)]

    def forfait_cd(self, month: Month) -> Decimal:
        """The département's part of the flat amount, by the rounded rate."""
        return self.forfaits_cd[self._index(month)]

    def forfait_etat(self, month: Month) -> Decimal:
        """The State's part: what the département does not bear."""
        return self.forfait(month) - self.forfait_cd(month)

    def share_cd(self, amount: Decimal) -> Decimal:
        """The département's part of any amount, by the rounded rate."""
        return cents(amount * self.taux_cd / HUNDRED)

    def is_regularised(self, month: Month) -> bool:
        """True for months 5, 8 and 11 of the annex: two months after a quarter that is not last."""
        return self.quarter_end(month) > 0

    def quarter_end(self, month: Month) -> int:
        """Rank (3, 6 or 9) of the quarter that this month's instalment regularises, else 0."""
        rank = self.rank(month)
        quarter = rank - 2
        return quarter if quarter in (3, 6, 9) and rank <= self.n else 0

    @property
    def heures_mensuelles(self) -> Decimal:
        """Theoretical hours of a month, two decimals, to be shown (comparisons stay exact)."""
        return hours2(divide(self.etp * self.heures_annuelles_etp, Decimal(MOIS_PAR_AN)))

    @property
    def heures_theoriques(self) -> Decimal:
        """Theoretical hours of the whole period, two decimals, to be shown."""
        return hours2(divide(self.n * self.etp * self.heures_annuelles_etp, Decimal(MOIS_PAR_AN)))

    def _index(self, month: Month) -> int:
        index = month - self.debut
        if not 0 <= index < self.n:
            raise ValueError(f"{month} is outside {self.debut}..{self.fin}")
        return index


def _check(version: Conditions) -> None:
    if not 1 <= version.fin - version.debut + 1 <= MOIS_PAR_AN:
        raise ValueError("an annex covers 1 to 12 whole months")
    days = [day for day, _amount in version.montants_unitaires]
    if not days or days != sorted(set(days)) or days[0] > version.debut.first_day:
        raise ValueError("unit amounts must be sorted by date and cover the first month")
    if version.etp <= 0 or version.heures_annuelles_etp <= 0 or version.montant_cd < 0:
        raise ValueError("full-time equivalents and hours are above 0, the cd amount is not below")


def _total(version: Conditions, *, single_amount: bool) -> Decimal:
    # Signed annexes of a full year carry E × U, not twelve times a rounded month.
    if version.n == MOIS_PAR_AN and single_amount:
        return cents(version.etp * version.unitaires[0])
    return total(version.forfaits)


def flat_amount(etp: Decimal, unitaire: Decimal) -> Decimal:
    """Monthly flat amount (euros) of `etp` posts at an annual unit amount: round(E × U / 12)."""
    return cents(divide(etp * unitaire, Decimal(MOIS_PAR_AN)))


def average_etp(postes: Sequence[Decimal]) -> Decimal:
    """Full-time equivalents of an annex from its posts per month: their mean, two decimals."""
    return hours2(divide(sum(postes, Decimal(0)), Decimal(len(postes))))


def etp_mensuels(heures: Decimal, heures_annuelles_etp: Decimal) -> Decimal:
    """Full-time equivalents printed on a monthly statement: hours × 12 / h, two decimals."""
    return hours2(divide(heures * MOIS_PAR_AN, heures_annuelles_etp))
