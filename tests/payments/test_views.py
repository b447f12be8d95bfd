"""Screens of the runs and payments: what they say, what they refuse, how many queries they make."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Role
from apps.core.models import Job
from apps.payments.models import Campagne, Versement
from apps.payments.services import control_campagne, prepare_campagne
from tests.factories import make_membership
from tests.payments.dossiers import make_annexe, make_asp, run, signed_run
from tests.payments.test_preparation import JANVIER, MARS, REQUEST, with_statements


@pytest.fixture
def asp(db):
    return make_asp()


def client_of(membership) -> Client:
    client = Client()
    client.force_login(membership.user)
    return client


def page(membership, name: str, *args, **query) -> str:
    response = client_of(membership).get(reverse(name, args=args), query)
    assert response.status_code == 200, response.status_code
    return " ".join(response.content.decode().replace("\u00a0", " ").split())


def post(membership, name: str, *args, **data) -> str:
    """Text of the page one arrives on."""
    response = client_of(membership).post(reverse(name, args=args), data, follow=True)
    assert response.status_code == 200, response.status_code
    return " ".join(response.content.decode().replace("\u00a0", " ").split())


def test_preview_then_preparation(asp, django_capture_on_commit_callbacks):
    """The month is chosen, the preview shows what is paid and held, confirming starts the job."""
    annexe = make_annexe(REQUEST)
    unbanked = make_annexe(REQUEST, bank=False)
    chosen = client_of(asp.gestionnaire).post(reverse("payments:preparer"), {"mois": "01/2018"})
    assert chosen.url == reverse("payments:apercu", args=["2018-01"])
    text = page(asp.gestionnaire, "payments:apercu", "2018-01")
    assert str(annexe) in text
    assert "9 827,50 €" in text
    assert "7 907,21 €" in text
    assert str(unbanked) in text
    assert "La structure n’a pas de coordonnées bancaires actives" in text
    assert not Campagne.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        response = client_of(asp.gestionnaire).post(chosen.url)
    job = Job.objects.get(nature="payments.prepare")
    assert response.url == reverse("core:job", args=[job.uuid])
    assert job.etat == "TERMINE"
    campagne = Campagne.objects.get()
    assert (campagne.etat, campagne.prepare_par) == ("PREPAREE", asp.gestionnaire.user)
    assert campagne.job == job


def test_the_whole_circuit_in_the_browser(asp, django_capture_on_commit_callbacks):
    """Control, approval, visa, execution: each page restates the figures before the act."""
    make_annexe(REQUEST)
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    for event, acting, etat in (
        ("controler", asp.gestionnaire, "CONTROLEE"),
        ("approuver", asp.ordonnateur, "APPROUVEE"),
        ("viser", asp.comptable, "VISEE"),
    ):
        text = page(acting, f"payments:{event}", campagne.pk)
        assert "9 827,50 €" in text
        assert "1 920,29 €" in text
        assert "La campagne est" in post(acting, f"payments:{event}", campagne.pk)
        campagne.refresh_from_db()
        assert campagne.etat == etat
    with django_capture_on_commit_callbacks(execute=True):
        text = post(asp.comptable, "payments:executer", campagne.pk)
    campagne.refresh_from_db()
    assert campagne.etat == "EXECUTEE"
    assert Versement.objects.get().statut == "EXECUTE"
    assert Job.objects.get(nature="payments.execute").etat == "TERMINE"


def test_the_preparer_is_refused_in_words(asp):
    """Four eyes on the page: a sentence, no button, nothing changed."""
    make_annexe(REQUEST)
    campagne = control_campagne(asp.gestionnaire, prepare_campagne(asp.gestionnaire, JANVIER))
    campagne.prepare_par = asp.ordonnateur.user
    campagne.save()
    sentence = "Vous avez préparé cette campagne : un autre ordonnateur doit l’approuver."
    shown = page(asp.ordonnateur, "payments:campagne", campagne.pk)
    assert sentence in shown
    assert reverse("payments:approuver", args=[campagne.pk]) not in shown
    assert sentence in post(asp.ordonnateur, "payments:approuver", campagne.pk)
    campagne.refresh_from_db()
    assert campagne.etat == "CONTROLEE"


def test_faults_are_shown_on_the_page(asp):
    """A control that fails says why and leaves the run as it was."""
    make_annexe(REQUEST)
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    Campagne.objects.update(nombre_versements=2)
    text = post(asp.gestionnaire, "payments:controler", campagne.pk)
    assert "Les totaux de la campagne ne sont pas la somme de ses lignes." in text
    campagne.refresh_from_db()
    assert campagne.etat == "PREPAREE"


def test_abandonment_asks_for_a_reason(asp):
    """Without a reason the form comes back; with one it is kept and shown."""
    make_annexe(REQUEST)
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    text = post(asp.gestionnaire, "payments:abandonner", campagne.pk, motif="")
    assert "Ce champ est obligatoire" in text
    campagne.refresh_from_db()
    assert campagne.etat == "PREPAREE"
    text = post(asp.gestionnaire, "payments:abandonner", campagne.pk, motif="Erreur de mois")
    assert "Campagne abandonnée. Motif : Erreur de mois" in text
    history = page(asp.gestionnaire, "payments:historique", campagne.pk)
    assert "a abandonné la campagne de paiement" in history
    assert "Erreur de mois" in history


def test_lines_show_the_difference_with_the_month_before_and_its_cause(asp):
    """Month 5 is regularised: the amount falls and the table says why."""
    late = [*with_statements(3)["mois"], {"mois": "2018-04", "heures": "910.00"}]
    for month in late[:3]:
        month["heures"] = "455.00"
    late[3] |= {"brsa": 4, "valide_le": "2018-05-10"}
    make_annexe(REQUEST | {"mois": late})
    for month in ("2018-01", "2018-02", "2018-03", "2018-04"):
        run(asp, month)
    campagne = prepare_campagne(asp.gestionnaire, date(2018, 5, 1))
    text = page(asp.gestionnaire, "payments:campagne_lignes", campagne.pk)
    assert "Régularisation trimestrielle" in text
    assert "−9 827,50 €" in text
    assert "Heures réalisées du trimestre" in text


def test_a_line_is_withdrawn_on_its_page(asp):
    """The page names the lines that go with it; the reason is kept."""
    make_annexe(REQUEST)
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    line = campagne.versements.get()
    assert "9 827,50 €" in page(asp.gestionnaire, "payments:ligne_retirer", line.pk)
    text = post(asp.gestionnaire, "payments:ligne_retirer", line.pk, motif="Pièce attendue")
    assert "La ligne est écartée de la campagne." in text
    line.refresh_from_db()
    assert (line.statut, line.motif) == ("RETIRE", "Pièce attendue")


def test_why_this_amount(asp):
    """The page of a payment gives every step with its figures and its reference."""
    annexe = make_annexe(REQUEST)
    run(asp, "2018-01")
    line = Versement.objects.get()
    reader = make_membership(Role.SAISIE, annexe.siae.structure.organisation)
    text = page(reader, "payments:versement", line.pk)
    for step in line.calcul:
        assert step["libelle"].replace("\u00a0", " ").split()[0] in text
        assert step["valeur"].replace("\u00a0", " ") in text
    assert "9 827,50 €" in text
    assert "Cahier des charges" in text


def test_lists_show_only_one_s_own_payments(asp):
    """A structure sees its own; its total is that of its list alone."""
    mine, other = make_annexe(REQUEST), make_annexe(REQUEST | {"montant_cd": "0.00"})
    run(asp, "2018-01")
    reader = make_membership(Role.RESPONSABLE, mine.siae.structure.organisation)
    text = page(reader, "payments:liste")
    assert str(mine) in text
    assert str(other) not in text
    assert text.count("9 827,50 €") == 2  # the total and the line
    département = make_membership(Role.LECTEUR, mine.courante.financeur_cd.organisation)
    text = page(département, "payments:liste")
    assert str(mine) in text
    assert str(other) not in text
    text = page(asp.gestionnaire, "payments:liste")
    assert str(mine) in text
    assert str(other) in text
    assert "19 655,00 €" in text
    hidden = Versement.objects.get(annexe=other)
    for acting in (reader, département):
        url = reverse("payments:versement", args=[hidden.pk])
        assert client_of(acting).get(url).status_code == 404


def test_a_proposed_line_is_seen_by_the_asp_only(asp):
    """Nothing of a run shows outside before it is executed."""
    annexe = make_annexe(REQUEST)
    prepare_campagne(asp.gestionnaire, JANVIER)
    line = Versement.objects.get()
    reader = make_membership(Role.RESPONSABLE, annexe.siae.structure.organisation)
    url = reverse("payments:versement", args=[line.pk])
    assert client_of(reader).get(url).status_code == 404
    assert client_of(asp.comptable).get(url).status_code == 200
    assert "Aucun versement" in page(reader, "payments:liste")


def test_schedule_page_and_fragment(asp):
    """The same table, with or without the page around it."""
    annexe = make_annexe(REQUEST)
    run(asp, "2018-01")
    reader = make_membership(Role.SAISIE, annexe.siae.structure.organisation)
    url = reverse("payments:echeancier", args=[annexe.pk])
    whole = client_of(reader).get(url).content.decode()
    fragment = client_of(reader).get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" in whole
    assert "<html" not in fragment
    assert "Payé à ce jour" in fragment
    assert fragment.count("<tr>") == 13


@pytest.mark.parametrize(
    ("name", "bound"),
    [("payments:liste", 15), ("payments:campagnes", 12), ("payments:campagne_lignes", 15)],
)
def test_queries_of_the_lists_do_not_depend_on_their_length(asp, name, bound):
    """Three lines or twenty: the same number of queries."""
    counts = []
    for month, added in (("2018-01", 3), ("2018-02", 17)):
        for _ in range(added):
            make_annexe(REQUEST | {"debut": f"{month}-01", "fin": "2018-06-30"})
        campagne = run(asp, month)
        args = [campagne.pk] if name.endswith("lignes") else []
        client = client_of(asp.gestionnaire)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(name, args=args)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= bound


def test_a_signed_run_offers_execution_to_the_agent_comptable_alone(asp):
    """The page of the run shows each role what it may do."""
    make_annexe(REQUEST)
    campagne = signed_run(asp, "2018-01")
    url = reverse("payments:executer", args=[campagne.pk])
    assert url in page(asp.comptable, "payments:campagne", campagne.pk)
    for acting in (asp.gestionnaire, asp.ordonnateur):
        text = page(acting, "payments:campagne", campagne.pk)
        assert url not in text
        assert "Seul l’agent comptable peut exécuter" in text


def test_held_instalments_are_listed_with_their_reason(asp):
    """What is not paid, and why, with the months that miss."""
    make_annexe(REQUEST)
    run(asp, "2018-01")
    campagne = prepare_campagne(asp.gestionnaire, MARS)
    text = page(asp.gestionnaire, "payments:campagne_retenues", campagne.pk)
    assert "États mensuels non validés : janvier 2018, février 2018." in text
    text = page(asp.gestionnaire, "payments:campagne_retenues", campagne.pk, motif="BANQUE")
    assert "Aucun résultat" in text
