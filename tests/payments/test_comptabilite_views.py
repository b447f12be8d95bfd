"""Screens of the accounts: figures that lead to their entries, locks, reversal, succession."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html
from openpyxl import load_workbook

from apps.conventions.models import Financeur
from apps.payments.models import Cloture, Ecriture, Reouverture, Succession
from apps.payments.services.extournes import REVERSAL_STEPS
from apps.payments.services.periodes import lock_month, request_reopening
from apps.rules.explanation import euros
from tests.factories import make_fonds, make_membership, make_organisation
from tests.payments.dossiers import make_annexe, make_asp, run
from tests.payments.test_preparation import REQUEST

D = Decimal
STATE, CD = "7907.21", "1920.29"


@pytest.fixture
def asp(db):
    return make_asp()


@pytest.fixture
def annexe(asp):
    made = make_annexe(REQUEST)
    run(asp, "2018-01")
    return made


def signed_in(membership) -> Client:
    client = Client()
    client.force_login(membership.user)
    return client


def departement():
    return make_membership("DECIDEUR", Financeur.objects.get(code="062").organisation)


def cells(page: str) -> list[list[str]]:
    """Texts of the rows of the first table."""
    table = html.fromstring(page).xpath("(//table)[1]")[0]
    return [
        [" ".join(cell.text_content().split()) for cell in row.xpath("./th|./td")]
        for row in table.xpath(".//tbody/tr")
    ]


def said(text: str) -> str:
    return " ".join(text.split())


def test_the_balance_shows_every_account_and_leads_to_its_movements(asp, annexe):
    client = signed_in(asp.comptable)
    page = client.get(reverse("comptabilite:balance"), {"du": "2018-01-01", "au": "2018-01-31"})
    found = {(row[0], row[2]): row for row in cells(page.text)}
    assert found["657", "État"][-2:] == [said(euros(D(STATE))), ""]
    assert found["515", "État"][-2:] == ["", said(euros(D(STATE)))]
    [link] = {
        a.get("href")
        for a in html.fromstring(page.text).xpath("//tbody//th[normalize-space()='657']/a")
        if f"financeur={Financeur.objects.get(type='ETAT').pk}" in a.get("href")
    }
    ledger = client.get(link)
    assert said(euros(D(STATE))) in said(ledger.text)
    assert said(euros(D(CD))) not in said(ledger.text)


def test_the_balance_ends_with_its_totals_and_links_no_zero(asp, annexe):
    client = signed_in(asp.comptable)
    query = {"du": "2018-01-01", "au": "2018-01-31"}
    seen = client.get(reverse("comptabilite:balance"), query)
    page = html.fromstring(seen.text)
    total = [said(cell.text_content()) for cell in page.xpath("//tfoot//th|//tfoot//td")]
    rows = seen.context["table"].data.data
    debits = sum(row["debits"] for row in rows)
    debiteur = sum(row["debiteur"] for row in rows)
    assert debits > 0
    assert debiteur > 0
    assert total == ["Total", "", "", "", *(said(euros(D(a))) for a in _twice(debits, debiteur))]
    assert "" not in {said(a.text_content()) for a in page.xpath("//tbody//a")}
    # Since the origin of the accounts, nothing comes before.
    columns = html.fromstring(client.get(reverse("comptabilite:balance")).text).xpath("//thead//th")
    assert "Solde d’ouverture" not in " ".join(column.text_content() for column in columns)


def _twice(debits, debiteur):
    """Opening, debits and credits, debit and credit balances of a whole ledger."""
    return (0, debits, debits, debiteur, debiteur)


def test_the_balance_is_filtered_detailed_and_exported(asp, annexe):
    client = signed_in(asp.comptable)
    query = {"compte": "657", "detail": "annexe", "annexe": annexe.pk}
    rows = cells(client.get(reverse("comptabilite:balance"), query).text)
    assert [(row[0], row[2], row[5]) for row in rows] == [
        ("657", "Département 062", annexe.numero),
        ("657", "État", annexe.numero),
    ]
    answer = client.get(reverse("comptabilite:balance"), query | {"_export": "xlsx"})
    sheet = load_workbook(BytesIO(answer.content)).worksheets[0]
    values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert any(str(STATE) in [str(value) for value in row] for row in values)


def test_the_movements_of_an_account_are_exported_with_their_figures(asp, annexe):
    page = reverse("comptabilite:grand_livre", args=["657"])
    answer = signed_in(asp.comptable).get(page, {"_export": "xlsx"})
    sheet = load_workbook(BytesIO(answer.content)).worksheets[0]
    values = {cell.value for row in sheet.iter_rows() for cell in row}
    assert {7907.21, 1920.29, 9827.5} <= values


def test_what_waits_for_an_ordonnateur_is_on_its_home_page(asp, annexe):
    lock = lock_month(asp.comptable, date(2016, 1, 1), on=date(2018, 2, 1))
    request_reopening(asp.comptable, lock, motif="Oubli", on=date(2018, 2, 1))
    words = "réouverture d’un mois comptable à décider"
    assert words in signed_in(asp.ordonnateur).get("/").text
    assert words not in signed_in(asp.comptable).get("/").text


def test_a_bad_date_is_said_beside_its_field(asp, annexe):
    page = signed_in(asp.comptable).get(reverse("comptabilite:balance"), {"du": "31/02/2018"})
    assert page.status_code == 200
    assert "error" in page.text


def test_an_unknown_account_does_not_exist(asp, annexe):
    client = signed_in(asp.comptable)
    assert client.get(reverse("comptabilite:grand_livre", args=["999"])).status_code == 404


def test_a_departement_sees_its_own_side_of_an_entry(asp, annexe):
    entry = Ecriture.objects.get(evenement="PAIEMENT")
    page = signed_in(departement()).get(reverse("comptabilite:ecriture", args=[entry.pk])).text
    assert said(euros(D(CD))) in said(page)
    assert said(euros(D(STATE))) not in said(page)
    assert "Extourner" not in page
    journal = signed_in(departement()).get(reverse("comptabilite:journal")).text
    assert said(euros(D(CD))) in said(journal)
    assert said(euros(D("9827.50"))) not in said(journal)


def test_the_journal_is_found_by_document_and_by_number(asp, annexe):
    client = signed_in(asp.comptable)
    funds = Ecriture.objects.filter(evenement="FONDS_RECUS").get()
    for text in (funds.reference.lower(), str(funds.numero)):
        rows = cells(client.get(reverse("comptabilite:journal"), {"q": text}).text)
        assert [row[0] for row in rows] == [str(funds.numero)]
    query = {"evenement": "PAIEMENT", "annexe": annexe.pk, "du": "2018-01-20", "au": "2018-01-20"}
    assert len(cells(client.get(reverse("comptabilite:journal"), query).text)) == 1


def test_an_entry_is_reversed_from_its_page(asp, annexe, monkeypatch):
    monkeypatch.setitem(REVERSAL_STEPS, "FONDS_RECUS", lambda *_args: None)
    make_fonds(Financeur.objects.get(code="062").mandats.get(), "25.00")
    entry = Ecriture.objects.filter(evenement="FONDS_RECUS").latest("numero")
    client = signed_in(asp.comptable)
    page = client.get(reverse("comptabilite:ecriture", args=[entry.pk])).text
    confirm = reverse("comptabilite:extourner", args=[entry.pk])
    assert f'href="{confirm}"' in page
    assert "Une écriture contraire est comptabilisée" in client.get(confirm).text
    assert "obligatoire" in client.post(confirm, {"motif": ""}).text
    answer = client.post(confirm, {"motif": "Saisie en double"}, follow=True)
    assert "L’extourne est comptabilisée." in answer.text
    assert Ecriture.objects.get(evenement="EXTOURNE").extourne == entry
    again = client.get(confirm, follow=True)
    assert "déjà été extournée" in again.text


def test_months_are_locked_asked_and_opened_again_on_screen(asp, annexe):
    comptable, ordonnateur = signed_in(asp.comptable), signed_in(asp.ordonnateur)
    page = reverse("comptabilite:clotures")
    first = reverse("comptabilite:verrouiller", args=["2016-01"])
    assert f'href="{first}"' in comptable.get(page).text
    assert f'href="{first}"' not in ordonnateur.get(page).text
    confirm = comptable.get(first).text
    assert "31/01/2016" in confirm
    assert "<dt>Total des débits</dt>" in confirm
    assert '<h2 class="fr-mt-4w">2016</h2>' in comptable.get(page).text
    answer = comptable.post(first, follow=True)
    assert "Les comptes de janvier 2016 sont verrouillés." in answer.text
    lock = Cloture.objects.get()
    assert lock.empreinte[:12] in answer.text
    detail = comptable.get(reverse("comptabilite:cloture", args=[lock.pk])).text
    assert "depuis sa première écriture, a la même empreinte" in detail
    skipped = comptable.post(reverse("comptabilite:verrouiller", args=["2016-03"]), follow=True)
    assert "verrouillez d’abord février 2016" in skipped.text
    ask = reverse("comptabilite:rouvrir", args=[lock.pk])
    assert "Clôture de janvier 2016" in comptable.get(ask).text
    assert "est demandée" in comptable.post(ask, {"motif": "Oubli"}, follow=True).text
    demande = Reouverture.objects.get()
    grant = reverse("comptabilite:reouverture_accorder", args=[demande.pk])
    assert f'href="{grant}"' in ordonnateur.get(page).text
    assert "Oubli" in ordonnateur.get(grant).text
    assert "La réouverture est accordée" in ordonnateur.post(grant, follow=True).text
    lock.refresh_from_db()
    assert lock.etat == "REOUVERTE"
    assert "Rouvert" in comptable.get(page).text


def test_a_refused_reopening_gives_its_reason(asp, annexe):
    lock = lock_month(asp.comptable, date(2016, 1, 1), on=date(2018, 2, 1))
    demande = request_reopening(asp.comptable, lock, motif="Oubli", on=date(2018, 2, 1))
    client = signed_in(asp.ordonnateur)
    refuse = reverse("comptabilite:reouverture_refuser", args=[demande.pk])
    assert "obligatoire" in client.post(refuse, {"motif": ""}).text
    client.post(refuse, {"motif": "Sans objet"})
    page = client.get(reverse("comptabilite:cloture", args=[lock.pk])).text
    assert "Refusée" in page
    assert "Sans objet" in page
    assert lock.empreinte == Cloture.objects.get().empreinte


def test_a_succession_is_proposed_previewed_and_granted_on_screen(asp, annexe):
    former = Financeur.objects.get(code="062")
    heir = Financeur.objects.create(
        type="CD", code="6AE", nom="Collectivité", organisation=make_organisation("CD")
    )
    gestionnaire, ordonnateur = signed_in(asp.gestionnaire), signed_in(asp.ordonnateur)
    form = {
        "financeur": former.pk,
        "successeur": heir.pk,
        "effet": "2018-07-01",
        "texte": "Décret n° 2019-142",
    }
    page = gestionnaire.post(reverse("comptabilite:succession_proposer"), form, follow=True)
    assert "est proposée à un ordonnateur" in page.text
    funds = said(euros(D("50000000.00") - D(CD)))
    assert funds in said(page.text)
    proposed = Succession.objects.get()
    address = reverse("comptabilite:succession", args=[proposed.pk])
    # Both départements read what it changes; the ASP alone decides.
    for organisation in (former.organisation, heir.organisation):
        seen = signed_in(make_membership("DECIDEUR", organisation)).get(address).text
        assert "Ce que cela change" in seen
        assert "Accorder" not in seen
    grant = reverse("comptabilite:succession_accorder", args=[proposed.pk])
    assert funds in said(ordonnateur.get(grant).text)
    done = ordonnateur.post(grant, follow=True)
    assert "les soldes sont repris" in done.text
    assert "écritures de reprise" in done.text
    again = gestionnaire.post(reverse("comptabilite:succession_proposer"), form)
    assert "déjà accordée" in again.text


def test_a_succession_is_refused_with_its_reason(asp, annexe):
    heir = Financeur.objects.create(type="CD", code="6AE", nom="Collectivité")
    proposed = Succession.objects.create(
        numero=1,
        financeur=Financeur.objects.get(code="062"),
        successeur=heir,
        effet=date(2018, 7, 1),
        texte="Décret",
        proposee_par=asp.gestionnaire.user,
        proposee_le=date(2018, 6, 1),
    )
    client = signed_in(asp.ordonnateur)
    refuse = reverse("comptabilite:succession_refuser", args=[proposed.pk])
    page = client.post(refuse, {"motif": "Texte non publié"}, follow=True).text
    assert "Texte non publié" in page


def test_an_empty_ledger_says_what_fills_it(asp):
    client = signed_in(asp.comptable)
    for name, words in (
        ("balance", "La balance se remplit"),
        ("journal", "La première écriture"),
        ("clotures", "Les mois comptables apparaissent"),
        ("successions", "Une succession est proposée"),
    ):
        assert words in client.get(reverse(f"comptabilite:{name}")).text


def test_a_lock_is_read_again_from_the_month_before_or_from_the_origin(asp, annexe):
    for month in (1, 2):
        lock = lock_month(asp.comptable, date(2016, month, 1), on=date(2018, 2, 1))
    client = signed_in(asp.comptable)
    address = reverse("comptabilite:cloture", args=[lock.pk])
    assert "relu à l’instant depuis le 31/01/2016, a la même empreinte" in client.get(address).text
    whole = client.get(address, {"depuis": "origine"}).text
    assert "depuis sa première écriture, a la même empreinte" in whole
