"""Modulated part: 0 to 10 % of the socle realised, to the cent."""

from datetime import date
from decimal import Decimal

import pytest

from apps.rules.conditions import Conditions
from apps.rules.etats import Etats
from apps.rules.lignes import MoisValide
from apps.rules.modulation import modulated_part
from apps.rules.periods import Month

D = Decimal
ON = date(2024, 3, 1)


def plain(text):
    """Without the no-break spaces of French figures."""
    return text.replace("\u00a0", " ")


def annexe(etp="6.00", unit="22289.00", fin="2023-12"):
    """An ACI annex of 2023; T = 133 734,00 € for the whole year."""
    debut = Month.parse("2023-01")
    return Conditions(
        debut,
        Month.parse(fin),
        D(etp),
        ((date(2023, 1, 1), D(unit)),),
        D("1820"),
        D("0.00"),
        debut,
    )


def etats(version, hours):
    valides = {
        month: MoisValide(month, D(value), 0, D(0), (month + 1).day(10))
        for month, value in zip(version.months, hours, strict=True)
    }
    return Etats(version.months, valides, ON)


@pytest.mark.parametrize(
    ("hours", "taux", "base", "montant"),
    [
        # 12 × 910 h: the whole socle
        ("910.00", "10.00", "133734.00", "13373.40"),
        ("910.00", "6.31", "133734.00", "8438.62"),  # 8 438,6154
        ("910.00", "5.00", "133734.00", "6686.70"),
        ("910.00", "0.00", "133734.00", "0.00"),
        ("910.00", "0.01", "133734.00", "13.37"),  # 13,3734
        # more hours than the annex: the total bounds the socle
        ("1000.00", "10.00", "133734.00", "13373.40"),
        # 12 × 455 h: half of it
        ("455.00", "10.00", "66867.00", "6686.70"),
        # 12 × 0,25 h = 3 h: 3 × 22 289 / 1820 = 36,7401…
        ("0.25", "7.77", "36.74", "2.85"),  # 2,8547
        ("0.00", "10.00", "0.00", "0.00"),
    ],
)
def test_the_part_is_a_rate_of_the_socle_realised(hours, taux, base, montant):
    """min(T, D(n)) × rate, half-up."""
    version = annexe()
    part = modulated_part(version, etats(version, [hours] * 12), D(taux))
    assert (part.base, part.montant) == (D(base), D(montant))


def test_the_steps_say_the_hours_the_ceiling_and_the_rate():
    """Each figure with its source; the ceiling only when it bounds."""
    version = annexe()
    bounded = modulated_part(version, etats(version, ["1000.00"] * 12), D("6.31"))
    assert [plain(etape.valeur) for etape in bounded.etapes] == [
        "12 000,00 h",
        "146 960,44 €",
        "133 734,00 €",
        "8 438,62 €",
    ]
    assert plain(bounded.etapes[-1].calcul) == "133 734,00 € × 6,31 %"
    assert "montant modulé" in bounded.etapes[-1].reference
    whole = modulated_part(version, etats(version, ["910.00"] * 12), D("6.31"))
    assert len(whole.etapes) == 3


@pytest.mark.parametrize("taux", ["-0.01", "10.01", "11", "5.005", "0.001"])
def test_a_rate_outside_the_text_is_refused(taux):
    """0 to 10 %, two decimals."""
    version = annexe()
    with pytest.raises(ValueError, match="rate of a modulated part"):
        modulated_part(version, etats(version, ["910.00"] * 12), D(taux))


def test_a_statement_missing_is_never_guessed():
    """The socle realised rests on every month."""
    version = annexe(fin="2023-03")
    missing = Etats(version.months, {}, ON)
    with pytest.raises(ValueError, match="not all validated"):
        modulated_part(version, missing, D("5.00"))
