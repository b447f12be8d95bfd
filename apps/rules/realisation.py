"""What restitutions say of an annex: full-time equivalents, gaps of hours, what is left to pay.

Text: spec of the restitutions (FTE of declared hours; shares follow the rates of the annex).
Called by the Excel files and the screens of the restitutions; no payment depends on them.
"""

from decimal import ROUND_HALF_UP, Context, Decimal

from apps.rules.conditions import MOIS_PAR_AN, Conditions
from apps.rules.money import HUNDRED, ZERO, divide, hours2

WITHOUT_NOISE = Context(prec=40, rounding=ROUND_HALF_UP)


def etp_exact(heures: Decimal, heures_annuelles_etp: Decimal) -> Decimal:
    """FTE of a month before any rounding (hours × 12 / h), for totals of many lines."""
    return divide(heures * MOIS_PAR_AN, heures_annuelles_etp)


def etp_total(exact: Decimal) -> Decimal:
    """A sum of exact FTEs as printed, half-up: whatever their number, their order and how they were
    grouped.

    Each quotient has sixty digits: three thirds make 0.999…9. Forty digits of the sum are beyond
    that noise, and no half of a hundredth is missed.
    """
    return hours2(WITHOUT_NOISE.plus(exact))


def split_etp(etp: Decimal, taux_cd: Decimal) -> tuple[Decimal, Decimal]:
    """(State, département) shares of an FTE by the annex's rates; they sum to the printed FTE."""
    printed = hours2(etp)
    part_cd = hours2(divide(printed * taux_cd, HUNDRED))
    return printed - part_cd, part_cd


def ecart_heures(version: Conditions, heures: Decimal, mois: int) -> Decimal:
    """Hours done minus theoretical hours of the first `mois` months, two decimals."""
    theoriques = divide(mois * version.etp * version.heures_annuelles_etp, Decimal(MOIS_PAR_AN))
    return hours2(heures - theoriques)


def reste_a_payer(montant_total: Decimal, verse: Decimal, *, soldee: bool) -> Decimal:
    """What an annex may still pay, in euros: nothing once its final regularisation is paid."""
    return ZERO if soldee else max(ZERO, montant_total - verse)
