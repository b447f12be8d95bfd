"""The département's amount, the cost of its beneficiaries and its cash (§2.2, §2.3, art. 3.1)."""

from datetime import date
from decimal import Decimal

import pytest

from apps.rules.cofinancement import (
    amount_on,
    cash_cd,
    cost_of_month,
    proposed_amount,
    proposed_dated_amount,
)
from apps.rules.periods import Month, month_range

D = Decimal
RSA = ((date(2022, 7, 1), D("526.71")), (date(2023, 4, 1), D("534.82")))


@pytest.mark.parametrize(
    ("beneficiaires", "montant", "mois", "amount"),
    [
        ("4", "480.02", 12, "23040.96"),
        ("4", "480.02", 6, "11520.48"),
        ("729", "534.82", 12, "4678605.36"),
        ("630", "492.57", 6, "1861914.60"),
    ],
)
def test_proposed_amount(beneficiaires, montant, mois, amount):
    """Beneficiaries × monthly amount × months: the examples of the texts."""
    assert proposed_amount(D(beneficiaires), D(montant), mois) == D(amount)


def test_proposed_amount_at_the_dated_amounts():
    """The variant: three months at 526,71 € then nine at 534,82 €, for four beneficiaries."""
    months = month_range(Month(2023, 1), Month(2023, 12))
    assert proposed_dated_amount(D(4), RSA, months) == D("25574.04")


def test_cost_of_a_month():
    """The amount of the month for each beneficiary; nothing without beneficiary, even undated."""
    assert cost_of_month(5, RSA, Month(2023, 3)) == D("2633.55")
    assert cost_of_month(5, RSA, Month(2023, 4)) == D("2674.10")
    assert cost_of_month(0, (), Month(2023, 4)) == D("0.00")
    with pytest.raises(LookupError):
        amount_on(RSA, Month(2022, 6))


@pytest.mark.parametrize(
    ("montant", "part_cd", "waits"),
    [
        ("9827.50", "1920.29", "1920.29"),
        ("100.00", "250.00", "100.00"),  # more than the amount: the rest is a re-imputation
        ("0.00", "1977.14", "0.00"),
        ("0.00", "-960.46", "0.00"),
        ("6879.25", "-3840.58", "0.00"),
    ],
)
def test_cash_of_the_departement_that_may_wait(montant, part_cd, waits):
    """max(0, min(share, amount)): only that part of the cash is the département's."""
    assert cash_cd(D(montant), D(part_cd)) == D(waits)
