"""Pages of the orders: the acts from their page to the ledger, what each role is shown."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.recoveries.controles import faults
from apps.recoveries.models import Compensation, Encaissement, Excedent, PlanDePaiement
from apps.recoveries.services import ask_plan, decide_set_off, grant_plan, order_refund, record_cash
from apps.recoveries.services.contestations import contest, suspend_pursuit
from tests.factories import make_bank_details, make_siae
from tests.recoveries.creances import figures, make_ordre, make_people

ON = date(2023, 5, 2)
LATE = date(2023, 5, 4)


@pytest.fixture
def ordre(db):
    return make_ordre("1000.00")


@pytest.fixture
def people(ordre):
    return make_people(ordre)


@pytest.fixture(autouse=True)
def _day(settings):
    settings.TODAY = LATE


def client_of(member) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


def page(member, name, pk, data=None):
    client, url = client_of(member), reverse(f"recoveries:{name}", args=[pk])
    return client.get(url) if data is None else client.post(url, data, follow=True)


def text_of(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_of_an_order_tells_its_life(people, ordre):
    record_cash(people.comptable, ordre, montant=D("400.00"), recu_le=ON, reference="VIR 7", on=ON)
    text = text_of(page(people.responsable, "ordre", ordre.pk))
    for words in (
        "600,00\xa0€",
        "−400,00\xa0€",
        "VIR 7",
        "Encaissement sur un ordre de recouvrer",
        "L’échéance du 03/05/2023 est passée",
        "Demander un plan de paiement",
    ):
        assert words in text, words
    for words in ("Annuler l’encaissement", "Enregistrer un encaissement", "Compensation</h2>"):
        assert words not in text, words
    text = text_of(page(people.comptable, "ordre", ordre.pk))
    for words in ("Annuler l’encaissement", "Enregistrer un encaissement", "Relancer la structure"):
        assert words in text, words
    assert "Demander un plan de paiement" not in text


def test_a_payment_recorded_from_its_page(people, ordre):
    text = text_of(page(people.comptable, "encaisser", ordre.pk))
    assert "Reste à payer" in text
    assert "1000,00" in text
    slip = {"montant": "1 200,00", "recu_le": "2023-05-02", "mode": "VIREMENT", "reference": "V 1"}
    text = text_of(page(people.comptable, "encaisser", ordre.pk, slip))
    assert "Il ne reste que 1\xa0000,00\xa0€ à payer" in text
    assert not Encaissement.objects.exists()
    kept = slip | {"conserver": "on", "motif": "Trop versé"}
    text = text_of(page(people.comptable, "encaisser", ordre.pk, kept))
    assert "L’encaissement est enregistré." in text
    assert "Il en reste 200,00\xa0€ au crédit de la structure" in text
    assert figures(ordre) == ("SOLDE", D(1000), D(1000), D(0))
    assert faults() == []


def test_acts_from_their_pages(people, ordre):
    """Reminder, plan asked, granted, set-off, surplus refunded: each page acts once."""
    assert "La relance est faite" in text_of(page(people.comptable, "relancer", ordre.pk, {}))
    again = text_of(page(people.comptable, "relancer", ordre.pk, {}))
    assert "Seul un ordre notifié peut être relancé" in again
    asked = {"nombre": "4", "premiere": "2023-05-31", "motif": "Trésorerie"}
    assert "transmise" in text_of(page(people.responsable, "plan_demander", ordre.pk, asked))
    plan = PlanDePaiement.objects.get()
    assert "250,00\xa0€" in text_of(page(people.comptable, "plan_accorder", plan.pk))
    granted = {"nombre": "4", "premiere": "2023-05-31", "motif": ""}
    text = text_of(page(people.comptable, "plan_accorder", plan.pk, granted))
    assert "Calendrier du plan de paiement" in text
    assert "un plan de paiement de 4 échéances" in text.lower()
    plan.refresh_from_db()
    assert plan.etat == "ACCORDE"


def test_a_set_off_decided_and_lifted_from_its_pages(people, ordre):
    decided = {"plafond": "100", "motif": "Impayé"}
    text = text_of(page(people.comptable, "compenser", ordre.pk, decided))
    assert "dans la limite de 100,00\xa0€ par campagne" in text
    measure = Compensation.objects.get()
    page(people.comptable, "compensation_lever", measure.pk, {"motif": "Accord"})
    measure.refresh_from_db()
    assert measure.etat == "LEVEE"


def test_a_surplus_from_its_list_to_its_refund(people, ordre):
    make_bank_details(ordre.structure)
    record_cash(
        people.comptable,
        ordre,
        montant=D("1200.00"),
        recu_le=ON,
        reference="V",
        conserver=True,
        motif="Trop",
        on=ON,
    )
    surplus = Excedent.objects.get()
    listed = client_of(people.comptable).get(reverse("recoveries:excedents"))
    assert "200,00\xa0€" in text_of(listed)
    other = make_ordre("50.00", siae=make_siae(ordre.structure, "EI_DC"))
    used = {"ordre": other.pk, "montant": "50"}
    assert "est imputé" in text_of(page(people.comptable, "excedent_imputer", surplus.pk, used))
    page(people.ordonnateur, "excedent_rembourser", surplus.pk, {"motif": "Demande"})
    refund = surplus.remboursements.get()
    assert refund.montant == D("150.00")
    page(people.comptable, "remboursement_payer", refund.pk, {"reference": "S 1"})
    refund.refresh_from_db()
    assert refund.etat == "PAYE"
    assert faults() == []


def test_a_surplus_that_no_order_can_use_is_refunded(people, ordre):
    record_cash(
        people.comptable,
        ordre,
        montant=D("1200.00"),
        recu_le=ON,
        reference="V",
        conserver=True,
        motif="Trop",
        on=ON,
    )
    surplus = Excedent.objects.get()
    shown = text_of(page(people.comptable, "ordre", ordre.pk))
    assert reverse("recoveries:excedent_imputer", args=[surplus.pk]) not in shown
    asked = client_of(people.comptable).get(
        reverse("recoveries:excedent_imputer", args=[surplus.pk]), follow=True
    )
    assert "un ordonnateur peut ordonner le remboursement" in text_of(asked)


def test_the_late_orders_say_what_comes_next(people, ordre):
    suspended = make_ordre("20.00", etat="RELANCE")
    paid_in_time = make_ordre("10.00", echeance=LATE)
    plan = ask_plan(
        make_people(suspended).responsable,
        suspended,
        nombre=2,
        premiere=date(2023, 5, 31),
        motif="T",
        on=ON,
    )
    grant_plan(people.comptable, plan, on=ON)
    contested = make_ordre("30.00", etat="RELANCE")
    dispute = contest(make_people(contested).responsable, contested, motif="T", on=ON)
    suspend_pursuit(people.ordonnateur, dispute, motif="Examen", on=ON)
    text = text_of(client_of(people.comptable).get(reverse("recoveries:retards")))
    assert "Relance la nuit prochaine" in text
    assert "Suspendu : une contestation est à l’examen" in text
    assert f"n° {paid_in_time.numero}" not in text
    # What a plan in force spreads is not late; it is again once the plan is broken.
    assert f"n° {suspended.numero}<" not in text
    assert "Selon le plan" in text_of(client_of(people.comptable).get(reverse("recoveries:liste")))
    plan.etat = "ROMPU"
    plan.save(update_fields=["etat"])
    text = text_of(client_of(people.comptable).get(reverse("recoveries:retards")))
    assert f"n° {suspended.numero}<" in text


def test_an_order_under_a_plan_gives_its_next_instalment(people, ordre):
    plan = ask_plan(
        people.responsable, ordre, nombre=2, premiere=date(2023, 5, 31), motif="T", on=ON
    )
    grant_plan(people.comptable, plan, on=ON)
    record_cash(people.comptable, ordre, montant=D("600.00"), recu_le=ON, reference="V", on=ON)
    text = text_of(client_of(people.responsable).get(reverse("recoveries:ordre", args=[ordre.pk])))
    assert "Prochaine échéance du plan" in text
    assert "400,00\xa0€ au plus tard le 30/06/2023" in text
    assert "À payer avant le" not in text


@pytest.mark.parametrize(
    ("situation", "count"),
    [
        ("A_PAYER", 3),
        ("RETARD", 3),
        ("A_METTRE_EN_DEMEURE", 1),
        ("A_FORCER", 1),
        ("PLAN_DEMANDE", 1),
        ("PLAN_ACCORDE", 0),
        ("COMPENSATION", 1),
    ],
)
def test_situations_of_the_list(people, ordre, situation, count):
    make_ordre(etat="RELANCE")
    warned = make_ordre(etat="MIS_EN_DEMEURE")
    ask_plan(people.responsable, ordre, nombre=2, premiere=date(2023, 5, 31), motif="T", on=ON)
    decide_set_off(people.comptable, warned, motif="M", on=ON)
    answer = client_of(people.comptable).get(reverse("recoveries:liste"), {"situation": situation})
    assert answer.context["table"].paginator.count == count


def test_letters_are_pdf_files_of_those_who_see_the_order(people, ordre):
    page(people.comptable, "relancer", ordre.pk, {})
    acte = ordre.actes.get()
    answer = page(people.responsable, "acte_pdf", acte.pk)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert page(people.autre_decideur, "acte_pdf", acte.pk).status_code == 404


def test_the_letters_of_a_plan_and_of_a_set_off(people, ordre):
    measure = decide_set_off(people.comptable, ordre, motif="Impayé", plafond=D(9), on=ON)
    plan = ask_plan(
        people.responsable, ordre, nombre=2, premiere=date(2023, 5, 31), motif="T", on=ON
    )
    assert page(people.responsable, "plan_pdf", plan.pk).status_code == 404
    grant_plan(people.comptable, plan, on=ON)
    for name, pk in (("plan_pdf", plan.pk), ("compensation_pdf", measure.pk)):
        answer = page(people.responsable, name, pk)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")


def test_the_queries_of_the_page_do_not_depend_on_the_life_of_the_order(people, ordre):
    first = {"montant": D(1), "recu_le": ON, "reference": "0", "on": ON}
    record_cash(people.comptable, ordre, **first)
    client, url = client_of(people.lecteur), reverse("recoveries:ordre", args=[ordre.pk])
    client.get(url)
    counts = []
    for number in range(1, 4):
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        counts.append(len(queries))
        record_cash(people.comptable, ordre, montant=D(1), recu_le=ON, reference=str(number), on=ON)
    assert len(set(counts)) == 1


def test_a_refund_ordered_shows_to_the_comptable(people, ordre):
    record_cash(
        people.comptable,
        ordre,
        montant=D("1001.00"),
        recu_le=ON,
        reference="V",
        conserver=True,
        motif="Trop",
        on=ON,
    )
    order_refund(people.ordonnateur, Excedent.objects.get(), motif="M", on=ON)
    text = text_of(page(people.comptable, "ordre", ordre.pk))
    assert "Enregistrer le paiement du remboursement" in text
    assert "Enregistrer le paiement" not in text_of(page(people.responsable, "ordre", ordre.pk))
