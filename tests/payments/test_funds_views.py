"""Screens of the funds: what the ASP does, what the département reads, documents, credits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.conventions.models import AvenantFinancier
from apps.core.errors import Refus
from apps.core.pdf import render_pdf
from apps.dashboards.expectations import expectations_of
from apps.payments.credits import credits_of
from apps.payments.documents_fonds import APPEL, call_context, call_file, pay_back_file
from apps.payments.models import AppelDeFonds, NotificationDeFonds, RecetteDeFonds
from apps.payments.services import appels, reversements
from apps.payments.services.appels import propose_quarterly
from apps.payments.services.recettes import notify_funds
from tests.factories import make_caom, make_membership, make_siae, make_version
from tests.payments.funds import (
    JOUR,
    make_call,
    make_empty_mandat,
    make_people,
    move,
    spend,
    treasury_of,
)

pytestmark = pytest.mark.django_db
NBSP = "\xa0"


@pytest.fixture
def people(db):
    return make_people()


@pytest.fixture
def mandat(people):
    return make_empty_mandat()


def signed_in(acting):
    client = Client()
    client.force_login(acting.user)
    return client


def text_of(answer):
    assert answer.status_code == 200
    return answer.content.decode().replace(NBSP, " ")


def page(name, *args):
    return reverse(f"fonds:{name}", args=args)


def test_from_the_proposal_to_the_receipt_on_screen(people, mandat):
    """A gestionnaire proposes, an ordonnateur issues, the agent comptable records the funds."""
    asked = signed_in(people.gestionnaire).post(
        page("appel_proposer", mandat.pk, "exceptionnel"),
        {"montant": "1 234,50", "motif": "Annexes supplémentaires"},
        follow=True,
    )
    assert "L’appel de fonds n° 1 est proposé" in text_of(asked)
    appel = AppelDeFonds.objects.get()
    confirm = page("appel_emettre", appel.pk)
    shown = text_of(signed_in(people.ordonnateur).get(confirm))
    assert "doit verser <strong>1 234,50 €</strong>" in shown
    issued = text_of(signed_in(people.ordonnateur).post(confirm, follow=True))
    assert "L’appel de fonds est émis." in issued
    receipt = {
        "montant": "1234,50",
        "recu_le": "2023-03-01",
        "reference_bancaire": "VIR-62",
        "appel": appel.pk,
    }
    url = page("recette_enregistrer", mandat.pk)
    client = signed_in(people.comptable)
    assert "Ce champ est obligatoire" in text_of(client.post(url, receipt))
    assert not RecetteDeFonds.objects.exists()
    done = text_of(client.post(url, receipt | {"confirmation": "on"}, follow=True))
    assert "L’appel n° 1 est encaissé en totalité." in done
    assert treasury_of(mandat) == Decimal("1234.50")
    again = text_of(client.post(url, receipt | {"confirmation": "on"}))
    assert "déjà enregistrée : recette n° 1" in again


def test_what_comes_beyond_a_call_is_said(people, mandat):
    appel = make_call(people, mandat)
    said = text_of(
        signed_in(people.comptable).post(
            page("recette_enregistrer", mandat.pk),
            {
                "montant": "1000,10",
                "recu_le": "2023-03-01",
                "reference_bancaire": "V",
                "appel": appel.pk,
                "confirmation": "on",
            },
            follow=True,
        )
    )
    assert "0,10 € de plus que l’appel n° 1 restent au mandat." in said


def test_the_preview_of_a_quarterly_call_is_what_is_proposed(people, settings):
    settings.TODAY = date(2023, 5, 5)
    mandat = make_empty_mandat(modalite="AVANCE_ET_APPELS", avance=Decimal("706000.00"))
    move(mandat, "FONDS_RECUS", "100000.00", date(2023, 1, 10), "RF-1")
    spend(mandat, "90000.00", date(2023, 2, 10))
    url = page("appel_proposer", mandat.pk, "trimestriel")
    client = signed_in(people.gestionnaire)
    shown = client.get(url)
    assert "44 000,00 €" in text_of(shown)
    assert "Avance à verser pour le 3e trimestre 2023 (9 + 10 + 11 − 7)" in text_of(shown)
    client.post(url, {})
    appel = AppelDeFonds.objects.get()
    assert appel.lignes == shown.context["lignes"]
    assert appel.montant == Decimal("44000.00")


def test_the_decideur_reads_pays_and_announces(people, mandat):
    appel = make_call(people, mandat)
    proposed = make_call(people, mandat, "77.00", issued=False)
    client = signed_in(people.decideur)
    listed = text_of(client.get(page("appels")))
    assert "1 résultat" in listed
    assert client.get(page("appel", proposed.pk)).status_code == 404
    shown = text_of(client.get(page("appel", appel.pk)))
    assert "Notifier des fonds" in shown
    assert "Émettre l’appel" not in shown
    assert people.ordonnateur.user.nom_complet not in shown
    sent = {"montant": "1000", "ordonnance_le": "2023-03-01", "reference": "MDT-1"}
    said = text_of(
        client.post(page("notifier", mandat.pk), sent | {"appel": appel.pk}, follow=True)
    )
    assert "La notification de 1 000,00 € est transmise à l’ASP." in said
    notice = NotificationDeFonds.objects.get()
    withdrawn = client.post(
        page("notification_retirer", notice.pk), {"motif": "Erreur"}, follow=True
    )
    assert "La notification est retirée." in text_of(withdrawn)


def test_each_other_s_pages_do_not_exist(people, mandat):
    appel = make_call(people, mandat)
    other = signed_in(make_people("059").decideur)
    structure = signed_in(make_membership("RESPONSABLE"))
    for url in (
        page("mandat", mandat.pk),
        page("appel", appel.pk),
        page("appel_pdf", appel.pk),
        page("notifier", mandat.pk),
    ):
        assert other.get(url).status_code == 404
        assert structure.get(url).status_code == 404
    assert "0 résultat" not in text_of(other.get(page("mandats")))
    assert structure.get(page("mandats")).status_code == 404


def test_a_receipt_is_cancelled_on_screen(people, mandat):
    client = signed_in(people.comptable)
    form = {"montant": "10", "recu_le": "2023-03-01", "reference_bancaire": "V"}
    client.post(page("recette_enregistrer", mandat.pk), form | {"confirmation": "on"})
    recette = RecetteDeFonds.objects.get()
    shown = text_of(client.get(page("recette_annuler", recette.pk)))
    assert "<dt>Trésorerie de la convention</dt><dd>10,00 €</dd>" in shown
    assert "<dt>Après l’annulation</dt><dd>0,00 €</dd>" in shown
    assert "à découvert" not in shown
    said = client.post(page("recette_annuler", recette.pk), {"motif": "Erreur"}, follow=True)
    assert "est annulée et son écriture extournée." in text_of(said)
    assert treasury_of(mandat) == 0


def test_the_end_of_a_mandate_on_screen(people, settings):
    settings.TODAY = date(2025, 1, 15)
    mandat = make_empty_mandat()
    move(mandat, "ORDRE", "310.00", date(2024, 1, 5))
    move(mandat, "ENCAISSEMENT", "310.00", date(2024, 5, 2))
    url = page("solde", mandat.pk)
    shown = text_of(signed_in(people.ordonnateur).get(url))
    assert "À reverser au département : <strong>310,00 €</strong>." in shown
    assert "La trésorerie du mandat n’est pas nulle : 310,00 €." in shown
    ordered = signed_in(people.ordonnateur).post(url, {"annee": "2024"}, follow=True)
    assert "est ordonnancé" in text_of(ordered)
    pay = page("reversement_payer", mandat.reversements.get().pk)
    client = signed_in(people.comptable)
    assert "<strong>310,00 €</strong> quittent la trésorerie" in text_of(client.get(pay))
    assert "Le reversement est payé." in text_of(client.post(pay, follow=True))
    closing = page("cloturer", mandat.pk)
    assert "plus aucun fonds n’y est appelé" in text_of(client.get(closing))
    assert "La convention de mandat est clôturée." in text_of(client.post(closing, follow=True))


def test_a_mandate_with_obstacles_is_not_closed_on_screen(people, mandat):
    move(mandat, "FONDS_RECUS", "5.00", JOUR, "RF-1")
    client = signed_in(people.comptable)
    said = text_of(client.post(page("cloturer", mandat.pk), follow=True))
    assert "La trésorerie du mandat n’est pas nulle : 5,00 €." in said
    assert not hasattr(type(mandat).objects.get(pk=mandat.pk), "cloture")


# --- Credits -------------------------------------------------------------------------------------
def avenant(mandat, annee=2023, credits="30000.00", **fields):
    return AvenantFinancier.objects.create(
        mandat=mandat,
        annee=annee,
        credits_intervention=Decimal(credits),
        credits_frais=Decimal("9071.89"),
        prix_annexe=Decimal("34.93"),
        forfait_annuel=Decimal("7325.39"),
        annexes_prevues=50,
        **fields,
    )


def test_commitments_payments_and_recoveries_of_a_year(people, mandat):
    avenant(mandat)
    make_version()
    move(mandat, "FONDS_RECUS", "30000.00", date(2023, 1, 10), "RF-1")
    spend(mandat, "12000.00", date(2023, 3, 20))
    move(mandat, "ORDRE", "500.00", date(2023, 4, 1))
    move(mandat, "ENCAISSEMENT", "200.00", date(2023, 5, 1))
    move(mandat, "FRAIS_FACTURES", "9071.89", date(2023, 7, 1), "FF-1")
    [row] = credits_of(mandat, date(2023, 12, 31))
    assert (row.annee, row.ae, row.engage, row.reste_a_engager) == (
        2023,
        Decimal("30000.00"),
        Decimal("25671.36"),
        Decimal("4328.64"),
    )
    assert (row.cp, row.paye, row.reste_a_payer) == (
        Decimal("30000.00"),
        Decimal("12000.00"),
        Decimal("18000.00"),
    )
    assert (row.frais_factures, row.reste_frais) == (Decimal("9071.89"), Decimal("0.00"))
    assert row.alertes == []
    assert row.suggestion.endswith(
        f"30{NBSP}000,00{NBSP}€ − 200,00{NBSP}€ = 29{NBSP}800,00{NBSP}€."
    )


def test_what_the_budget_does_not_allow_is_said(people, mandat):
    avenant(mandat, credits="20000.00", credits_paiement=Decimal("1000.00"))
    annexe = make_version().annexe
    make_version(annexe=annexe, montant_cd=Decimal("27000.00"), validee_le=date(2024, 1, 20))
    spend_after = date(2023, 3, 20)
    move(mandat, "FONDS_RECUS", "5000.00", date(2023, 1, 10), "RF-1")
    spend(mandat, "1500.00", spend_after)
    [row] = credits_of(mandat, date(2024, 2, 1))
    said = " ".join(row.alertes).replace(NBSP, " ")
    assert "les engagements (27 000,00 €) dépassent les crédits votés de 7 000,00 €" in said
    assert "les paiements (1 500,00 €) dépassent les crédits de paiement de 500,00 €" in said
    assert "1 328,64 € engagés par des avenants notifiés après l’exercice" in said
    assert str(annexe) in said
    shown = text_of(signed_in(people.lecteur).get(page("mandat", mandat.pk)))
    assert "dépassent les crédits votés" in shown


def test_the_page_of_a_mandate_costs_the_same_whatever_it_holds(people, mandat):
    make_caom()
    avenant(mandat)
    client, url = signed_in(people.comptable), page("mandat", mandat.pk)

    def fill(first, last):
        for number in range(first, last):
            make_version(siae=make_siae(departement="062"))
            make_call(people, mandat)
            move(mandat, "FONDS_RECUS", "10.00", date(2023, 1 + number % 9, 10), f"RF-{number}")

    fill(1, 3)
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    fill(3, 12)
    with CaptureQueriesContext(connection) as many:
        assert "ex-nombre" in text_of(client.get(url))
    assert len(many) == len(few)


# --- Documents -----------------------------------------------------------------------------------
def test_the_call_is_drawn_once_issued_and_archived_with_its_hash(people, mandat):
    proposed = make_call(people, mandat, issued=False)
    with pytest.raises(Refus, match="n’est pas émis"):
        call_file(proposed.pk)
    appel = make_call(people, mandat)
    first = call_file(appel.pk)
    assert call_file(appel.pk) == first
    assert first.titre == f"Appel de fonds n° {appel.numero} – {mandat.financeur}"
    assert len(first.sha256) == 64
    answer = signed_in(people.lecteur).get(page("appel_pdf", appel.pk))
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_the_twelve_lines_are_on_the_document(people, monkeypatch):
    mandat = make_empty_mandat(modalite="AVANCE_ET_APPELS")
    spend_on = date(2023, 2, 10)
    move(mandat, "FONDS_RECUS", "100000.00", date(2023, 1, 10), "RF-1")
    spend(mandat, "90000.00", spend_on)
    appel = propose_quarterly(people.gestionnaire, mandat, on=date(2023, 5, 5))
    AppelDeFonds.objects.filter(pk=appel.pk).update(
        etat="EMIS",
        emis_par=people.ordonnateur.user,
        emis_le=date(2023, 5, 9),
        echeance=date(2023, 6, 30),
    )
    appel.refresh_from_db()
    context = call_context(appel)
    assert context["objet"] == "Avance pour le 3e trimestre 2023"
    assert render_pdf(APPEL, context).startswith(b"%PDF")


def test_a_sum_paid_back_has_its_document(people):
    mandat = make_empty_mandat()
    move(mandat, "ORDRE", "310.00", date(2024, 1, 5))
    move(mandat, "ENCAISSEMENT", "310.00", date(2024, 5, 2))
    after = date(2025, 1, 15)
    ordered = reversements.settle_year(people.ordonnateur, mandat, 2024, on=after)
    with pytest.raises(Refus, match="n’est pas payé"):
        pay_back_file(ordered.pk)
    reversements.pay_back(people.comptable, ordered, on=after)
    assert pay_back_file(ordered.pk).titre == f"Reversement n° 1 – {mandat.financeur}"


# --- Home ----------------------------------------------------------------------------------------
def home_of(acting, on=JOUR):
    return {line.texte: line for line in expectations_of(acting, on)}


def test_the_home_page_says_what_the_funds_expect(people, mandat):
    make_call(people, mandat)
    make_call(people, mandat, issued=False)
    own = appels.propose_exceptional(
        people.ordonnateur, mandat, montant=Decimal(5), motif="Besoin", on=JOUR
    )
    assert home_of(people.ordonnateur)["appel de fonds proposé, à émettre"].nombre == 1
    assert home_of(people.comptable)["appels de fonds proposés, à émettre"].nombre == 2
    assert own.propose_par == people.ordonnateur.user
    to_pay = home_of(people.decideur)["appel de fonds à payer"]
    assert (to_pay.nombre, to_pay.echeance, to_pay.en_retard) == (1, date(2023, 3, 31), False)
    assert home_of(people.decideur, date(2023, 4, 1))["appel de fonds à payer"].en_retard
    listed = text_of(signed_in(people.decideur).get(to_pay.url))
    assert "1 résultat" in listed
    assert not any("appel" in said for said in home_of(people.gestionnaire))


def test_a_payment_on_its_way_is_not_late(people, mandat):
    """A call notified in part is late, notified in full it is only awaited."""
    appel, after = make_call(people, mandat), date(2023, 4, 1)
    for rank, (montant, late) in enumerate((("400.00", True), ("600.00", False))):
        assert home_of(people.decideur, after)["appel de fonds à payer"].en_retard
        notify_funds(
            people.decideur,
            mandat,
            montant=Decimal(montant),
            ordonnance_le=JOUR,
            reference=f"2023-{rank}",
            appel=appel,
            on=JOUR,
        )
        awaited = home_of(people.decideur, after)["appel de fonds à payer"]
        assert (awaited.nombre, awaited.en_retard) == (1, late)
    assert awaited.echeance is None
