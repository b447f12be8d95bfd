"""The département's side: its amount on an annex, what RSA beneficiaries cost it, its cash.

Text: cahier des charges §2.2 (480.02 × 4 × 12) and §2.3 (at least one hour in the month: 88 % of
the RSA); convention art. 3.1 (payment within the sums received). Called by the annexes, presence
and payments apps.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from apps.rules.money import ZERO, cents, total
from apps.rules.periods import Month

# Eligible hours a person needs in a month of the annex, all contracts together, to be counted.
HEURES_MINIMALES_BRSA = Decimal("1.00")

MontantsDates = Sequence[tuple[date, Decimal]]


def amount_on(montants: MontantsDates, mois: Month) -> Decimal:
    """The dated amount (euros) in force on the first day of a month; LookupError if none is."""
    day = mois.first_day
    in_force = [amount for start, amount in montants if start <= day]
    if not in_force:
        raise LookupError(f"no amount covers {mois}")
    return in_force[-1]


def cost_of_month(brsa: int, montants: MontantsDates, mois: Month) -> Decimal:
    """What the RSA beneficiaries of a month cost the département, in euros."""
    return cents(brsa * amount_on(montants, mois)) if brsa else ZERO


def proposed_amount(beneficiaires: Decimal, montant_mensuel: Decimal, mois: int) -> Decimal:
    """The amount proposed for an annex: beneficiaries × the CAOM's monthly amount × months."""
    return cents(beneficiaires * montant_mensuel * mois)


def proposed_dated_amount(
    beneficiaires: Decimal, montants: MontantsDates, months: Sequence[Month]
) -> Decimal:
    """The variant a CAOM may choose: the sum of the dated monthly amounts, rounded once."""
    return cents(beneficiaires * total(amount_on(montants, mois) for mois in months))


def cash_cd(montant: Decimal, part_cd: Decimal) -> Decimal:
    """The cash of a line that waits when the département is short of funds, in euros.

    A negative share, or one above the amount, is a re-imputation between funders: no cash of it
    goes to the structure. The State's cash is `montant` less this.
    """
    return max(ZERO, min(part_cd, montant))
