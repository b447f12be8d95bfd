"""Dated parameters: what was in force, as known on a day (arrêtés are published afterwards)."""

from datetime import date
from decimal import Decimal

import pytest

from apps.rules.cofinancement import amount_on
from apps.rules.parameter import (
    MESURES,
    ParametreInconnu,
    heures_annuelles_etp,
    montants_mensuels_cd,
    montants_unitaires,
    valeurs,
)
from apps.rules.periods import Month

D = Decimal
JAN_2023, DEC_2023 = date(2023, 1, 1), date(2023, 12, 31)


@pytest.mark.parametrize(
    ("connu_le", "amounts"),
    [
        # before the Journal officiel of 15 December 2022, even August's amount is unknown
        (date(2022, 12, 14), [("2022-05-01", "21850.00")]),
        (date(2022, 12, 15), [("2022-08-01", "22289.00")]),
        (date(2023, 8, 16), [("2022-08-01", "22289.00")]),
        # the arrêté of 28 July 2023, published on 17 August
        (date(2023, 8, 17), [("2023-01-01", "22692.00"), ("2023-05-01", "23196.00")]),
        (date(2025, 1, 1), [("2023-01-01", "22692.00"), ("2023-05-01", "23196.00")]),
    ],
)
def test_unit_amounts_of_2023_as_known_on_a_day(connu_le, amounts):
    """An annex of 2023 is checked against what was published on the day it is transmitted."""
    found = montants_unitaires("ACI_DC", JAN_2023, DEC_2023, connu_le)
    assert found == tuple((date.fromisoformat(day), D(amount)) for day, amount in amounts)


@pytest.mark.parametrize(
    ("mesure", "on", "amount"),
    [
        ("ACI_DC", date(2017, 1, 1), "19655.00"),
        ("ACI_DC", date(2014, 7, 1), "19200.00"),
        ("EI_DC", date(2014, 1, 1), "10000.00"),
        ("EI_DC", date(2025, 1, 1), "13304.00"),
        ("ETTI_DC", date(2020, 6, 1), "4299.00"),
        ("AI_DC", date(2022, 9, 1), "1509.00"),
        ("EITI_DC", date(2024, 12, 1), "6570.00"),
        ("ACI_MP", date(2019, 3, 1), "12119.00"),
        ("EI_MP", date(2021, 11, 1), "6593.00"),
        ("ACI_MP", date(2023, 6, 1), "23196.00"),
    ],
)
def test_unit_amount_of_a_measure(mesure, on, amount):
    """Amounts read from the arrêtés, prisons included."""
    ((_, found),) = montants_unitaires(mesure, on, on, date(2026, 1, 1))
    assert found == D(amount)


def test_mayotte_has_its_own_amounts():
    """Département 976: 18 070,00 € for an ACI in November 2024."""
    on = date(2024, 11, 1)
    ((_, found),) = montants_unitaires("ACI_DC", on, on, date(2025, 1, 1), "976")
    assert found == D("18070.00")
    with pytest.raises(ParametreInconnu, match="à Mayotte"):
        montants_unitaires("ACI_DC", JAN_2023, DEC_2023, date(2025, 1, 1), "976")
    with pytest.raises(ParametreInconnu, match="Mayotte"):
        montants_mensuels_cd(departement="976")


@pytest.mark.parametrize(
    ("mesure", "on"),
    [
        ("ETTI_DC", date(2021, 3, 1)),  # not found in any text
        ("EITI_DC", date(2023, 3, 1)),
        ("EITI_DC", date(2018, 1, 1)),  # the measure did not exist
        ("ACI_DC", date(2014, 1, 1)),  # another system before July 2014
        ("ACI_MP", date(2020, 3, 1)),
    ],
)
def test_an_amount_not_found_is_an_error(mesure, on):
    """Never the amount of another period in place of one that was not found."""
    with pytest.raises(ParametreInconnu, match=r"Complétez le barème"):
        montants_unitaires(mesure, on, on, date(2026, 1, 1))


def test_an_unknown_measure_is_an_error():
    """Only the seven measures have amounts and hours."""
    with pytest.raises(ParametreInconnu, match="CUI"):
        montants_unitaires("CUI", JAN_2023, DEC_2023, DEC_2023)
    with pytest.raises(ParametreInconnu, match="CUI"):
        heures_annuelles_etp("CUI", JAN_2023)


@pytest.mark.parametrize(
    ("mesure", "heures"),
    [("ACI_DC", 1820), ("EI_DC", 1505), ("AI_DC", 1607), ("ETTI_DC", 1600), ("EITI_DC", 1505)],
)
def test_annual_hours_of_a_post(mesure, heures):
    """Paid hours for an ACI, worked hours for the others."""
    assert heures_annuelles_etp(mesure, JAN_2023) == heures


@pytest.mark.parametrize(
    ("mois", "amount"),
    [
        ("2018-03", "480.02"),
        ("2018-04", "484.81"),  # 484,8184 truncated
        ("2020-03", "492.57"),
        ("2022-11", "526.71"),
        ("2023-03", "526.71"),
        ("2023-04", "534.82"),
        ("2026-12", "573.48"),
    ],
)
def test_monthly_amount_of_a_beneficiary(mois, amount):
    """88 % of the RSA, truncated to the cent, in force on the first day of the month."""
    assert amount_on(montants_mensuels_cd(), Month.parse(mois)) == D(amount)


def test_monthly_amounts_as_known_on_a_day():
    """An amount decided later is not known yet; before 2009 there is none."""
    assert montants_mensuels_cd(date(2023, 1, 1))[-1] == (date(2022, 7, 1), D("526.71"))
    assert montants_mensuels_cd()[-1] == (date(2026, 4, 1), D("573.48"))
    with pytest.raises(LookupError, match="2009-05"):
        amount_on(montants_mensuels_cd(), Month(2009, 5))


def test_every_value_has_its_dates_and_its_text():
    """Each series is in order, without two values for one day, and says where it comes from."""
    series = [("rsa", "montants")]
    series += [
        (file, mesure) for file in ("montants_unitaires", "heures_etp") for mesure in MESURES
    ]
    series += [("montants_unitaires", f"{kind}_DC_MAYOTTE") for kind in ("ACI", "EI", "AI")]
    for file, name in series:
        found = valeurs(file, name)
        days = [value.effet for value in found]
        assert days, name
        assert days == sorted(set(days)), name
        assert all(value.reference for value in found)
        assert all(value.montant is None or value.montant > 0 for value in found)
