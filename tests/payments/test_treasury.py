"""Simulateur de trésorerie: the rules that pay, on hours supposed; read by GET, nothing written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.payments.models import Versement
from apps.payments.treasury import read_dossier, simulate
from apps.rules.forecast import Hypothese
from apps.rules.periods import Month
from tests.factories import make_membership
from tests.payments.dossiers import make_annexe, make_asp, run
from tests.payments.test_preparation import FLAT, REQUEST, with_statements

THEORY = Decimal("910.00")


@pytest.fixture
def asp(db):
    return make_asp()


@pytest.fixture
def begun(asp):
    """January and February paid, both months validated; the 21st of February."""
    annexe = make_annexe(with_statements(2))
    run(asp, "2018-01")
    run(asp, "2018-02")
    return annexe


def course(annexe, heures: str, brsa: int = 4, on: date = date(2018, 2, 21)):
    dossier = read_dossier(annexe, on)
    return simulate(dossier, dict.fromkeys(dossier.mois_a_venir, Hypothese(Decimal(heures), brsa)))


def get(membership, annexe, **query):
    client = Client()
    client.force_login(membership.user)
    return client.get(reverse("payments:simulateur", args=[annexe.pk]), query)


def text_of(response) -> str:
    return " ".join(response.content.decode().replace("\u00a0", " ").split())


def test_the_hours_of_the_annex_bring_its_whole_amount(begun):
    """Two months paid, ten to come, 117 930,00 € in the end and nothing to pay back."""
    result = course(begun, "910.00")
    assert result.paye == 2 * FLAT
    assert result.a_recevoir == Decimal("98275.00")
    assert (result.net, result.ordres) == (Decimal("117930.00"), Decimal("0.00"))
    assert result.taux == Decimal("100.00")
    assert [ligne.versement_id is None for ligne in result.lignes[:3]] == [False, False, True]


def test_too_few_hours_end_in_an_order(begun):
    """Half the hours: regularisations cut the instalments, the rest is claimed by both funders."""
    result = course(begun, "455.00")
    earned = Decimal("68792.50")  # (2 × 910 + 10 × 455) × 19 655 / 1 820
    assert result.net == earned
    assert result.ordres == result.ordres_etat + result.ordres_cd > 0
    assert result.paye + result.a_recevoir - result.ordres == earned


def test_orders_that_would_be_reduced_are_said_without_a_minus_sign(begun):
    course_of = course(begun, "910.00")
    reduced = replace(course_of, ordres_etat=Decimal("-12.00"))
    said = render_to_string("payments/simulateur_resultat.html", {"tresorerie": reduced})
    assert "seraient réduits de 12,00" in said
    assert course_of.reduction == Decimal("0.00")


def test_the_forecast_is_what_the_runs_then_pay(begun, asp):
    """The instalments simulated are those of the next runs, to the cent."""
    expected = {
        (str(x.mois), x.nature): (x.montant, x.part_etat, x.part_cd)
        for x in course(begun, "910.00").a_venir
    }
    begun_again = make_annexe(with_statements(4))
    for month in ("2018-03", "2018-04", "2018-05"):
        run(asp, month)
    paid = Versement.objects.executed().filter(annexe=begun_again, mois__gte=date(2018, 3, 1))
    for line in paid:
        key = str(Month.of(line.mois)), line.nature
        assert expected[key] == (line.montant, line.part_etat, line.part_cd)
    assert paid.count() == 3


def test_a_month_may_have_its_own_hours(begun, asp, settings):
    """What is typed for March counts for March only; the address says it all."""
    settings.TODAY = date(2018, 2, 21)
    response = get(asp.gestionnaire, begun, heures="910", brsa="4", **{"h-2018-03": "0"})
    heures = response.context["tresorerie"].heures
    assert (heures[Month(2018, 3)], heures[Month(2018, 4)]) == (Decimal(0), Decimal(910))


def test_certified_hours_are_taken_for_their_month(begun):
    """A statement certified and not validated is supposed to hold what it declares."""
    begun.etats_mensuels.filter(mois=date(2018, 2, 1)).update(etat="SAISI", valide_le=None)
    assert read_dossier(begun, date(2018, 2, 21)).declares == {Month(2018, 2): THEORY}


def test_the_page_shows_the_result_and_why(begun, asp, settings):
    """Default: as the last month. Chart, lines paid and to come, explained; nothing is written."""
    settings.TODAY = date(2018, 2, 21)
    before = Versement.objects.count()
    text = text_of(get(asp.gestionnaire, begun))
    assert "Encore à recevoir : <strong>98 275,00 €</strong>" in text
    assert "Trésorerie cumulée" in text
    assert 'id="calcul-2018-03-forfait"' in text
    assert Versement.objects.count() == before


def test_what_was_released_is_not_said_to_be_held(asp, settings):
    """January held for want of an account; paid in February, nothing is held any more."""
    annexe = make_annexe(with_statements(1))
    accounts = annexe.siae.structure.coordonnees_bancaires
    accounts.update(etat="REJETEE")
    run(asp, "2018-01")
    settings.TODAY = date(2018, 1, 22)
    (held,) = get(asp.gestionnaire, annexe).context["retenues"]
    assert held.motif == "BANQUE"
    accounts.update(etat="ACTIVE")
    settings.TODAY = date(2018, 2, 21)
    run(asp, "2018-02")
    assert get(asp.gestionnaire, annexe).context["retenues"] == []


def test_an_ambiguous_figure_is_refused_in_words(begun, asp, settings):
    """No result, the field and the summary say why."""
    settings.TODAY = date(2018, 2, 21)
    response = get(asp.gestionnaire, begun, heures="1.234,5", brsa="4")
    assert "tresorerie" not in response.context
    assert "peut se lire de plusieurs façons" in text_of(response)


def test_while_typing_only_the_result_comes_back(begun, asp, settings):
    """The HTMX answer is the fragment; a page restored from the history is a page."""
    settings.TODAY = date(2018, 2, 21)
    client = Client()
    client.force_login(asp.gestionnaire.user)
    page = reverse("payments:simulateur", args=[begun.pk])
    assert b"<h1" not in client.get(page, headers={"HX-Request": "true"}).content
    restored = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert b"<h1" in client.get(page, headers=restored).content


def test_a_structure_with_one_annex_goes_straight_to_it(begun):
    """The menu entry leads to the simulator, or to the choice of an annex."""
    acting = make_membership("SAISIE", begun.siae.structure.organisation)
    client = Client()
    client.force_login(acting.user)
    response = client.get(reverse("payments:simulateur_choix"))
    assert response.url == reverse("payments:simulateur", args=[begun.pk])


def test_the_same_queries_whatever_was_paid(asp, settings):
    """Two months paid or five: as many queries."""
    new = make_annexe(REQUEST)
    begun = make_annexe(with_statements(5))
    for month in ("2018-01", "2018-02", "2018-03", "2018-04", "2018-05"):
        run(asp, month)
    settings.TODAY = date(2018, 5, 21)
    counts = []
    for annexe in (new, begun):
        get(asp.gestionnaire, annexe)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            get(asp.gestionnaire, annexe)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 30, counts
