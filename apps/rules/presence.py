"""Hours of a month: what a contract may hold, what looks odd, what a correction is worth.

Text: labour code L3121-20 (48 hours a week), cahier des charges §2.3 (hours declared each month).
Called by the checks of the monthly statements; hours are exact decimals, two decimals once shown.
"""

from datetime import date
from decimal import Decimal

from apps.rules.conditions import MOIS_PAR_AN
from apps.rules.money import cents, divide, hours2, rate
from apps.rules.periods import Month

HEURES_HEBDO_MAX = Decimal(48)
JOURS_PAR_SEMAINE = Decimal(7)
SEMAINES_PAR_AN = Decimal(52)
# A full time of 35 hours a week, as a month: 35 × 52 / 12.
TEMPS_PLEIN_MENSUEL = Decimal("151.67")
ECART_SIGNALE = Decimal("0.30")
DEPASSEMENT_SIGNALE = Decimal("1.10")


def days_in_month(debut: date, fin: date, mois: Month) -> int:
    """Calendar days of `mois` within [debut, fin]; 0 when there is none."""
    return max(0, (min(fin, mois.last_day) - max(debut, mois.first_day)).days + 1)


def plafond_heures(jours: int) -> Decimal:
    """Most hours that may be declared for so many calendar days: 48 × days / 7."""
    return hours2(divide(HEURES_HEBDO_MAX * jours, JOURS_PAR_SEMAINE))


def heures_du_contrat(heures_hebdo: Decimal, jours: int, mois: Month) -> Decimal:
    """Hours a contract foresees: weekly × 52 / 12, in proportion of its days in the month."""
    return hours2(
        divide(heures_hebdo * SEMAINES_PAR_AN * jours, Decimal(MOIS_PAR_AN * mois.last_day.day))
    )


def is_over_contract(heures: Decimal, prevues: Decimal) -> bool:
    """More than 110 % of the hours the contract foresees."""
    return heures > prevues * DEPASSEMENT_SIGNALE


def is_unlike_last_month(heures: Decimal, precedentes: Decimal) -> bool:
    """More than 30 % above or below the hours of the month before."""
    return abs(heures - precedentes) > precedentes * ECART_SIGNALE


def value_of_hours(heures: Decimal, unitaire: Decimal, heures_annuelles_etp: Decimal) -> Decimal:
    """What hours are worth, in euros: hours × U / h, to the cent."""
    return cents(divide(heures * unitaire, heures_annuelles_etp))


def taux_realisation(etp_realises: Decimal, etp_conventionnes: Decimal) -> Decimal:
    """Full-time equivalents done over those of the annex, in per cent with two decimals."""
    return rate(divide(etp_realises * 100, etp_conventionnes))
