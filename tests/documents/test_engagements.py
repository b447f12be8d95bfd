"""« Suivi des engagements »: the figures of the screen of the CAOM, one honest total a column."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.annexes.models import VersionAnnexe
from apps.conventions.models import AvenantFinancier, Caom, ConventionMandat
from apps.core.errors import Refus
from apps.core.exports import Totals
from apps.dashboards.restitutions import engagements
from apps.dashboards.restitutions.engagements import DEFINITION, SUIVI_ENGAGEMENTS
from apps.dashboards.restitutions.fichier import excel_file
from apps.dashboards.restitutions.restitution import Criteres
from tests.documents.conftest import case
from tests.factories import make_caom, make_financeur, make_membership, make_organisation
from tests.payments.dossiers import make_annexe

ON = date(2018, 8, 1)
OF_2018 = Criteres(debut=date(2018, 1, 1), fin=date(2018, 12, 1))

# Debits less credits of an account, of the département: no code shared with the restitution.
BALANCE = """
    SELECT COALESCE(SUM(m.debit - m.credit), 0)
      FROM payments_mouvement m
      JOIN conventions_financeur f ON f.id = m.financeur_id
     WHERE f.code = '062' AND m.compte_id = %s
"""


def balance(compte: str) -> Decimal:
    with connection.cursor() as cursor:
        cursor.execute(BALANCE, [compte])
        return cursor.fetchone()[0]


def totals(acting, criteres: Criteres = OF_2018) -> dict[str, Decimal]:
    found = Totals(DEFINITION)
    for row in SUIVI_ENGAGEMENTS.rows(acting, criteres):
        found.add(row)
    return found.sums


@pytest.fixture
def engaged(annee, settings):
    """The played year, its four annexes signed in 2018, a CAOM and credits of that year."""
    settings.TODAY = ON
    VersionAnnexe.objects.update(signee_le=date(2018, 1, 2))
    Caom.objects.filter(annee=2018).delete()
    make_caom(annee.cd, 2018)
    AvenantFinancier.objects.create(
        mandat=ConventionMandat.objects.get(financeur=annee.cd),
        annee=2018,
        credits_intervention=Decimal("4700000.00"),
        credits_frais=Decimal("9000.00"),
        prix_annexe=Decimal("34.93"),
        forfait_annuel=Decimal("7325.39"),
        annexes_prevues=50,
    )
    return annee


def test_totals_are_those_of_the_screen_and_of_the_ledger(engaged, client: Client):
    """Decided, committed, left, paid, forecast: /suivi-caom/; paid and to recover: the accounts."""
    client.force_login(engaged.lecteur.user)
    page = client.get(reverse("dashboards:suivi_caom"), {"annee": 2018})
    (screen,) = page.context["suivis"]
    found = totals(engaged.lecteur)
    assert found == {
        "credits": Decimal("4700000.00"),
        "decide": screen.decide,
        "engage": screen.engage,
        "disponible": screen.reste_a_engager,
        "degage": found["engage"] - found["paye"] - found["reste"],
        "paye": screen.paye,
        "reste": screen.reste_a_payer,
        "prevu": screen.prevu,
        "a_recouvrer": screen.a_recouvrer,
    }
    assert found["decide"] == Decimal("4678605.36")
    assert found["disponible"] == found["decide"] - found["engage"]
    assert (found["paye"], found["a_recouvrer"]) == (
        -balance("4671") - balance("515"),  # received, less what is left
        balance("463"),
    )
    assert found["a_recouvrer"] == Decimal("1920.82")
    rows = list(SUIVI_ENGAGEMENTS.rows(engaged.lecteur, OF_2018))
    assert [row["ligne"] for row in rows] == ["Enveloppe décidée", *["Annexe financière"] * 4]
    assert len(rows) == engagements.count(engaged.lecteur, OF_2018)
    assert {row["annexe_id"] for row in rows[1:]} == {annexe.pk for annexe in engaged.annexes}


def test_years_and_territory_asked_for(engaged):
    """A year by its months, one département for those who see several; a year without a CAOM is
    empty."""
    make_caom(make_financeur("080"), 2018)
    asp = engaged.asp.gestionnaire
    both = {row["departement"] for row in SUIVI_ENGAGEMENTS.rows(asp, OF_2018)}
    assert both == {"Département 062", "Département 080"}
    one = {row["annee"] for row in SUIVI_ENGAGEMENTS.rows(asp, Criteres(departement="062"))}
    assert one == {*range(2016, 2025)}
    asked = Criteres(debut=date(2018, 5, 1), fin=date(2018, 5, 1), departement="062")
    assert totals(asp, asked) == totals(engaged.lecteur)
    assert list(SUIVI_ENGAGEMENTS.rows(asp, Criteres(debut=date(2030, 1, 1)))) == []


def test_a_successor_has_the_caom_of_the_territories_it_took_over(db):
    """Asked for 067: its own CAOM and that of the département that took it over, once each."""
    old, other, new = (make_financeur(code) for code in ("067", "068", "6AE"))
    type(old).objects.filter(pk__in=(old.pk, other.pk)).update(
        successeur=new, succede_le=date(2021, 1, 1)
    )
    for funder, year in ((old, 2020), (other, 2020), (new, 2021)):
        make_caom(funder, year)
    reader = make_membership("LECTEUR", new.organisation)

    def read(**criteres):
        return [
            (row["departement"], row["annee"])
            for row in SUIVI_ENGAGEMENTS.rows(reader, Criteres(**criteres))
        ]

    assert len(read()) == 3
    assert read(departement="067") == [("Département 6AE", 2021), ("Département 067", 2020)]


def test_it_is_not_for_a_structure_and_another_territory_reads_nothing(engaged):
    with pytest.raises(Refus, match="Suivi des engagements"):
        excel_file(make_membership("RESPONSABLE"), SUIVI_ENGAGEMENTS, OF_2018)
    elsewhere = make_membership("INSTRUCTEUR", make_organisation("DDETS", departement="080"))
    assert list(SUIVI_ENGAGEMENTS.rows(elsewhere, OF_2018)) == []
    assert list(SUIVI_ENGAGEMENTS.rows(make_membership("LECTEUR"), OF_2018)) == []


def test_the_number_of_queries_does_not_depend_on_the_number_of_annexes_or_caom(db):
    acting = make_membership("GESTIONNAIRE")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            list(SUIVI_ENGAGEMENTS.rows(acting, OF_2018))
        return len(captured)

    make_annexe(case("annexe-de-six-mois"))
    VersionAnnexe.objects.update(signee_le=date(2018, 1, 2))
    few = queries()
    for code in ("080", "059"):
        make_caom(make_financeur(code), 2018)
    for _ in range(5):
        make_annexe(case("annexe-de-six-mois"))
    VersionAnnexe.objects.update(signee_le=date(2018, 1, 2))
    assert queries() == few <= 16


def test_every_column_says_what_it_holds():
    assert [column.key for column in DEFINITION.columns if not column.definition] == []
