"""Figures of one version: total, monthly amounts, rates, theoretical hours (§2.2 and §2.3)."""

from decimal import Decimal

import pytest

from apps.rules.conditions import average_etp, etp_mensuels
from apps.rules.periods import Month
from tests.rules.dossiers import annexe

D = Decimal
REVALORISE = {"2023-01-01": "22692.00", "2023-05-01": "23196.00"}


def test_the_annex_of_the_cahier_des_charges():
    """6 posts, 19 655,00 €, 12 months: 117 930,00 €, 9 827,50 € a month, 80,46 % and 19,54 %."""
    version = annexe()
    assert version.total == D("117930.00")
    assert (version.taux_etat, version.taux_cd) == (D("80.46"), D("19.54"))
    for month in version.months:
        assert version.forfait(month) == D("9827.50")
        assert version.forfait_etat(month) == D("7907.21")
        assert version.forfait_cd(month) == D("1920.29")
    assert version.heures_mensuelles == D("910.00")
    assert version.heures_theoriques == D("10920.00")


def test_six_months_are_half_of_it():
    """The six months' example of the text: 58 965,00 € and the same rates."""
    version = annexe(mois=6, cd="11520.48")
    assert (version.n, version.total) == (6, D("58965.00"))
    assert (version.taux_etat, version.taux_cd) == (D("80.46"), D("19.54"))


@pytest.mark.parametrize(
    ("mois", "etp", "unitaires", "total"),
    [
        (12, "5.25", "19655.00", "103188.75"),  # E × U: twelve times 8 599,06 would be 103 188,72
        (11, "5.25", "19655.00", "94589.66"),  # eleven rounded months
        (12, "10.00", REVALORISE, "230280.00"),  # two amounts: the sum of the months
        (12, "1.33", REVALORISE, "30627.24"),  # 4 × 2 515,03 + 8 × 2 570,89
    ],
)
def test_total_of_an_annex(mois, etp, unitaires, total):
    """E × U for a full year at one amount, otherwise the sum of the rounded months."""
    version = annexe(debut="2023-01", mois=mois, etp=etp, unitaires=unitaires, cd="0")
    assert version.total == D(total)


def test_two_equal_dated_amounts_are_one_amount():
    """An amount repeated at a later date does not change the formula of the total."""
    twice = annexe(etp="5.25", unitaires={"2018-01-01": "19655.00", "2018-07-01": "19655.00"})
    assert twice.total == D("103188.75")


def test_the_amount_of_a_month_is_the_one_of_its_first_day():
    """An amount that begins on the 15th applies from the following month."""
    version = annexe(unitaires={"2017-12-15": "12000.00", "2018-03-15": "24000.00"}, cd="0")
    amounts = [version.unitaire(Month(2018, month)) for month in (1, 3, 4, 12)]
    assert amounts == [D(12000), D(12000), D(24000), D(24000)]


@pytest.mark.parametrize(
    ("mois", "regularised"),
    [
        (12, {5: 3, 8: 6, 11: 9}),
        (11, {5: 3, 8: 6, 11: 9}),
        (10, {5: 3, 8: 6}),
        (6, {5: 3}),
        (5, {5: 3}),
        (4, {}),
        (1, {}),
    ],
)
def test_which_instalments_are_regularised(mois, regularised):
    """The second month after each quarter but the last: months 5, 8 and 11 that exist."""
    version = annexe(mois=mois, cd="0")
    quarters = {version.rank(month): version.quarter_end(month) for month in version.months}
    assert {rank: quarter for rank, quarter in quarters.items() if quarter} == regularised


def test_a_quarter_is_counted_from_the_first_month_of_the_annex():
    """An annex from April is regularised in August, not in May."""
    version = annexe(debut="2018-04", mois=9, cd="0")
    assert [month for month in version.months if version.is_regularised(month)] == [
        Month(2018, 8),
        Month(2018, 11),
    ]


@pytest.mark.parametrize(
    "figures",
    [
        {"mois": 0},
        {"mois": 13},
        {"etp": "0"},
        {"heures": "0"},
        {"cd": "-1"},
        {"unitaires": {"2018-02-01": "19655.00"}},
        {"unitaires": {}},
        {"unitaires": {"2018-01-01": "1.00", "2017-01-01": "2.00"}},
    ],
)
def test_figures_that_make_no_annex_are_refused(figures):
    """No version exists on absurd figures: the rules never compute on them."""
    with pytest.raises(ValueError, match=r"annex|unit amounts|above 0"):
        annexe(**figures)


def test_a_month_outside_the_period_has_no_flat_amount():
    """Asking for the amount of a month outside the annex is an error, not another month's."""
    with pytest.raises(ValueError, match="outside"):
        annexe(mois=3).forfait(Month(2018, 4))
    with pytest.raises(ValueError, match="outside"):
        annexe().forfait(Month(2017, 12))


def test_posts_are_an_average_over_the_period():
    """Six posts until June, then three: 4,5; rounded half-up to two decimals."""
    assert average_etp([D(6)] * 6 + [D(3)] * 6) == D("4.50")
    assert average_etp([D(1), D(1), D(0)]) == D("0.67")


def test_printed_full_time_equivalents_of_a_month():
    """Hours × 12 / h: 910 h at 1 820 h a year are 6 posts."""
    assert etp_mensuels(D("910.00"), D(1820)) == D("6.00")
    assert etp_mensuels(D("151.67"), D(1820)) == D("1.00")
