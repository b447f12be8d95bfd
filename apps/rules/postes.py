"""Posts of insertion: full-time equivalents provided for, declared, done within the annex.

Text: cahier des charges §3.1 (« Suivi de réalisation des postes d’insertion »), in the layout the
ASP sends the DGEFP: what is done is capped at what the annex provides for. Called by the screens
and files of the dashboards; no payment depends on it.
"""

from collections.abc import Sequence
from decimal import Decimal

from apps.rules.conditions import MOIS_PAR_AN, Conditions
from apps.rules.money import HUNDRED, ZERO, divide, hours2, rate, truncated
from apps.rules.periods import Month

SOUS_CONSOMMATION = "Sous-consommation"
CONFORME = "Conforme"
SUR_CONSOMMATION = "Sur-consommation"
CENTIEME = Decimal("0.01")


def heures_theoriques(version: Conditions, mois: int) -> Decimal:
    """Theoretical hours of so many months of an annex, two decimals."""
    yearly = mois * version.etp * version.heures_annuelles_etp
    return hours2(divide(yearly, Decimal(MOIS_PAR_AN)))


def taux_heures(version: Conditions, heures: Decimal, mois: int) -> Decimal:
    """Hours done over the theoretical hours of so many months, in per cent; 0 for no month."""
    yearly = mois * version.etp * version.heures_annuelles_etp
    return rate(divide(HUNDRED * MOIS_PAR_AN * heures, yearly)) if yearly else ZERO


def etp_annuels_conventionnes(version: Conditions, mois: int) -> Decimal:
    """Yearly full-time equivalents provided for over so many months: E × months / 12."""
    return hours2(divide(version.etp * mois, Decimal(MOIS_PAR_AN)))


def etp_annuels(heures: Decimal, heures_annuelles_etp: Decimal) -> Decimal:
    """Yearly full-time equivalents of a number of hours: hours / h, two decimals."""
    return hours2(divide(heures, heures_annuelles_etp))


def etp_moyens(heures: Decimal, heures_annuelles_etp: Decimal, mois: int) -> Decimal:
    """Mean monthly full-time equivalents over so many months, two decimals; 0 for none."""
    return hours2(divide(heures * MOIS_PAR_AN, heures_annuelles_etp * mois)) if mois else ZERO


def mean_of_months(persons: int, mois: int) -> Decimal:
    """Mean number of persons present in a month, truncated to two decimals."""
    return truncated(divide(Decimal(persons), Decimal(mois)))


def qualification(version: Conditions, heures: Decimal, mois: int) -> str:
    """How the mean monthly full-time equivalents, truncated, compare with those of the annex.

    Hours are typed to the hundredth: a gap that so many months of rounding explain is none.
    """
    yearly = mois * version.etp * version.heures_annuelles_etp
    if abs(heures * MOIS_PAR_AN - yearly) < CENTIEME * mois * MOIS_PAR_AN:
        return CONFORME
    mean = truncated(divide(heures * MOIS_PAR_AN, version.heures_annuelles_etp * mois))
    if mean < version.etp:
        return SOUS_CONSOMMATION
    return SUR_CONSOMMATION if mean > version.etp else CONFORME


def montants_conventionnes(version: Conditions, months: Sequence[Month]) -> tuple[Decimal, Decimal]:
    """(State, département) amounts planned over these months of the period, in euros.

    The whole period gives the amounts of the annex themselves, whatever the rounded months.
    """
    if len(months) == version.n:
        return version.total - version.montant_cd, version.montant_cd
    total = sum((version.forfait(mois) for mois in months), ZERO)
    cd = sum((version.forfait_cd(mois) for mois in months), ZERO)
    return total - cd, cd
