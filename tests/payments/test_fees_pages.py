"""The fees and the modulated part on screen and on paper: what is shown is what is recorded."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import html

from apps.accounts.models import Role
from apps.conventions.models import AvenantFinancier
from apps.core.models import Fichier
from apps.core.pdf import emetteur
from apps.payments.documents_frais import invoice_context, invoice_file
from apps.payments.models import FactureFrais, PartModulee
from apps.payments.services.frais import prepare_credit_note
from tests.factories import make_membership, make_organisation
from tests.payments.dossiers import make_annexe, run
from tests.payments.fees import SIRET, make_frais
from tests.payments.test_modulation import REQUEST

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def frais():
    return make_frais()


@pytest.fixture(autouse=True)
def _day(settings):
    settings.TODAY = date(2023, 7, 5)


def signed_in(membership):
    client = Client()
    client.force_login(membership.user)
    return client


def text_of(answer):
    return " ".join(answer.text.replace("\u00a0", " ").replace("\u202f", " ").split())


def test_preview_then_prepare_issue_and_receive(frais):
    """The whole life of an invoice by its pages, each act by its own person."""
    frais.annexe("2023-03-01")
    gestionnaire, ordonnateur, comptable = map(
        signed_in, (frais.asp.gestionnaire, frais.asp.ordonnateur, frais.asp.comptable)
    )
    page = f"/frais-de-gestion/convention/{frais.mandat.pk}/preparer/?annee=2023&periode=S1"
    preview = text_of(gestionnaire.get(page))
    assert "Facture de 7 360,32 €, 1 annexe ou avenant" in preview
    assert "Décompte arrêté au 30/06/2023" in preview
    assert not FactureFrais.objects.exists()
    gestionnaire.post(page, {"siret": SIRET, "engagement": "GDA-12", "code_service": ""})
    facture = FactureFrais.objects.get()
    assert (facture.montant, facture.engagement, facture.code_service) == (
        D("7360.32"),
        "GDA-12",
        "",
    )
    url = f"/frais-de-gestion/{facture.pk}/"
    shown = text_of(gestionnaire.get(url))
    assert "1 × 34,93 €" in shown
    assert "Préparer de nouveau" in shown
    assert "Émettre</a>" not in shown
    confirm = text_of(ordonnateur.get(f"{url}emettre/"))
    assert "sera comptabilisée pour 7 360,32 €" in confirm
    answer = ordonnateur.post(f"{url}emettre/", follow=True)
    assert "Facture FF-1 est émise et notifiée au département." in text_of(answer)
    fields = {"montant": "7360,32", "recu_le": "2023-07-05", "reference_bancaire": "VIR-1"}
    assert "Reste à payer</dt><dd>7 360,32 €" in text_of(comptable.get(f"{url}encaisser/"))
    comptable.post(f"{url}encaisser/", fields)
    facture.refresh_from_db()
    assert facture.etat == "PAYEE"


def test_what_is_wrong_is_said_on_the_page(frais):
    """A SIRET too short, a period not over, too much money: in words, nothing saved."""
    gestionnaire = signed_in(frais.asp.gestionnaire)
    base = f"/frais-de-gestion/convention/{frais.mandat.pk}/preparer/"
    wrong = gestionnaire.post(f"{base}?annee=2023&periode=S1", {"siret": "123"})
    assert "Le SIRET compte 14 chiffres" in text_of(wrong)
    early = gestionnaire.post(f"{base}?annee=2023&periode=S2", {"siret": SIRET})
    assert "jusqu’au 31/12/2023" in text_of(early)
    for query in ("annee=abc&periode=S1", "annee=2023&periode=XX", "annee=99999&periode=S1"):
        assert gestionnaire.get(f"{base}?{query}").status_code == 200
    assert not FactureFrais.objects.exists()


def test_the_departement_reads_its_invoices_and_no_act(frais):
    """Issued ones only, with the annexes counted; no button."""
    version = frais.annexe("2023-03-01")
    facture = frais.issue(frais.prepare())
    client = signed_in(frais.lecteur)
    shown = text_of(client.get(f"/frais-de-gestion/{facture.pk}/"))
    assert str(version.annexe) in shown
    assert f'href="/annexes/{version.annexe_id}/"' in shown
    assert "Annuler par un avoir" not in shown
    assert "Enregistrer un encaissement" not in shown
    mandat = text_of(client.get(f"/frais-de-gestion/convention/{frais.mandat.pk}/"))
    assert "9 071,89 €" in mandat
    assert "Préparer une facture" not in mandat


def test_the_invoice_is_archived_once_with_its_acts(frais):
    """Its PDF is drawn once; a draft before the issue is not kept."""
    frais.annexe("2023-03-01")
    facture = frais.prepare()
    client = signed_in(frais.asp.gestionnaire)
    draft = client.get(f"/frais-de-gestion/{facture.pk}/pdf/")
    assert draft.content.startswith(b"%PDF")
    assert not Fichier.objects.exists()
    frais.issue(facture)
    issued = client.get(f"/frais-de-gestion/{facture.pk}/pdf/")
    assert issued.content.startswith(b"%PDF")
    facture.refresh_from_db()
    assert facture.document == invoice_file(facture.pk)
    assert facture.document.nom == "frais-de-gestion-ff-1-2023.pdf"
    assert len(facture.document.sha256) == 64
    assert Fichier.objects.count() == 1


def test_an_invoice_asks_as_many_queries_for_many_acts(frais):
    """Two acts or twelve."""

    def queries(facture):
        client = signed_in(frais.asp.gestionnaire)
        client.get(f"/frais-de-gestion/{facture.pk}/")
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/frais-de-gestion/{facture.pk}/")
        return len(captured)

    frais.annexe("2023-03-01")
    few = queries(frais.prepare())
    for _number in range(10):
        frais.annexe("2023-03-01")
    assert queries(frais.prepare()) == few


def test_the_next_avenant_is_proposed_with_its_prices(frais):
    """Year, number of annexes, and prices when the indices are known."""
    client = signed_in(frais.asp.gestionnaire)
    first = AvenantFinancier.objects.get()
    page = reverse("conventions:avenant_financier", args=[frais.mandat.pk])
    form = client.get(page).context["form"]
    assert form.initial == {"annee": 2024, "annexes_prevues": 50}  # August 2022 is a gap
    AvenantFinancier.objects.filter(pk=first.pk).update(annee=2024)
    form = client.get(page).context["form"]
    assert form.initial == {
        "annee": 2025,
        "annexes_prevues": 50,
        "prix_annexe": D("35.52"),
        "forfait_annuel": D("7450.17"),
    }


def test_a_modulated_part_by_its_pages(frais, settings):
    """Notified from the annex by the DDETS, validated by the ASP, read by the structure."""
    settings.TODAY = date(2018, 5, 2)
    annexe = make_annexe(REQUEST | {"montant_cd": "0.00"})
    for month in ("2018-01", "2018-02", "2018-03", "2018-04"):
        run(frais.asp, month)
    ddets = signed_in(
        make_membership(Role.INSTRUCTEUR, make_organisation("DDETS", departement="062"))
    )
    schedule = text_of(ddets.get(reverse("payments:echeancier", args=[annexe.pk])))
    page = f"/part-modulee/annexe/{annexe.pk}/notifier/"
    assert page in schedule
    wrong = ddets.post(page, {"taux": "11", "reference": "D-1", "notifiee_le": "2018-05-01"})
    assert wrong.status_code == 200
    assert not PartModulee.objects.exists()
    ddets.post(page, {"taux": "5,55", "reference": "D-1", "notifiee_le": "2018-05-01"})
    part = PartModulee.objects.get()
    assert part.montant == D("299.70")
    gestionnaire = signed_in(frais.asp.gestionnaire)
    url = f"/part-modulee/{part.pk}/"
    assert "5 400,00 € × 5,55 %" in text_of(gestionnaire.get(url))
    refused = gestionnaire.post(url, {"decision": "REFUSER"})
    assert "Indiquez le motif du refus" in text_of(refused)
    gestionnaire.post(url, {"decision": "VALIDER"})
    run(frais.asp, "2018-05")
    siae = signed_in(make_membership(Role.RESPONSABLE, annexe.siae.structure.organisation))
    shown = text_of(siae.get(url))
    assert "Payé le 20/05/2018" in shown
    schedule = text_of(siae.get(reverse("payments:echeancier", args=[annexe.pk])))
    assert "Part modulée (5,55 %)" in schedule
    assert page not in schedule


@pytest.mark.parametrize("page", ["frais-de-gestion", "part-modulee"])
def test_the_lists_are_exported(frais, page):
    """As every list, in Excel."""
    frais.annexe("2023-03-01")
    frais.issue(frais.prepare())
    answer = signed_in(frais.asp.gestionnaire).get(f"/{page}/?_export=xlsx")
    assert answer.status_code == 200
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")


def test_the_list_of_invoices_says_what_is_left(frais):
    """The amount left of an issued invoice; nothing of one that is prepared."""
    frais.annexe("2023-03-01")
    frais.issue(frais.prepare())
    frais.annexe("2023-09-01")
    frais.prepare("S2")
    shown = text_of(signed_in(frais.asp.comptable).get("/frais-de-gestion/"))
    assert "Facture FF-1" in shown
    assert "Facture en préparation, 2d semestre 2023" in shown
    assert shown.count("7 360,32 €") == 2
    of_cd = text_of(signed_in(frais.lecteur).get("/frais-de-gestion/"))
    assert "Facture FF-1" in of_cd
    assert "en préparation" not in of_cd


def test_the_paper_says_what_is_owed_and_why(frais):
    """Chorus references, calculation, acts, forecast, how to pay; a credit note asks no money."""
    version = frais.annexe("2023-03-01")
    facture = frais.issue(frais.prepare())
    paper = on_paper("frais/facture_pdf.html", invoice_context(facture))
    for words in (
        "Facture FF-1",
        "Somme à payer 7 360,32 €",
        "SIRET du destinataire 226 200 012 00012",
        "Code service Chorus Pro SERVICE-INSERTION",
        "7 325,39 € + 34,93 €",
        "Prévision de l’année 2023 : 50 annexes, 9 071,89 €.",
        "total facturé pour l’année à ce jour : 1 annexe ou avenant, 7 360,32 €",
        "référence « FF-1 »",
        f"{version} – {version.siae.structure.denomination} 01/03/2023 25 671,36 € 34,93 €",
    ):
        assert words in paper, paper
    avoir = frais.issue(
        prepare_credit_note(
            frais.asp.gestionnaire, facture, motif="Engagement erroné", on=date(2023, 7, 5)
        )
    )
    paper = on_paper("frais/facture_pdf.html", invoice_context(avoir))
    assert "Montant de l’avoir 7 360,32 €" in paper
    assert "la facture FF-1 du 05/07/2023. Motif : Engagement erroné" in paper
    assert "Comment payer" not in paper


def on_paper(template, context):
    """The words of a document, without its marks."""
    page = html.fromstring(render_to_string(template, {"emetteur": emetteur(), **context}))
    words = " ".join(text for text in page.itertext())
    return " ".join(words.replace("\u00a0", " ").split())
