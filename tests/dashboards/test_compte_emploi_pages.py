"""Screens and files of the comptes d’emploi: the same figures on the page, in the PDF, in Excel."""

from __future__ import annotations

import io
import re
from datetime import date
from decimal import Decimal

import lxml.html
import openpyxl
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.core.exports import Totals
from apps.dashboards.comptes.contenu import load
from apps.dashboards.comptes.feuilles import sheets_of
from apps.dashboards.models import CompteEmploi
from apps.dashboards.permissions import can_export
from apps.dashboards.restitutions.compte_emploi import COMPTE_EMPLOI
from apps.dashboards.restitutions.creances_impayees import CREANCES_IMPAYEES
from apps.dashboards.restitutions.restitution import Criteres
from apps.dashboards.services_comptes import prepare_account, sign_account
from tests.dashboards.grand_livre import NOEL, World, make_world
from tests.documents.test_structure import faults
from tests.factories import make_membership

D = Decimal
ON = date(2024, 1, 5)
OF_2023 = Criteres(debut=date(2023, 1, 1), fin=date(2023, 12, 1), on=ON)


@pytest.fixture
def world(db, settings) -> World:
    settings.TODAY = ON
    return make_world()


def client_of(acting) -> Client:
    client = Client()
    client.force_login(acting.user)
    return client


def signed(world: World) -> CompteEmploi:
    made = prepare_account(world.gestionnaire, world.mandat, NOEL, "PROVISOIRE")
    return sign_account(world.comptable, made)


def printed(page: lxml.html.HtmlElement, title: str) -> list[list[str]]:
    """Cells of the table of that caption, headings and totals included."""
    (table,) = [
        table
        for table in page.xpath("//table")
        if " ".join(table.xpath("./caption")[0].text_content().split()) == title
    ]
    return [
        [" ".join(cell.text_content().split()) for cell in row.xpath("./th|./td")]
        for row in table.xpath(".//tr")
    ]


def test_from_the_choice_to_the_signature(world):
    manager, accountant = client_of(world.gestionnaire), client_of(world.comptable)
    chosen = {"mandat": world.mandat.pk, "periode": "2023-4", "nature": "PROVISOIRE"}
    answer = manager.post(reverse("reddition:preparer"), chosen)
    preview = reverse("reddition:apercu", args=[world.mandat.pk, 2023, 4, "provisoire"])
    assert answer["Location"] == preview
    page = manager.get(preview).text
    assert CompteEmploi.objects.count() == 0
    assert "5\u00a0535,00\u00a0€ de recettes" in page
    answer = manager.post(preview)
    compte = CompteEmploi.objects.get()
    assert answer["Location"] == reverse("reddition:compte", args=[compte.pk])
    page = accountant.get(reverse("reddition:signer", args=[compte.pk])).text
    for told in (compte.empreinte, "D. 1617-19", "caractère provisoire", "4\u00a0933,00\u00a0€"):
        assert told in page
    accountant.post(reverse("reddition:signer", args=[compte.pk]))
    compte.refresh_from_db()
    assert compte.etat == "SIGNE"
    page = client_of(world.decideur).get(reverse("reddition:compte", args=[compte.pk])).text
    assert "Historique" not in page
    assert world.version.siae.structure.denomination in page


def test_set_aside_by_its_page(world):
    compte = prepare_account(world.gestionnaire, world.mandat, NOEL, "PROVISOIRE")
    url = reverse("reddition:ecarter", args=[compte.pk])
    client = client_of(world.comptable)
    assert "Indiquez pourquoi" in client.post(url, {"motif": ""}).text
    client.post(url, {"motif": "Recette oubliée"})
    compte.refresh_from_db()
    assert (compte.etat, compte.motif) == ("ECARTE", "Recette oubliée")
    assert client.get(url).status_code == 302


def test_a_certified_account_of_a_year_not_locked_is_refused_on_the_page(world):
    client = client_of(world.gestionnaire)
    url = reverse("reddition:apercu", args=[world.mandat.pk, 2023, 4, "certifie"])
    shown = client.get(url).text
    assert "L’année 2023 n’est pas verrouillée" in shown
    assert "Préparer ce compte d’emploi" not in shown
    page = client.post(url).text
    assert "L’année 2023 n’est pas verrouillée" in page
    chosen = {"mandat": world.mandat.pk, "periode": "2023-1", "nature": "CERTIFIE"}
    answer = client.post(reverse("reddition:preparer"), chosen)
    assert "31 décembre" in answer.text
    assert CompteEmploi.objects.count() == 0


@pytest.mark.parametrize(
    "arguments", [(2023, 5, "provisoire"), (2023, 4, "autre"), (3000, 1, "provisoire")]
)
def test_no_such_account_to_prepare(world, arguments):
    url = reverse("reddition:apercu", args=[world.mandat.pk, *arguments])
    assert client_of(world.gestionnaire).get(url).status_code == 404


def test_the_list_says_what_is_expected_and_late(world, settings):
    url = reverse("reddition:comptes")
    settings.TODAY = date(2024, 1, 16)
    page = lxml.html.fromstring(client_of(world.comptable).get(url).content)
    rows = printed(page, "Comptes d’emploi attendus, par convention et par année")[1:]
    assert [(row[1], "En retard" in row[2]) for row in rows] == [
        ("2023", True),
        ("2023", True),
        ("2022", True),
    ]
    compte = signed(world)
    page = client_of(world.decideur).get(url).text
    assert f"n° {compte.numero}" in page
    assert "MANDAT 059" not in page
    assert "Préparer" not in page


