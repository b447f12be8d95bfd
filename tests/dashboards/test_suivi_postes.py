"""Posts of insertion: per funder, on screen and in the file; the data of the annexes."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from apps.annexes.models import VersionAnnexe
from apps.core.exports import Totals
from apps.dashboards import ecrans
from apps.dashboards.dossier import read_dossiers
from apps.dashboards.postes import monthly_lines
from apps.dashboards.restitutions.donnees_annexes import DONNEES_ANNEXES
from apps.dashboards.restitutions.perimetre import read_versions
from apps.dashboards.restitutions.postes import SUIVI_POSTES
from apps.dashboards.restitutions.restitution import Criteres
from tests.documents.conftest import case, excel
from tests.factories import make_financeur, make_membership
from tests.payments.dossiers import make_annexe


def rows_of(acting, **criteres):
    return list(SUIVI_POSTES.rows(acting, Criteres(**criteres)))


EXPECTED = {
    "annee": 2018,
    "aide": "Aide au poste",
    "mois_saisis": 12,
    "mois_valides": 12,
    "heures": Decimal("5460.00"),
    "taux": Decimal("50.00"),
    "qualification": "Sous-consommation",
}


def test_an_annex_has_a_row_per_funder(annee):
    """Six posts, half done: 19,54 % of each figure is the département's; the two rows make the
    figures of the annex."""
    acting = annee.asp.comptable
    etat, cd = rows_of(acting, annexe=annee.moitie)
    assert {key: cd[key] for key in EXPECTED} == EXPECTED
    assert (etat["financeur"], cd["financeur"]) == ("État", "Département 062")
    assert [row["etp_conventionnes"] for row in (etat, cd)] == [Decimal("4.83"), Decimal("1.17")]
    assert [row["montant"] for row in (etat, cd)] == [Decimal("94889.04"), Decimal("23040.96")]
    for key, whole in (("etp_declares", "3.00"), ("etp_plafonnes", "3.00"), ("ecart", "-3.00")):
        assert etat[key] + cd[key] == Decimal(whole)


def test_what_is_done_is_capped_at_what_the_annex_provides_for(db):
    """110 % of the hours: 6.60 ETP declared, 6.00 capped, 0.60 beyond."""
    request = case("annee-pleine-realisee")
    months = [{**month, "heures": "1001.00"} for month in request["mois"]]
    annexe = make_annexe({**request, "mois": months})
    rows = rows_of(make_membership("GESTIONNAIRE"), annexe=annexe)
    sums = {
        key: sum(row[key] for row in rows) for key in ("etp_declares", "etp_plafonnes", "ecart")
    }
    assert sums == {
        "etp_declares": Decimal("6.60"),
        "etp_plafonnes": Decimal("6.00"),
        "ecart": Decimal("0.60"),
    }
    assert {row["qualification"] for row in rows} == {"Sur-consommation"}


def test_a_statement_re_opened_counts_for_nothing_until_it_is_certified_again(annee):
    """December re-opened: what the structure is typing is not read, by a département above all."""
    december = annee.moitie.etats_mensuels.get(mois=date(2018, 12, 1))
    december.etat = "DEBLOQUE"
    december.save(update_fields=["etat"])
    for acting in (annee.lecteur, annee.asp.comptable):
        etat, cd = rows_of(acting, annexe=annee.moitie)
        assert (cd["mois_saisis"], cd["mois_valides"]) == (11, 11)
        assert etat["etp_declares"] + cd["etp_declares"] == Decimal("2.75")
        versions = read_versions(acting, Criteres(annexe=annee.moitie))
        (dossier,) = read_dossiers(acting, versions, date(2019, 1, 2))
        line = monthly_lines(dossier)[-1]
        assert (line.etat, line.declarees, line.salaries) == ("Rouvert", None, None)


def test_an_annex_without_cofinancing_has_one_row(db):
    annexe = make_annexe({**case("annexe-de-six-mois"), "montant_cd": "0.00"})
    (only,) = rows_of(make_membership("GESTIONNAIRE"), annexe=annexe)
    assert (only["financeur"], only["montant"]) == ("État", annexe.courante.montant_total)


def test_a_departement_reads_its_annexes_only(db):
    mine, other = (make_annexe(case("annexe-de-six-mois")) for _ in range(2))
    elsewhere = make_financeur("080")
    VersionAnnexe.objects.filter(annexe=other).update(financeur_cd=elsewhere)
    reader = make_membership("LECTEUR", mine.courante.financeur_cd.organisation)
    assert {row["annexe"] for row in rows_of(reader)} == {str(mine)}
    theirs = make_membership("LECTEUR", elsewhere.organisation)
    assert {row["annexe"] for row in rows_of(theirs)} == {str(other)}
    data = list(DONNEES_ANNEXES.rows(reader, Criteres()))
    assert [row["numero"] for row in data] == [mine.numero]


def test_the_screen_has_the_totals_of_the_file(annee, client: Client):
    """Totals of the file, of the page, and of the list per annex are one."""
    rows = rows_of(annee.lecteur)
    contents, totals = excel(SUIVI_POSTES.definition, rows)
    column = SUIVI_POSTES.definition.column("montant")
    sheet = load_workbook(io.BytesIO(contents)).worksheets[0]
    place = list(SUIVI_POSTES.definition.columns).index(column)
    last = [cell.value for cell in list(sheet.iter_rows())[-1]]
    assert Decimal(str(last[place])) == totals.of(column)
    client.force_login(annee.lecteur.user)
    page = client.get(reverse("dashboards:suivi_postes"))
    table = page.context["table"]
    assert next(iter(table.columns)).footer == "Total"
    shown = Totals(SUIVI_POSTES.definition)
    for row in rows:
        shown.add(row)
    assert page.context["nombre"] == len(rows) == 8
    assert (
        table.columns["montant"].footer
        == f"{totals.of(column):,.2f}".replace(",", "\xa0").replace(".", ",") + "\xa0€"
    )
    assert shown.sums == totals.sums


def test_the_page_of_an_annex(annee, client: Client):
    client.force_login(annee.lecteur.user)
    page = client.get(reverse("dashboards:postes", args=[annee.moitie.pk]))
    assert [line.etp_realises for line in page.context["lignes"]] == [Decimal("3.00")] * 12
    assert page.context["qualification"] == "Sous-consommation"
    assert "<svg" in page.text


def test_the_data_of_an_annex_is_a_row_per_version(db, client: Client):
    """Two versions, two rows; the file has the names and codes of the exchange format, the screen
    their words."""
    annexe = make_annexe(case("baisse-des-postes-en-juillet"))
    acting = make_membership("GESTIONNAIRE")
    rows = list(DONNEES_ANNEXES.rows(acting, Criteres()))
    assert [(row["modification"], row["etat"]) for row in rows] == [(0, "HISTORISE"), (1, "VALIDE")]
    assert DONNEES_ANNEXES.count(acting, Criteres()) == 2
    contents, _totals = excel(DONNEES_ANNEXES.definition, rows)
    sheet = load_workbook(io.BytesIO(contents)).worksheets[0]
    lines = [[cell.value for cell in line] for line in sheet.iter_rows()]
    place = lines[0].index("ETP conventionnés")
    assert lines[1][place] == "af_etp_postes_insertion"
    assert [line[place] for line in lines[2:]] == [6, 5.25]
    assert (sheet.freeze_panes, sheet.auto_filter.ref.split(":")[0]) == ("C3", "A2")
    assert str(annexe) in [line[lines[0].index("N° d’annexe")] for line in lines]
    client.force_login(acting.user)
    page = client.get(reverse("dashboards:donnees_annexes"))
    shown = page.context["table"].rows
    assert [(row.get_cell("mesure"), row.get_cell("etat")) for row in shown] == [
        ("ACI", "Remplacée"),
        ("ACI", "Validée"),
    ]


@pytest.mark.parametrize("restitution", [SUIVI_POSTES, DONNEES_ANNEXES], ids=lambda r: r.key)
def test_the_number_of_queries_does_not_depend_on_the_number_of_annexes(db, restitution):
    acting = make_membership("GESTIONNAIRE")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            list(restitution.rows(acting, Criteres()))
        return len(captured)

    for _ in range(2):
        make_annexe(case("annexe-de-six-mois"))
    few = queries()
    for _ in range(6):
        make_annexe(case("annexe-de-six-mois"))
    assert queries() == few <= 9
    rows = list(restitution.rows(acting, Criteres()))
    assert restitution.count(acting, Criteres()) == len(rows) >= 8


@pytest.mark.parametrize(("name", "limit"), [("suivi_postes", 2), ("donnees_annexes", 1)])
def test_a_scope_too_wide_for_a_page_asks_for_a_filter(
    db, client: Client, monkeypatch, name, limit
):
    """Nothing is computed: the filters are open, and the file holds everything."""
    monkeypatch.setattr(ecrans, "COUNTED_ON_SCREEN", limit)
    make_annexe(case("annexe-de-six-mois"))
    make_annexe(case("annee-pleine-realisee"))
    client.force_login(make_membership("GESTIONNAIRE").user)
    url = reverse(f"dashboards:{name}")
    wide = client.get(url)
    assert (wide.context["nombre"], "Trop de lignes pour une page" in wide.text) == (0, True)
    narrow = client.get(url, {"debut": "07/2018"})
    assert narrow.context["nombre"] > 0
    assert "Trop de lignes" not in narrow.text


def test_filters_of_the_screen(db, client: Client):
    """Annexes that meet the months asked for; a wrong period is said in words."""
    annexe = make_annexe(case("annexe-de-six-mois"))
    client.force_login(make_membership("GESTIONNAIRE").user)
    url = reverse("dashboards:suivi_postes")
    assert client.get(url, {"debut": "06/2018"}).context["nombre"] == 2
    assert client.get(url, {"debut": "07/2018"}).context["nombre"] == 0
    wrong = client.get(url, {"debut": "07/2018", "fin": "01/2018"})
    assert "Le dernier mois précède le premier" in wrong.text
    assert annexe.courante.fin == date(2018, 6, 30)
