"""Planned schedule and forecasts: the runs to come, played by the rules that pay."""

from datetime import date
from decimal import Decimal

import pytest

from apps.rules.forecast import forecast
from apps.rules.periods import Month
from apps.rules.schedule import planned_schedule
from tests.rules.dossiers import annexe, etats, runs, shown

D = Decimal
RSA = ((date(2017, 9, 1), D("480.02")), (date(2018, 4, 1), D("484.81")))


def test_planned_schedule_of_the_example():
    """Eleven months at 1 920,29 € then 1 917,77 €: the département's amount to the cent."""
    schedule = planned_schedule(annexe())
    assert [row.part_cd for row in schedule] == [D("1920.29")] * 11 + [D("1917.77")]
    assert [row.part_etat for row in schedule] == [D("7907.21")] * 11 + [D("7909.73")]
    assert sum(row.forfait for row in schedule) == D("117930.00")
    assert [row.mois.month for row in schedule if row.est_regularisation] == [5, 8, 11]


def test_planned_schedule_never_exceeds_the_total():
    """Twelve rounded months would make one cent too many: the last one is a cent lower."""
    version = annexe(etp="1.00", unitaires="100.01", cd="0")  # 8,334166… a month
    assert [row.forfait for row in planned_schedule(version)][-1] == D("8.33")
    version = annexe(etp="1.00", unitaires="100.03", cd="0")  # 8,335833… a month, 8,34 rounded
    assert [row.forfait for row in planned_schedule(version)][-2:] == [D("8.34"), D("8.29")]


def test_forecast_of_the_rest_of_the_year():
    """Four months known, eight supposed full: the rest of the year as it would be paid."""
    known = etats(["910.00"] * 4)
    history = runs([annexe()], known, "2018-01", "2018-05")
    result = forecast(
        [annexe()],
        known,
        history,
        Month(2018, 6),
        20,
        heures=D("910.00"),
        brsa=4,
        montants_cd=RSA,
    )
    rows = [(str(one.campagne), *shown(one.ligne)[1:3]) for one in result.lignes]
    assert rows == [
        ("2018-06", "forfait", "9827.50"),
        ("2018-07", "forfait", "9827.50"),
        ("2018-08", "regularisation", "9827.50"),
        ("2018-09", "forfait", "9827.50"),
        ("2018-10", "forfait", "9827.50"),
        ("2018-11", "regularisation", "9827.50"),
        ("2018-12", "forfait", "9827.50"),
        ("2019-01", "solde", "0.00"),
    ]
    assert result.attentes == ()
    assert set(known) == {Month(2018, month) for month in (1, 2, 3, 4)}  # left as it was


def test_forecast_of_orders():
    """Half the hours until the end: the forecast shows the recovery to come."""
    result = forecast([annexe(cd="0")], {}, [], Month(2018, 1), 20, heures=D("455.00"))
    last = result.lignes[-1].ligne
    assert (last.nature, last.recouvre_etat) == ("solde", D("29482.50"))


def test_a_late_statement_is_supposed_validated_at_the_next_run():
    """Seen from June, January's missing statement releases the held months in June."""
    history = runs([annexe()], {}, "2018-01", "2018-05")
    result = forecast([annexe(cd="0")], {}, history, Month(2018, 6), 20, heures=D("910.00"))
    released = [one.ligne.mois.month for one in result.lignes if one.campagne == Month(2018, 6)]
    assert released == [2, 3, 4, 5, 6]


def test_beneficiaries_need_a_dated_amount():
    """A supposed beneficiary without any amount is an error, not a cost of 0."""
    with pytest.raises(LookupError):
        forecast([annexe()], {}, [], Month(2018, 1), 20, heures=D("910.00"), brsa=4)
