"""The only place where a figure is rounded: half-up, two decimals, exact decimals throughout.

Text: cahier des charges §2.2 (rates with two decimals) and §2.3 (amounts to the cent).
Called by every rule. Django's own fields round half-even silently, hence this single door.
"""

from collections.abc import Iterable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal

# Wide enough for no intermediate product or quotient to lose a digit that could move a cent.
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)

ZERO = Decimal("0.00")
HUNDRED = Decimal("100.00")
_TWO_PLACES = Decimal("0.01")


def _two_places(value: Decimal) -> Decimal:
    # "or ZERO" also removes the sign of a negative zero, which would print as "-0.00".
    return value.quantize(_TWO_PLACES, context=EXACT) or ZERO


def cents(amount: Decimal) -> Decimal:
    """Round an amount in euros to the cent, half-up (0.005 becomes 0.01, −0.005 becomes −0.01)."""
    return _two_places(amount)


def rate(percentage: Decimal) -> Decimal:
    """Round a percentage to two decimals, half-up: 19.5378… becomes 19.54."""
    return _two_places(percentage)


def hours2(hours: Decimal) -> Decimal:
    """Round a number of hours, or of full-time equivalents, to two decimals, half-up."""
    return _two_places(hours)


def truncated(value: Decimal) -> Decimal:
    """Two decimals, the rest cut off: how the State compares posts done and provided for."""
    return value.quantize(_TWO_PLACES, rounding=ROUND_DOWN, context=EXACT) or ZERO


def divide(numerator: Decimal, denominator: Decimal) -> Decimal:
    """Quotient with sixty digits, whatever the caller's decimal context."""
    return EXACT.divide(numerator, denominator)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Sum of amounts that already are whole cents; 0.00 when there is none."""
    return sum(amounts, ZERO)


def clamp(value: Decimal, low: Decimal, high: Decimal) -> Decimal:
    """Keep a value within [low, high]."""
    return max(low, min(value, high))
