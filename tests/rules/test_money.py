"""Rounding: half-up to two decimals, in one place, whatever the caller's decimal context."""

from decimal import ROUND_DOWN, Decimal, localcontext

import pytest

from apps.rules.money import cents, clamp, divide, hours2, rate, total


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        ("1920.2935", "1920.29"),
        ("0.005", "0.01"),
        ("0.004999999999999999999999999999999999", "0.00"),
        ("2.675", "2.68"),
        ("0.125", "0.13"),  # half-even would give 0.12
        ("-0.005", "-0.01"),
        ("-0.001", "0.00"),
        ("7", "7.00"),
    ],
)
def test_rounding_is_half_up_to_the_cent(exact, rounded):
    """A half cent goes away from zero, and nothing rounds to « -0.00 »."""
    for rounding in (cents, rate, hours2):
        assert str(rounding(Decimal(exact))) == rounded


def test_rounding_ignores_the_caller_s_context():
    """A narrow context with another rounding, set elsewhere, changes no amount."""
    with localcontext() as context:
        context.prec, context.rounding = 4, ROUND_DOWN
        assert cents(Decimal("12345.675")) == Decimal("12345.68")
        assert cents(divide(Decimal("200000"), Decimal(3))) == Decimal("66666.67")


def test_sum_of_nothing_is_zero_cents():
    """The total of no amount prints as an amount."""
    assert str(total([])) == "0.00"


@pytest.mark.parametrize(("value", "kept"), [("-1", "0"), ("5", "5"), ("12", "10")])
def test_clamp(value, kept):
    """A value is kept within its bounds."""
    assert clamp(Decimal(value), Decimal(0), Decimal(10)) == Decimal(kept)
