"""The twelve lines of a « demande d’avance » and its calendar (Haut-Rhin 2020, annex 1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.rules.appel import Situation, Trimestre, easter_monday, funds_call
from apps.rules.money import ZERO, cents

# In November 2020 (t = T4), for the first quarter of 2021; figures stand at 30 September.
FACTS = Situation(
    arrete=date(2020, 9, 30),
    report=Decimal("12000.00"),
    encaisse=Decimal("1058000.00"),
    mandate=Decimal("871234.56"),
    recouvre=Decimal("3456.78"),
    ordonnances=Decimal("50000.00"),
    paye=Decimal("300000.33"),
    prevu=Decimal("310000.00"),
    prevu_suivant=Decimal("320000.00"),
)
T1_2021 = Trimestre(2021, 1)


def amounts(facts: Situation) -> list[Decimal]:
    return [ligne.montant for ligne in funds_call(T1_2021, facts)]


def test_the_twelve_lines_of_a_worked_table():
    assert amounts(FACTS) == [
        Decimal(text)
        for text in (
            "12000.00",
            "1058000.00",
            "871234.56",
            "3456.78",
            "202222.22",  # 12 000,00 + 1 058 000,00 − 871 234,56 + 3 456,78
            "50000.00",
            "252222.22",
            "300000.33",
            "310000.00",
            "320000.00",
            "180000.20",  # 60 % of 300 000,33 = 180 000,198
            "557777.98",  # 310 000,00 + 320 000,00 + 180 000,20 − 252 222,22
        )
    ]


def test_each_line_is_numbered_named_and_explained():
    lignes = funds_call(T1_2021, FACTS)
    assert [ligne.numero for ligne in lignes] == list(range(1, 13))
    assert all(ligne.calcul for ligne in lignes)
    said = [ligne.libelle for ligne in lignes]
    assert said[0] == "Report : trésorerie disponible au 1er janvier 2020"
    assert said[4] == "Trésorerie disponible au 30/09/2020 (1 + 2 − 3 + 4)"
    assert said[7] == "Dépenses payées au cours du 3e trimestre 2020"
    assert said[8] == "Prévision actualisée de dépenses pour le 4e trimestre 2020"
    assert said[9] == "Prévision de dépenses pour le 1er trimestre 2021"
    assert said[11] == "Avance à verser pour le 1er trimestre 2021 (9 + 10 + 11 − 7)"
    frozen = lignes[11].as_dict()
    assert frozen["montant"] == "557777.98"
    assert "310\xa0000,00\xa0€" in str(frozen["calcul"])


def test_nothing_is_called_when_the_treasury_is_enough_and_it_is_said():
    rich = replace(FACTS, encaisse=Decimal("9000000.00"))
    last = funds_call(T1_2021, rich)[11]
    assert last.montant == ZERO
    assert last.calcul.endswith("aucune somme n’est appelée.")
    assert "−7\xa0384\xa0222,02\xa0€" in last.calcul


MONEY = st.decimals(0, 10_000_000, places=2)


@given(st.lists(MONEY, min_size=8, max_size=8))
def test_whatever_the_figures_the_sums_hold(figures):
    lines = amounts(Situation(date(2020, 9, 30), *figures))
    assert lines[4] == lines[0] + lines[1] - lines[2] + lines[3]
    assert lines[6] == lines[4] + lines[5]
    assert lines[10] == cents(lines[7] * Decimal("0.6"))
    assert lines[11] == max(ZERO, lines[8] + lines[9] + lines[10] - lines[6])
    # Once received, the treasury covers both quarters and the working fund.
    assert lines[6] + lines[11] >= lines[8] + lines[9] + lines[10]


@pytest.mark.parametrize(
    ("day", "quarter", "asked", "due"),
    [
        (date(2020, 1, 1), Trimestre(2020, 1), date(2020, 2, 10), date(2020, 3, 31)),
        (date(2023, 6, 30), Trimestre(2023, 2), date(2023, 5, 10), date(2023, 6, 30)),
        (date(2023, 7, 1), Trimestre(2023, 3), date(2023, 8, 10), date(2023, 9, 29)),
        (date(2023, 12, 31), Trimestre(2023, 4), date(2023, 11, 10), date(2023, 12, 29)),
        # 31 March 2059 is Easter Monday, after a Sunday and a Saturday.
        (date(2059, 2, 3), Trimestre(2059, 1), date(2059, 2, 10), date(2059, 3, 28)),
    ],
)
def test_calendar(day, quarter, asked, due):
    found = Trimestre.of(day)
    assert (found, found.demande, found.dernier_jour_ouvre) == (quarter, asked, due)


def test_quarters_follow_each_other_over_the_years():
    assert Trimestre(2020, 4) + 1 == T1_2021
    assert Trimestre(2020, 3) == T1_2021 - 2
    assert str(T1_2021) == "1er trimestre 2021"
    with pytest.raises(ValueError, match="not a quarter"):
        Trimestre(2020, 5)


@pytest.mark.parametrize(
    ("year", "monday"),
    [(2020, date(2020, 4, 13)), (2024, date(2024, 4, 1)), (2025, date(2025, 4, 21))],
)
def test_easter(year, monday):
    assert easter_monday(year) == monday
