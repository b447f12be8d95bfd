"""A restitution on screen: what its file holds, its totals, its criteria, page by page."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import html

from apps.core.exports import Totals
from apps.dashboards import ecrans
from apps.dashboards.ecrans import on_screen
from apps.dashboards.restitutions import choix_annexe
from apps.dashboards.restitutions.fichier import excel_file
from apps.dashboards.restitutions.registry import RESTITUTIONS
from apps.dashboards.restitutions.restitution import Criteres
from apps.dashboards.tables import display
from tests.documents.conftest import Annee, case, sheet
from tests.factories import make_membership
from tests.payments.dossiers import make_annexe

# The page of the alerts is not a table of the definition; its file is tested with the alerts.
ON_THE_PAGE = sorted(key for key in RESTITUTIONS if key != "alertes")


def screen(client: Client, cle: str, **criteres: str):
    url = reverse("dashboards:restitution", args=[cle])
    return client.get(url, {"per_page": 100, **criteres}, follow=True)


def footers(page) -> list[str]:
    cells = html.fromstring(page.content).xpath("//tfoot//td | //tfoot//th")
    return [cell.text_content().strip() for cell in cells]


@pytest.mark.parametrize("cle", ON_THE_PAGE)
def test_the_screen_has_the_rows_and_the_totals_of_the_file(annee: Annee, client: Client, cle):
    """Those of the département: same number of rows, same total in every totalled column."""
    restitution = RESTITUTIONS[cle]
    acting = annee.lecteur
    if acting.organisation_type not in restitution.audience:
        acting = annee.asp.gestionnaire
    annexe = annee.moitie if "annexe" in restitution.required else None
    contents, totals = excel_file(acting, restitution, Criteres(annexe=annexe))
    with contents:
        lines = sheet(contents.read())
    client.force_login(acting.user)
    asked = {"colonnes": ",".join(column.key for column in restitution.definition.columns)}
    page = screen(client, cle, **asked, **({"annexe": str(annexe)} if annexe else {}))
    assert page.context["nombre"] == totals.count > 0
    if not any(column.total for column in restitution.definition.columns):
        return
    written = dict(zip(lines[0], lines[-1], strict=True))
    expected = [
        display(column.kind, Decimal(str(written[column.heading]))) if column.total else ""
        for column in on_screen(restitution, acting).columns
    ]
    assert footers(page)[1:] == expected[1:]


@pytest.mark.parametrize("cle", ["suivi-annexes", "suivi-engagements"])
def test_the_wide_ones_open_on_their_main_columns(annee: Annee, client: Client, cle):
    """In the order of the file, totals under them; every column comes when it is asked for."""
    restitution = RESTITUTIONS[cle]
    client.force_login(annee.asp.gestionnaire.user)
    page = screen(client, cle)
    shown = [column.name for column in page.context["table"].columns]
    assert shown[0] == restitution.row_header
    assert sorted(shown[1:]) == sorted(restitution.at_first)
    assert len(footers(page)) == len(shown)
    asked = screen(client, cle, colonnes="siret,structure").context["table"]
    assert {column.name for column in asked.columns} == {*shown[:1], "siret", "structure"}


def test_each_screen_is_that_of_its_reader(annee: Annee, client: Client):
    """Another département reads nothing of it, not even a total; the administration no page."""
    client.force_login(make_membership("LECTEUR").user)
    page = screen(client, "suivi-annexes")
    assert (page.context["nombre"], "Rien à afficher" in page.text) == (0, True)
    assert annee.moitie.numero_affiche not in page.text
    client.force_login(make_membership("ADMINISTRATEUR").user)
    assert screen(client, "suivi-annexes").status_code == 404
    assert screen(client, "inconnue").status_code == 404


def test_criteria_are_in_the_address_and_can_be_removed(annee: Annee, client: Client):
    """Each one is a tag with the address without it; the file is asked for with the same ones."""
    client.force_login(annee.asp.gestionnaire.user)
    page = screen(client, "suivi-postes", mesure="ACI_DC", debut="07/2018")
    tags = {tag["libelle"]: tag["url"] for tag in page.context["filtres_actifs"]}
    assert set(tags) == {"Mesure : ACI", "Premier mois : 07/2018"}
    assert "debut" not in tags["Premier mois : 07/2018"]
    assert "mesure=ACI_DC" in tags["Premier mois : 07/2018"]
    carried = html.fromstring(page.content).xpath("//form[@method='post']//input[@type='hidden']")
    sent = {field.get("name"): field.get("value") for field in carried}
    assert (sent["mesure"], sent["debut"]) == ("ACI_DC", "07/2018")
    assert "filtres_ouverts" in page.context
    assert not page.context["filtres_ouverts"]


def test_refused_criteria_show_no_row(annee: Annee, client: Client):
    """The fault is beside its field, and no figure of a period that was not asked for is shown."""
    client.force_login(annee.asp.gestionnaire.user)
    for criteres, sentence in (
        ({"debut": "05/2018", "fin": "04/2018"}, "Le dernier mois précède le premier"),
        ({"debut": "treize"}, "mois"),
        ({"mesure": "INCONNUE"}, "INCONNUE"),
    ):
        page = screen(client, "suivi-annexes", **criteres)
        assert page.context["filter"]["form"].errors, criteres
        assert sentence in page.text
        assert (page.context["nombre"], "Critères à corriger" in page.text) == (0, True)
        assert not html.fromstring(page.content).xpath("//main//form[@method='post']")


def test_the_territory_is_offered_to_those_who_see_several(annee: Annee, client: Client):
    """The ASP filters by it; for a DDETS it would filter nothing, and is not there."""
    other = make_annexe(case("annexe-de-six-mois"))
    structure = other.siae.structure
    structure.departement = "080"
    structure.save()
    client.force_login(annee.asp.gestionnaire.user)
    every = screen(client, "suivi-annexes")
    assert [code for code, _ in every.context["filter"]["form"].fields["departement"].choices] == [
        "",
        "062",
        "080",
    ]
    alone = screen(client, "suivi-annexes", departement="080")
    assert (alone.context["nombre"], every.context["nombre"]) == (1, 5)
    assert screen(client, "suivi-annexes", departement="999").context["filter"]["form"].errors
    client.force_login(make_membership("INSTRUCTEUR").user)
    assert "departement" not in screen(client, "suivi-annexes").context["filter"]["form"].fields


def test_an_annex_is_asked_for_where_one_is_needed(annee: Annee, client: Client):
    client.force_login(annee.lecteur.user)
    page = screen(client, "realisations-annexe")
    assert "Indiquez une annexe financière" in page.text
    assert page.context["filtres_ouverts"]
    suggested = html.fromstring(page.content).xpath("//datalist/option/@value")
    assert str(annee.moitie) in suggested
    for typed in (str(annee.moitie), annee.moitie.numero.lower()):
        shown = screen(client, "realisations-annexe", annexe=typed)
        assert shown.context["nombre"] > 0, typed
    hidden = make_annexe(case("annexe-de-six-mois"))
    client.force_login(make_membership("LECTEUR").user)
    refused = screen(client, "realisations-annexe", annexe=str(hidden))
    assert "Aucune annexe de votre périmètre" in refused.text
    assert not html.fromstring(refused.content).xpath("//datalist/option")


def test_several_annexes_answer_and_one_is_chosen(annee: Annee, client: Client, monkeypatch):
    """The field becomes the menu of those found; beyond a menu, more is asked for."""
    client.force_login(annee.asp.gestionnaire.user)
    page = screen(client, "realisations-annexe", annexe=annee.moitie.numero[:6])
    assert "Plusieurs annexes correspondent" in page.text
    offered = html.fromstring(page.content).xpath("//select[@name='annexe']/option/@value")
    assert offered[0] == ""
    assert str(annee.moitie) in offered
    chosen = screen(client, "realisations-annexe", annexe=offered[1])
    assert chosen.context["nombre"] > 0
    monkeypatch.setattr(choix_annexe, "LISTED", 2)
    page = screen(client, "realisations-annexe", annexe="ACI")
    assert "Plus de 2 annexes" in page.text
    assert not html.fromstring(page.content).xpath("//datalist | //select[@name='annexe']")


def test_columns_and_size_of_the_page_are_chosen(annee: Annee, client: Client):
    """The name of the row stays first whatever is chosen; 25 rows unless asked otherwise."""
    client.force_login(annee.asp.gestionnaire.user)
    page = screen(client, "suivi-annexes", colonnes="etat,verse")
    headings = html.fromstring(page.content).xpath("//table//th[@scope='col']")
    assert [th.text_content().strip() for th in headings] == [
        "N° d’annexe",
        "État",
        "Versé total",
    ]
    assert page.context["table"].paginator.per_page == 100
    default = client.get(reverse("dashboards:restitution", args=["suivi-annexes"]))
    assert default.context["table"].paginator.per_page == 25


def test_the_long_one_reads_its_page_only(annee: Annee, client: Client, monkeypatch):
    """Its reading is asked for the rows of the page and for the totals; `rows` is never read."""
    restitution = RESTITUTIONS["suivi-annexes"]
    known = list(restitution.rows(annee.asp.gestionnaire, Criteres()))
    asked = []

    class Reading:
        def __init__(self, acting, criteres):
            pass

        def __len__(self):
            return 15_000

        def rows(self, start, stop):
            asked.append((start, stop))
            return [known[number % len(known)] for number in range(start, stop)]

        def totals(self) -> Totals:
            totals = Totals(restitution.definition)
            totals.sums["verse"] = Decimal("123456.78")
            return totals

    def never(acting, criteres):
        raise AssertionError("the whole was read")

    long = replace(restitution, rows=never, count=never, reading=Reading)
    monkeypatch.setitem(RESTITUTIONS, "suivi-annexes", long)
    client.force_login(annee.asp.gestionnaire.user)
    page = screen(client, "suivi-annexes", per_page="50", page="3", sort="verse")
    assert asked == [(100, 150)]
    assert display(restitution.definition.column("verse").kind, Decimal("123456.78")) in footers(
        page
    )
    assert "les 10 000 premières se lisent ici".replace(" 000", "\u00a0000") in page.text


def test_too_wide_a_scope_asks_for_a_filter(annee: Annee, client: Client, monkeypatch):
    monkeypatch.setattr(ecrans, "COUNTED_ON_SCREEN", 3)
    client.force_login(annee.asp.gestionnaire.user)
    page = screen(client, "suivi-annexes")
    assert (page.context["nombre"], "Trop de lignes pour une page" in page.text) == (0, True)


def test_the_number_of_queries_does_not_depend_on_the_rows(db, client: Client):
    client.force_login(make_membership("GESTIONNAIRE").user)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert screen(client, "suivi-annexes").status_code == 200
        return len(captured)

    for _ in range(2):
        make_annexe(case("annexe-de-six-mois"))
    few = queries()
    for _ in range(6):
        make_annexe(case("annexe-de-six-mois"))
    assert queries() == few
