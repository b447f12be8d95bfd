"""« Bénéficiaires payés »: the executed lines of a run of payment days, payee by payee."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.errors import Refus
from apps.core.exports import Totals
from apps.dashboards.restitutions import beneficiaires_payes
from apps.dashboards.restitutions.beneficiaires_payes import BENEFICIAIRES_PAYES, DEFINITION
from apps.dashboards.restitutions.fichier import excel_file
from apps.dashboards.restitutions.restitution import Criteres
from apps.dashboards.restitutions.suivi_annexes import SUIVI_ANNEXES
from apps.rules.periods import Month, month_range
from tests.documents.conftest import case
from tests.factories import make_financeur, make_membership, make_organisation
from tests.payments.dossiers import make_annexe, make_asp, run

# From the accounts: borne by each kind of funder for payments made on certain days.
PAID = """
    SELECT f.type, SUM(m.credit - m.debit)
      FROM payments_mouvement m
      JOIN payments_ecriture e ON e.id = m.ecriture_id
      JOIN conventions_financeur f ON f.id = m.financeur_id
     WHERE m.compte_id = '515' AND e.jour BETWEEN %s AND %s
     GROUP BY f.type
"""
CLAIMED = """
    SELECT f.type, SUM(m.debit - m.credit)
      FROM payments_mouvement m
      JOIN payments_ecriture e ON e.id = m.ecriture_id
      JOIN conventions_financeur f ON f.id = m.financeur_id
     WHERE m.compte_id = '463' AND e.jour BETWEEN %s AND %s
     GROUP BY f.type
"""


def sums_of(acting, criteres: Criteres) -> dict[str, Decimal]:
    totals = Totals(DEFINITION)
    for row in BENEFICIAIRES_PAYES.rows(acting, criteres):
        totals.add(row)
    return totals.sums


def ledger(query: str, first: date, last: date) -> tuple[Decimal, Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(query, [first, last])
        found = dict(cursor.fetchall())
    return found.get("ETAT", Decimal(0)), found.get("CD", Decimal(0))


PERIODS = [(1, 12), (1, 3), (4, 5), (6, 7), (11, 12)]


def test_sums_of_any_period_are_those_of_the_ledger(annee):
    """Seven runs, cut at payment days: the treasury's account and that of the orders."""
    acting = annee.asp.comptable
    for first, last in PERIODS:
        criteres = Criteres(debut=date(2018, first, 1), fin=date(2018, last, 1))
        days = date(2018, first, 1), Month(2018, last).last_day
        found = sums_of(acting, criteres)
        assert (found["verse_etat"], found["verse_cd"]) == ledger(PAID, *days), criteres
        assert found["verse"] == sum(ledger(PAID, *days)), criteres
        assert (found["ordres_etat"], found["ordres_cd"]) == ledger(CLAIMED, *days), criteres
        rows = list(BENEFICIAIRES_PAYES.rows(acting, criteres))
        assert len(rows) == beneficiaires_payes.count(acting, criteres)
    assert sums_of(acting, Criteres(mesure="EI_DC"))["verse"] == 0


def test_a_row_per_payee_and_annex(annee):
    """One payment a month, none for the month regularised to 0 €, dates of the first and last."""
    acting = annee.asp.comptable
    rows = {row["annexe_id"]: row for row in BENEFICIAIRES_PAYES.rows(acting, Criteres())}
    assert set(rows) == {annexe.pk for annexe in annee.annexes}
    lines = annee.moitie.versements.filter(statut="EXECUTE")
    assert lines.filter(montant=0).exists()
    row = rows[annee.moitie.pk]
    assert row["paiements"] == lines.filter(montant__gt=0).values("campagne").distinct().count()
    days = sorted(lines.filter(montant__gt=0).values_list("execute_le", flat=True))
    assert (row["premier"], row["dernier"]) == (days[0], days[-1])
    structure = annee.moitie.siae.structure
    assert (row["siret"], row["commune"]) == (structure.siret, structure.commune)
    overall = Totals(SUIVI_ANNEXES.definition)
    for line in SUIVI_ANNEXES.rows(acting, Criteres()):
        overall.add(line)
    found = sums_of(acting, Criteres())
    same = ("verse_etat", "verse_cd", "verse", "ordres_etat", "ordres_cd")
    assert {key: found[key] for key in same} == {key: overall.sums[key] for key in same}


def test_who_reads_what(annee):
    """A département: its annexes, its orders; others nothing; a structure is not offered it."""
    seen = sums_of(annee.lecteur, Criteres())
    assert seen["verse"] == sums_of(annee.asp.comptable, Criteres())["verse"]
    assert (seen["ordres_etat"], seen["ordres_cd"]) == (Decimal(0), Decimal("1920.82"))
    headings = [column.key for column in DEFINITION.for_reader(annee.lecteur).columns]
    assert "ordres_etat" not in headings
    elsewhere = make_organisation("DDETS", departement="080")
    for acting in (
        make_membership("LECTEUR", make_financeur("080").organisation),
        make_membership("INSTRUCTEUR", elsewhere),
    ):
        assert list(BENEFICIAIRES_PAYES.rows(acting, Criteres())) == []
    with pytest.raises(Refus, match="Bénéficiaires payés"):
        excel_file(make_membership("RESPONSABLE"), BENEFICIAIRES_PAYES, Criteres())


def test_the_number_of_queries_does_not_depend_on_the_number_of_payees(db):
    asp = make_asp()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            list(BENEFICIAIRES_PAYES.rows(asp.comptable, Criteres()))
        return len(captured)

    make_annexe(case("annexe-de-six-mois"))
    run(asp, "2018-01")
    few = queries()
    for _ in range(4):
        make_annexe(case("annexe-de-six-mois"))
    for mois in month_range(Month(2018, 2), Month(2018, 3)):
        run(asp, str(mois))
    assert len(list(BENEFICIAIRES_PAYES.rows(asp.comptable, Criteres()))) == 5
    assert queries() == few <= 3


def test_every_column_says_what_it_holds():
    assert [column.key for column in DEFINITION.columns if not column.definition] == []
