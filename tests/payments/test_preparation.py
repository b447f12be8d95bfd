"""Preparing a run: what it proposes, what it holds and why, its preview, its refusals."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Role
from apps.annexes.models import Suspension
from apps.conventions.models import Caom, ConventionMandat, Financeur
from apps.core.errors import Refus
from apps.core.models import Sequence
from apps.journal.models import Entree
from apps.payments.liquidation import liquidate
from apps.payments.models import Campagne, Retenue, Versement
from apps.payments.recap import recap_of
from apps.payments.services import abandon_campagne, prepare_campagne, preview_campagne
from apps.rules import parameter
from apps.rules.periods import Month
from apps.siae.models import Structure
from tests.factories import make_membership
from tests.payments.dossiers import make_annexe, make_asp, make_bank, run, statements

JANVIER, FEVRIER, MARS = date(2018, 1, 1), date(2018, 2, 1), date(2018, 3, 1)
REQUEST = {
    "mesure": "ACI_DC",
    "debut": "2018-01-01",
    "fin": "2018-12-31",
    "etp": "6.00",
    "montant_unitaire_annuel": "19655.00",
    "heures_annuelles_etp": "1820",
    "montant_cd": "23040.96",
    "mois": [],
}
FLAT = Decimal("9827.50")


def with_statements(count: int, **kwargs) -> dict:
    return REQUEST | {"mois": statements("2018-01", ["910.00"] * count, brsa=4, **kwargs)}


@pytest.fixture
def asp(db):
    return make_asp()


def lines(campagne: Campagne) -> list[tuple]:
    return list(campagne.versements.order_by("pk").values_list("mois", "nature", "montant"))


def holds(campagne: Campagne) -> list[tuple]:
    return list(campagne.retenues.values_list("mois", "motif", "montant_prevu"))


def test_the_first_month_is_paid_flat_with_its_explanation(asp):
    """Month 1 needs no statement: flat amount, shares by the rounded rates, steps kept."""
    annexe = make_annexe(REQUEST)
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    (line,) = campagne.versements.all()
    assert (line.annexe_id, line.mois, line.nature) == (annexe.pk, JANVIER, "forfait")
    assert (line.montant, line.part_etat, line.part_cd) == (
        FLAT,
        Decimal("7907.21"),
        Decimal("1920.29"),
    )
    assert (line.version.modification, line.statut, line.execute_le) == (0, "PROPOSE", None)
    assert len(line.calcul) >= 2
    assert set(line.calcul[0]) == {"libelle", "calcul", "valeur", "reference"}
    assert (campagne.nombre_versements, campagne.montant) == (1, FLAT)
    assert (campagne.part_etat, campagne.part_cd) == (Decimal("7907.21"), Decimal("1920.29"))
    assert (campagne.jour_paiement, campagne.etat) == (date(2018, 1, 20), "PREPAREE")
    assert holds(campagne) == []


def test_a_missing_statement_holds_the_instalment_and_names_the_months(asp):
    """Months 2 and 3 wait for January; nothing is proposed for them."""
    annexe = make_annexe(REQUEST)
    run(asp, "2018-01")
    campagne = prepare_campagne(asp.gestionnaire, MARS)
    assert lines(campagne) == []
    assert holds(campagne) == [(FEVRIER, "EMP_MANQUANT", FLAT), (MARS, "EMP_MANQUANT", FLAT)]
    details = list(annexe.retenues.order_by("mois").values_list("detail", flat=True))
    assert details == [
        "État mensuel non validé : janvier 2018.",
        "États mensuels non validés : janvier 2018, février 2018.",
    ]


def test_a_statement_validated_after_the_payment_day_does_not_count(asp):
    """Validated on 21 February: the February instalment waits for the run of March."""
    make_annexe(REQUEST | {"mois": statements("2018-01", ["910.00", "910.00"], brsa=4, day=21)})
    run(asp, "2018-01")
    february = run(asp, "2018-02")
    assert lines(february) == []
    assert holds(february) == [(FEVRIER, "EMP_MANQUANT", FLAT)]
    march = prepare_campagne(asp.gestionnaire, MARS)
    assert lines(march) == [(FEVRIER, "forfait", FLAT)]
    assert holds(march) == [(MARS, "EMP_MANQUANT", FLAT)]


def test_each_hold_has_its_reason_and_leaves_no_line(asp):
    """Suspension, bank details, mandate, CAOM: the instalment is held, the others are paid."""
    paid = make_annexe(REQUEST)
    suspended = make_annexe(REQUEST)
    Suspension.objects.create(
        annexe=suspended, motif="DECISION", detail="Contrôle en cours.", depuis=date(2018, 1, 8)
    )
    unbanked = make_annexe(REQUEST, bank=False)
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    assert list(campagne.versements.values_list("annexe", flat=True)) == [paid.pk]
    found = dict(campagne.retenues.values_list("annexe", "motif"))
    assert found == {suspended.pk: "SUSPENSION", unbanked.pk: "BANQUE"}
    assert suspended.retenues.get().detail == "Contrôle en cours."
    assert suspended.retenues.get().montant_prevu == FLAT
    assert campagne.montant == FLAT


@pytest.mark.parametrize(
    ("model", "motif"), [(ConventionMandat, "MANDAT"), (Caom, "CAOM")], ids=["mandat", "caom"]
)
def test_an_unsigned_convention_holds_cofinanced_annexes_only(asp, model, motif):
    """The CAOM and the mandate of the day of signature must be signed on the payment day."""
    cofinanced = make_annexe(REQUEST)
    state_only = make_annexe(REQUEST | {"montant_cd": "0.00"})
    model.objects.update(signee_le=None)
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    assert list(campagne.versements.values_list("annexe", flat=True)) == [state_only.pk]
    assert list(campagne.retenues.values_list("annexe", "motif")) == [(cofinanced.pk, motif)]


def test_a_missing_scale_holds_the_annex_alone(asp):
    """The RSA of Mayotte is not recorded: that annex is held with the sentence, others are paid."""
    paid, held = make_annexe(REQUEST), make_annexe(REQUEST)
    Structure.objects.filter(siaes=held.siae).update(departement="976")
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    assert list(campagne.versements.values_list("annexe", flat=True)) == [paid.pk]
    (hold,) = campagne.retenues.all()
    assert (hold.annexe_id, hold.motif, hold.montant_prevu) == (held.pk, "BAREME", FLAT)
    assert "Mayotte n’est pas renseigné" in hold.detail


def test_the_caom_that_counts_is_that_of_the_year_of_signature(asp):
    """The annex of January 2018 was signed in December 2017: the CAOM of 2018 says nothing."""
    make_annexe(REQUEST)
    Caom.objects.filter(annee=2018).update(signee_le=None)
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    assert (campagne.nombre_versements, campagne.nombre_retenues) == (1, 0)


def test_an_automatic_suspension_ends_with_the_missing_statements(asp):
    """It holds while a statement misses; once all are validated it no longer does."""
    late = make_annexe(REQUEST | {"mois": statements("2018-01", ["910.00"], brsa=4, day=15)})
    complete = make_annexe(with_statements(2))
    for annexe in (late, complete):
        Suspension.objects.create(
            annexe=annexe,
            motif="EMP_NON_SAISI",
            detail="État mensuel non saisi : février 2018.",
            depuis=date(2018, 2, 15),
        )
    run(asp, "2018-01")
    campagne = prepare_campagne(asp.gestionnaire, MARS)
    assert set(campagne.versements.values_list("annexe", "mois")) == {
        (complete.pk, FEVRIER),
        (complete.pk, MARS),
    }
    assert set(campagne.retenues.values_list("annexe", "mois", "motif")) == {
        (late.pk, FEVRIER, "SUSPENSION"),
        (late.pk, MARS, "EMP_MANQUANT"),
    }


def test_held_instalments_are_released_together_once_the_reason_is_gone(asp):
    """Bank details given in March: January to March are paid, each for its own month."""
    annexe = make_annexe(with_statements(3), bank=False)
    for month in ("2018-01", "2018-02"):
        assert lines(run(asp, month)) == []
    make_bank(annexe.siae.structure)
    campagne = prepare_campagne(asp.gestionnaire, MARS)
    assert lines(campagne) == [
        (JANVIER, "forfait", FLAT),
        (FEVRIER, "forfait", FLAT),
        (MARS, "forfait", FLAT),
    ]
    assert holds(campagne) == []


def test_an_annex_not_in_force_is_neither_paid_nor_held(asp):
    """Cancelled, closed, validated after the payment day or not begun: no row at all."""
    for etat in ("ANNULE", "CLOTURE"):
        annexe = make_annexe(REQUEST)
        annexe.versions.update(etat=etat)
    make_annexe(REQUEST).versions.update(validee_le=date(2018, 1, 21))
    make_annexe(REQUEST | {"debut": "2018-02-01", "fin": "2018-06-30"})
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    assert (lines(campagne), holds(campagne)) == ([], [])


def test_the_preview_is_the_run_and_leaves_nothing(asp):
    """Same totals, same lines, same holds; after the preview the database is as before."""
    make_annexe(with_statements(1))
    make_annexe(REQUEST, bank=False)
    apercu = preview_campagne(asp.gestionnaire, JANVIER)
    for model in (Campagne, Versement, Retenue, Entree):
        assert not model.objects.exists(), model
    assert not Sequence.objects.filter(name="campagne", last__gt=0).exists()
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    for name in ("numero", "montant", "part_etat", "part_cd", "nombre_versements"):
        assert getattr(apercu.campagne, name) == getattr(campagne, name), name
    assert [(line.annexe_id, line.mois, line.montant) for line in apercu.versements] == list(
        campagne.versements.order_by("pk").values_list("annexe", "mois", "montant")
    )
    assert [(held.annexe_id, held.motif) for held in apercu.retenues] == list(
        campagne.retenues.values_list("annexe", "motif")
    )
    assert [total.montant for total in apercu.recap.natures] == [FLAT]


def test_the_totals_name_the_territories(asp):
    """« Pas-de-Calais (062) »; the code alone when no département of it is known."""
    known, unknown = make_annexe(with_statements(1)), make_annexe(with_statements(1))
    Structure.objects.filter(pk=known.siae.structure_id).update(departement="062")
    Structure.objects.filter(pk=unknown.siae.structure_id).update(departement="059")
    Financeur.objects.filter(code="062").update(nom="Département du Pas-de-Calais")
    totals = recap_of(prepare_campagne(asp.gestionnaire, JANVIER)).departements
    assert [(total.libelle, total.nombre, total.montant) for total in totals] == [
        ("059", 1, FLAT),
        ("Pas-de-Calais (062)", 1, FLAT),
    ]


def test_one_run_at_a_time(asp):
    """A second preparation is refused with a sentence; the first is untouched."""
    make_annexe(REQUEST)
    first = prepare_campagne(asp.gestionnaire, JANVIER)
    with pytest.raises(Refus, match=r"La campagne n° 1 \(01/2018\) est en cours"):
        prepare_campagne(asp.gestionnaire, JANVIER)
    assert list(Campagne.objects.all()) == [first]
    assert Versement.objects.count() == 1


def test_an_abandoned_run_is_prepared_again_to_the_same_figures(asp):
    """Nothing was paid: the next run proposes the same lines, under the next number."""
    make_annexe(with_statements(1))
    first = prepare_campagne(asp.gestionnaire, JANVIER)
    before = lines(first)
    abandon_campagne(asp.gestionnaire, first, motif="Essai")
    second = prepare_campagne(asp.gestionnaire, JANVIER)
    assert (second.numero, lines(second)) == (2, before)
    assert set(first.versements.values_list("statut", flat=True)) == {"ABANDONNE"}


def test_an_executed_month_has_no_second_run_without_something_new(asp):
    """Run twice = once: the complement would be empty, it is refused."""
    make_annexe(REQUEST)
    run(asp, "2018-01")
    with pytest.raises(Refus, match="rien de nouveau"):
        prepare_campagne(asp.gestionnaire, JANVIER)
    assert (Campagne.objects.count(), Versement.objects.count()) == (1, 1)


def test_an_executed_month_may_be_completed(asp):
    """Bank details activated since: the complementary run pays that annex, and it alone."""
    make_annexe(REQUEST)
    late = make_annexe(REQUEST, bank=False)
    run(asp, "2018-01")
    make_bank(late.siae.structure)
    complement = prepare_campagne(asp.gestionnaire, JANVIER)
    assert list(complement.versements.values_list("annexe", "mois")) == [(late.pk, JANVIER)]


@pytest.mark.parametrize(
    ("mois", "on", "sentence"),
    [
        (date(2018, 2, 1), date(2018, 1, 31), "ne peut pas être préparée avant le 01/02/2018"),
        (date(2017, 12, 1), date(2018, 2, 1), "une campagne antérieure ne peut plus"),
        (date(2018, 1, 2), date(2018, 2, 1), "un jour du mois de la campagne"),
    ],
)
def test_months_that_cannot_be_prepared(asp, mois, on, sentence):
    """A month to come, a month before the last executed run, something that is not a month."""
    make_annexe(REQUEST)
    run(asp, "2018-01")
    with pytest.raises(Refus, match=sentence):
        prepare_campagne(
            asp.gestionnaire, mois, on=on, jour_paiement=date(mois.year, mois.month, 20)
        )
    assert Campagne.objects.count() == 1


@pytest.mark.parametrize("role", [role for role in Role if role != Role.GESTIONNAIRE])
def test_only_a_gestionnaire_prepares(db, role):
    """Every other role is refused, and nothing is written."""
    make_annexe(REQUEST)
    with pytest.raises(Refus, match="Seul un gestionnaire"):
        prepare_campagne(make_membership(role), JANVIER)
    assert not Campagne.objects.exists()


def test_queries_do_not_depend_on_the_number_of_annexes(asp):
    """Three annexes or thirty: the same number of queries."""
    counts = []
    for added in (1, 2, 27):  # the first preparation also creates the sequence of numbers
        for _ in range(added):
            make_annexe(with_statements(2))
        with CaptureQueriesContext(connection) as queries:
            campagne = prepare_campagne(asp.gestionnaire, MARS)
        counts.append((campagne.nombre_versements, len(queries)))
        abandon_campagne(asp.gestionnaire, campagne, motif="Mesure")
    assert [versements for versements, _queries in counts] == [3, 9, 90]
    assert counts[1][1] == counts[2][1] <= 62


def test_a_liquidation_left_half_read_keeps_no_reading_of_the_tables_open(asp):
    """Else a worker would go on with the values it read before an approval."""
    make_annexe(REQUEST)
    make_annexe(REQUEST)
    lines = liquidate(Month.of(JANVIER), JANVIER.replace(day=20))
    next(lines)
    with mock.patch.object(parameter, "_source", return_value={}) as source:
        parameter.montants_mensuels_cd()
    source.assert_called_once()
