"""A run against the month before: every euro of difference has its cause, to the cent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.journal.services import record
from apps.payments import previews
from apps.payments.comparison import Cause, compare_campagne
from apps.payments.services import (
    abandon_campagne,
    prepare_campagne,
    preview_campagne,
    withdraw_line,
)
from tests.payments.dossiers import make_annexe, make_asp, make_bank, run
from tests.payments.test_preparation import FEVRIER, FLAT, JANVIER, MARS, REQUEST, with_statements


@pytest.fixture
def asp(db):
    return make_asp()


def causes(comparaison) -> dict[int, list[tuple]]:
    return {
        ecart.annexe.pk: [(part.cause, part.montant, part.passee) for part in ecart.composantes]
        for ecart in comparaison.ecarts
    }


def assert_adds_up(comparaison) -> None:
    parts = [part.montant for ecart in comparaison.ecarts for part in ecart.composantes]
    assert sum(parts) == comparaison.montant == comparaison.apres - comparaison.avant
    assert sum(total.montant for total in comparaison.causes) == comparaison.montant
    for ecart in comparaison.ecarts:
        assert sum(part.montant for part in ecart.composantes) == ecart.montant


def test_everything_is_new_in_the_first_run(asp):
    """No month before: a first instalment, its amount the difference."""
    annexe = make_annexe(REQUEST)
    found = compare_campagne(prepare_campagne(asp.gestionnaire, JANVIER))
    assert found.reference is None
    assert causes(found) == {annexe.pk: [(Cause.NOUVELLE, FLAT, False)]}
    assert_adds_up(found)


def test_the_same_amount_is_no_difference(asp):
    """Counted as unchanged, not listed."""
    make_annexe(with_statements(1))
    run(asp, "2018-01")
    found = compare_campagne(prepare_campagne(asp.gestionnaire, FEVRIER))
    assert (found.ecarts, found.inchangees, found.montant) == ([], 1, Decimal("0.00"))


def test_held_then_released(asp):
    """February held for lack of a statement, paid with March: each month says its cause."""
    late = make_annexe(REQUEST | {"mois": with_statements(2)["mois"]})
    late.etats_mensuels.update(valide_le=date(2018, 3, 10))
    run(asp, "2018-01")
    held = compare_campagne(prepare_campagne(asp.gestionnaire, FEVRIER))
    assert causes(held) == {late.pk: [(Cause.RETENUE, -FLAT, False)]}
    assert_adds_up(held)


def test_a_later_release_does_not_rewrite_the_past(asp):
    """February held, paid with March: the comparison of February still says it was held."""
    annexe = make_annexe(with_statements(2))
    annexe.etats_mensuels.filter(mois=JANVIER).update(valide_le=date(2018, 3, 10))
    run(asp, "2018-01")
    february = run(asp, "2018-02")
    before = causes(compare_campagne(february))
    run(asp, "2018-03")
    assert before == {annexe.pk: [(Cause.RETENUE, -FLAT, False)]}
    assert causes(compare_campagne(february)) == before


def test_the_release_is_this_months_then_last_months(asp):
    """Two instalments at once in March, one in April: up by a release, down because it is over."""
    annexe = make_annexe(with_statements(3))
    annexe.etats_mensuels.filter(mois=JANVIER).update(valide_le=date(2018, 3, 10))
    run(asp, "2018-01")
    run(asp, "2018-02")
    march = run(asp, "2018-03")
    released = compare_campagne(march)
    assert causes(released) == {annexe.pk: [(Cause.LIBERATION, 2 * FLAT, False)]}
    assert_adds_up(released)
    april = compare_campagne(prepare_campagne(asp.gestionnaire, date(2018, 4, 1)))
    assert causes(april) == {annexe.pk: [(Cause.LIBERATION, -FLAT, True)]}
    assert_adds_up(april)


def test_a_regularisation_then_the_flat_amount_again(asp):
    """Months 5 and 6 when the first quarter was done by half."""
    mois = with_statements(5)["mois"]
    for month in mois[:3]:
        month["heures"] = "455.00"
    annexe = make_annexe(REQUEST | {"mois": mois})
    for month in ("2018-01", "2018-02", "2018-03", "2018-04"):
        run(asp, month)
    may = compare_campagne(run(asp, "2018-05"))
    assert [cause for cause, _montant, _past in causes(may)[annexe.pk]] == [Cause.REGULARISATION]
    assert may.montant < 0
    june = compare_campagne(prepare_campagne(asp.gestionnaire, date(2018, 6, 1)))
    assert [cause for cause, _montant, _past in causes(june)[annexe.pk]] == [Cause.RETOUR]
    assert june.montant == -may.montant


def test_a_line_set_aside_and_an_account_missing(asp):
    """A withdrawn line and a held one do not have the same cause."""
    withdrawn, unbanked = make_annexe(with_statements(1)), make_annexe(with_statements(1))
    run(asp, "2018-01")
    unbanked.siae.structure.coordonnees_bancaires.update(etat="REJETEE")
    campagne = prepare_campagne(asp.gestionnaire, FEVRIER)
    line = campagne.versements.get(annexe=withdrawn)
    withdraw_line(asp.gestionnaire, line, motif="À vérifier")
    found = compare_campagne(campagne)
    assert causes(found) == {
        withdrawn.pk: [(Cause.ECARTEE, -FLAT, False)],
        unbanked.pk: [(Cause.RETENUE, -FLAT, False)],
    }
    assert_adds_up(found)


def test_the_end_of_an_annex_and_its_final_regularisation(asp):
    """After the last month: the instalment goes, the solde comes."""
    short = REQUEST | {"fin": "2018-02-28", "montant_cd": "0.00"}
    annexe = make_annexe(short | {"mois": with_statements(2)["mois"]})
    run(asp, "2018-01")
    run(asp, "2018-02")
    found = compare_campagne(prepare_campagne(asp.gestionnaire, MARS))
    parts = causes(found)[annexe.pk]
    assert parts[0] == (Cause.FIN, -FLAT, False)
    assert_adds_up(found)


def test_as_many_queries_for_one_annex_as_for_ten(asp):
    """Everything is read in sets."""
    make_annexe(with_statements(1))
    run(asp, "2018-01")
    counts = []
    for more in (0, 9):
        for _ in range(more):
            make_annexe(REQUEST)
        campagne = prepare_campagne(asp.gestionnaire, FEVRIER)
        with CaptureQueriesContext(connection) as queries:
            compare_campagne(campagne)
        counts.append(len(queries))
        abandon_campagne(asp.gestionnaire, campagne, motif="Essai")
    assert counts[0] == counts[1] == 18


def test_the_preview_is_computed_once_until_something_is_recorded(asp, monkeypatch):
    """Sorting a table does not compute again; an act of anybody does."""
    annexe = make_annexe(REQUEST)
    calls = []

    def counted(*args):
        calls.append(args)
        return preview_campagne(*args)

    monkeypatch.setattr(previews, "preview_campagne", counted)
    client = Client()
    client.force_login(asp.gestionnaire.user)
    page = reverse("payments:apercu", args=["2018-01"])
    for query in ({}, {"sort": "montant"}, {"page": "1"}):
        assert client.get(page, query).status_code == 200
    assert client.get(reverse("payments:apercu_comparaison", args=["2018-01"])).status_code == 200
    assert len(calls) == 1
    record(asp.gestionnaire, "annexe.validee", annexe)
    client.get(page)
    assert len(calls) == 2


def test_the_page_filters_by_cause_and_by_name(asp):
    """Only the rows that answer; the totals by cause stay those of the run."""
    first, second = make_annexe(REQUEST), make_annexe(REQUEST, bank=False)
    make_bank(second.siae.structure)
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    client = Client()
    client.force_login(asp.gestionnaire.user)
    page = reverse("payments:campagne_comparaison", args=[campagne.pk])
    shown = [row.record.annexe for row in client.get(page).context["table"].rows]
    assert shown == [first, second]
    response = client.get(page, {"q": first.siae.structure.denomination + "x"})
    assert "Aucun écart ne répond à ces filtres" in response.content.decode()
    rows = client.get(page, {"q": second.numero, "cause": "NOUVELLE"}).context["table"].rows
    assert [row.record.annexe for row in rows] == [second]
    assert not client.get(page, {"cause": "SOLDE"}).context["table"].rows
