"""The compte d’emploi of runs really played: against the lines, the transfers and the orders.

The figures below come from the tables of the trade by plain SQL, never from the ledger.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from apps.conventions.models import ConventionMandat
from apps.dashboards.comptes.calcul import account_of
from apps.dashboards.comptes.controles import gaps_of
from apps.dashboards.services_comptes import prepare_account, sign_account
from apps.rules.periods import Month, month_range
from tests.payments.dossiers import make_annexe, make_asp, run, statements

D = Decimal
REQUEST = {
    "mesure": "ACI_DC",
    "debut": "2018-01-01",
    "fin": "2018-03-31",
    "etp": "1.00",
    "montant_unitaire_annuel": "12000.00",
    "heures_annuelles_etp": "1820",
    "montant_cd": "1500.00",
}
# The département's share of a line is borne; below zero, the State pays it back.
LINES = """
    SELECT SUM(LEAST(GREATEST(part_cd, 0), montant)), SUM(GREATEST(-part_cd, 0)), SUM(part_cd)
      FROM payments_versement
     WHERE mandat_id = %s AND statut = 'EXECUTE' AND execute_le BETWEEN %s AND %s
"""
ORDERS = """
    SELECT COUNT(*), COALESCE(SUM(montant - recouvre - abandonne), 0)
      FROM recoveries_ordrederecouvrer WHERE mandat_id = %s AND emis_le <= %s
"""


def sql(query: str, *values: object) -> tuple:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()


@pytest.mark.django_db
def test_the_account_of_a_year_of_runs():
    asp = make_asp()
    done = make_annexe(REQUEST | {"mois": statements("2018-01", ["151.67"] * 3, brsa=1)})
    # Far under its hours: what was paid too much is claimed back from both funders.
    make_annexe(REQUEST | {"mois": statements("2018-01", ["40.00"] * 3, brsa=1)})
    for mois in month_range(Month(2018, 1), Month(2018, 4)):
        run(asp, str(mois))
    connection.check_constraints()
    mandat = ConventionMandat.objects.select_related("financeur").get()
    first, last, on = date(2018, 1, 1), date(2018, 12, 31), date(2019, 1, 5)
    compte = account_of(mandat, last, on)
    assert gaps_of(compte) == []
    cash, relieved, borne = sql(LINES, mandat.pk, first, last)
    paid = sum(o.depense for o in compte.operations if o.rubrique == "Aides payées aux structures")
    back = sum(o.recette for o in compte.operations if "remboursées par l’État" in o.rubrique)
    assert (paid, back) == (cash, relieved)
    assert sum(row.liquide_periode for row in compte.annexes) == borne
    number, left = sql(ORDERS, mandat.pk, last)
    assert (len(compte.creances), compte.a_recouvrer) == (number, left)
    assert number > 0
    assert sum(row.paye for row in compte.beneficiaires) == cash
    assert {row.annexe for row in compte.beneficiaires} >= {str(done)}
    assert sum(row.engage for row in compte.annexes) == D("3000.00")
    made = prepare_account(asp.gestionnaire, mandat, last, "PROVISOIRE", on=on)
    assert sign_account(asp.comptable, made, on=on).etat == "SIGNE"