def test_a_departement_sees_its_own_signed_accounts_only(world):
    other = prepare_account(world.gestionnaire, world.autre, NOEL, "PROVISOIRE")
    draft = prepare_account(world.gestionnaire, world.mandat, NOEL, "PROVISOIRE")
    reader = client_of(world.decideur)
    for hidden in (other, draft):
        for page in ("compte", "pdf", "excel", "signer", "ecarter"):
            url = reverse(f"reddition:{page}", args=[hidden.pk])
            assert reader.get(url).status_code == 404, page
    sign_account(world.comptable, other)
    assert reader.get(reverse("reddition:compte", args=[other.pk])).status_code == 404
    seen = CompteEmploi.objects.visible_to(world.decideur)
    assert list(seen) == []
    for role in ("INSTRUCTEUR", "RESPONSABLE", "ADMINISTRATEUR"):
        someone = client_of(make_membership(role))
        assert someone.get(reverse("reddition:comptes")).status_code == 404


def test_page_and_workbook_say_the_same(world):
    compte = signed(world)
    client = client_of(world.decideur)
    page = lxml.html.fromstring(client.get(reverse("reddition:compte", args=[compte.pk])).content)
    answer = client.get(reverse("reddition:excel", args=[compte.pk]))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    sheets = sheets_of(load(compte.contenu))
    assert book.sheetnames == ["Présentation", *(sheet.definition.sheet for sheet in sheets)]
    for sheet in sheets:
        cells = list(book[sheet.definition.sheet].iter_rows(values_only=True))
        assert cells[0] == tuple(column.heading for column in sheet.definition.columns)
        if not sheet.rows:
            continue
        shown = printed(page, sheet.titre)
        assert len(cells) == len(shown), sheet.titre
        for row, line in zip(cells[1:], shown[1:], strict=True):
            for value, text in zip(row, line, strict=True):
                if isinstance(value, int | float):
                    assert figure(text) == D(str(value)), (sheet.titre, value, text)


def figure(text: str) -> Decimal:
    return D(re.sub(r"[^\d,−-]", "", text).replace(",", ".").replace("−", "-"))


def test_the_pdf_is_archived_and_tagged(world):
    compte = signed(world)
    answer = client_of(world.decideur).get(reverse("reddition:pdf", args=[compte.pk]))
    assert answer["Content-Type"] == "application/pdf"
    assert faults(answer.content) == []
    compte.refresh_from_db()
    assert compte.document is not None
    assert compte.document.taille == len(answer.content)


def test_a_project_is_not_kept(world):
    compte = prepare_account(world.gestionnaire, world.mandat, NOEL, "PROVISOIRE")
    client = client_of(world.gestionnaire)
    assert client.get(reverse("reddition:pdf", args=[compte.pk])).status_code == 200
    answer = client.get(reverse("reddition:excel", args=[compte.pk]))
    assert 'filename="projet-compte-demploi-provisoire' in answer["Content-Disposition"]
    compte.refresh_from_db()
    assert (compte.document, compte.classeur) == (None, None)


def test_the_verification_on_the_page(world):
    compte = signed(world)
    url = reverse("reddition:compte", args=[compte.pk])
    page = client_of(world.comptable).get(url, {"verification": "1"}).text
    assert "Vérifié : l’empreinte" in page


def test_queries_of_the_list_and_of_an_account(world):
    compte = signed(world)
    client = client_of(world.comptable)
    for url, most in (
        (reverse("reddition:comptes"), 20),
        (reverse("reddition:compte", args=[compte.pk]), 14),
    ):
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        assert len(queries) <= most, url


def totals(restitution, acting, criteres: Criteres = OF_2023) -> Totals:
    found = Totals(restitution.definition)
    for row in restitution.rows(acting, criteres):
        found.add(row)
    assert found.count == restitution.count(acting, criteres)
    return found


def test_the_restitution_agrees_with_the_account(world):
    sums = totals(COMPTE_EMPLOI, world.decideur).sums
    assert sums["ressources"] == sums["emplois"] == D("6335.00")
    everything = totals(COMPTE_EMPLOI, world.comptable).sums
    assert everything["ressources"] == everything["emplois"] == D("6335.00") + D("7777.00")


def test_unpaid_debts_agree_with_the_ledger(world):
    assert totals(CREANCES_IMPAYEES, world.decideur).sums["reste"] == D("130.00")
    april = Criteres(fin=date(2023, 4, 1), on=ON)
    assert totals(CREANCES_IMPAYEES, world.comptable, april).sums["reste"] == D("265.00")
    other = make_membership("LECTEUR", world.autre.financeur.organisation)
    assert totals(CREANCES_IMPAYEES, other).count == 0


def test_who_is_offered_them(world):
    for restitution in (COMPTE_EMPLOI, CREANCES_IMPAYEES):
        for role in ("RESPONSABLE", "INSTRUCTEUR", "ADMINISTRATEUR"):
            assert not can_export(make_membership(role), restitution)
        for acting in (world.decideur, world.ordonnateur):
            assert can_export(acting, restitution)


def test_by_command(world, tmp_path):
    out = tmp_path / "creances.xlsx"
    user = world.comptable.user.username
    call_command("export", "creances-impayees", "--as", user, "--out", str(out))
    rows = list(openpyxl.load_workbook(out).worksheets[0].iter_rows(values_only=True))
    assert [row[2] for row in rows[1:3]] == [1, 3]
    compte = signed(world)
    pdf = tmp_path / "compte.pdf"
    call_command("document", "compte-emploi", str(compte.numero), "--out", str(pdf))
    assert pdf.read_bytes().startswith(b"%PDF")
