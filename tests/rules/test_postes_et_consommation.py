"""Posts done and provided for; the pace at which the département's amount is used."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.rules.conditions import Conditions
from apps.rules.consommation import consumption, monthly_pace
from apps.rules.periods import Month
from apps.rules.postes import (
    CONFORME,
    SOUS_CONSOMMATION,
    SUR_CONSOMMATION,
    etp_annuels_conventionnes,
    etp_moyens,
    montants_conventionnes,
    qualification,
    taux_heures,
)


def make_conditions(montant_cd: str = "2400.00") -> Conditions:
    """6 posts of 1 820 hours: 910 hours a month."""
    return Conditions(
        Month(2018, 1),
        Month(2018, 12),
        Decimal("6.00"),
        ((date(2018, 1, 1), Decimal("19655.00")),),
        Decimal(1820),
        Decimal(montant_cd),
        Month(2018, 1),
    )


def test_rates_are_those_of_the_validated_months():
    year = make_conditions()
    assert taux_heures(year, Decimal("2730.00"), 3) == Decimal("100.00")
    assert taux_heures(year, Decimal("1365.00"), 3) == Decimal("50.00")
    assert taux_heures(year, Decimal(0), 0) == Decimal("0.00")
    assert etp_moyens(Decimal("1365.00"), Decimal(1820), 3) == Decimal("3.00")
    assert etp_annuels_conventionnes(year, 3) == Decimal("1.50")


@pytest.mark.parametrize(
    ("heures", "expected"),
    [
        ("2730.00", CONFORME),
        ("2729.98", CONFORME),  # three months typed to the hundredth
        ("2729.97", SOUS_CONSOMMATION),
        ("1365.00", SOUS_CONSOMMATION),
        ("2731.00", CONFORME),  # 6.0021 ETP, truncated to 6.00
        ("2735.00", SUR_CONSOMMATION),  # 6.0109 ETP
    ],
)
def test_qualification_on_mean_posts_truncated(heures, expected):
    assert qualification(make_conditions(), Decimal(heures), 3) == expected


def test_amounts_of_the_whole_period_are_those_of_the_annex():
    """117 930,00 € and 2 400,00 € over the year; over some months, the flat amounts."""
    year = make_conditions()
    assert montants_conventionnes(year, year.months) == (
        Decimal("115530.00"),
        Decimal("2400.00"),
    )
    etat, cd = montants_conventionnes(year, year.months[:3])
    assert etat + cd == 3 * year.forfaits[0] == Decimal("29482.50")
    assert cd == 3 * year.forfaits_cd[0]


def costs(*amounts: str) -> dict[Month, Decimal]:
    return {Month(2018, 1) + rank: Decimal(amount) for rank, amount in enumerate(amounts)}


def test_the_pace_is_that_of_the_last_three_months():
    assert monthly_pace(costs("900.00", "100.00", "200.00", "300.00")) == Decimal("200.00")
    assert monthly_pace({}) == Decimal("0.00")


def test_the_amount_runs_out_before_the_end():
    """300 € a month of 2 400 €: eight months are covered, the ninth (September) is not."""
    use = consumption(make_conditions(), costs("300.00", "300.00", "300.00"))
    assert (use.consomme, use.reste, use.prevu) == (
        Decimal("900.00"),
        Decimal("1500.00"),
        Decimal("3600.00"),
    )
    assert use.epuise_en == Month(2018, 9)
    assert use.prevu_sous_plafond == Decimal("2400.00")


def test_the_amount_lasts_until_the_end():
    """200 € a month use exactly 2 400 €; 100 € leave half of it."""
    assert consumption(make_conditions(), costs("200.00", "200.00")).epuise_en is None
    half = consumption(make_conditions(), costs("100.00"))
    assert (half.epuise_en, half.prevu) == (None, Decimal("1200.00"))


def test_what_lacks_in_the_last_month_is_not_running_out_before_the_end():
    """210 € a month: 2 310 € after November, beyond the amount in December only."""
    assert consumption(make_conditions(), costs("210.00")).epuise_en is None
