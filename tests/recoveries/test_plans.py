"""Payment plans: asked, granted, paid, broken, spread again; the sums to the cent."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import Notification
from apps.core.errors import Refus
from apps.recoveries.controles import faults
from apps.recoveries.models import PlanDePaiement
from apps.recoveries.poursuites import suspensions_of
from apps.recoveries.services import (
    ask_plan,
    break_plan,
    grant_plan,
    pursue,
    rebuild_plan,
    record_cash,
    refuse_plan,
)
from apps.recoveries.services.plans import situation_of
from tests.recoveries.creances import figures, make_ordre, make_people

ON = date(2023, 5, 2)
FIRST = date(2023, 5, 31)


@pytest.fixture
def ordre(db):
    return make_ordre("100.00")


@pytest.fixture
def people(ordre):
    return make_people(ordre)


def asked(people, ordre, **more) -> PlanDePaiement:
    values = {"nombre": 3, "premiere": FIRST, "motif": "Trésorerie tendue", "on": ON} | more
    return ask_plan(people.responsable, ordre, **values)


def granted(people, ordre, **more) -> PlanDePaiement:
    return grant_plan(people.comptable, asked(people, ordre, **more), on=ON)


def pay(people, ordre, montant, day, reference="VIR"):
    return record_cash(
        people.comptable, ordre, montant=D(montant), recu_le=day, reference=reference, on=day
    )


def test_asked_then_granted_over_monthly_dates(people, ordre):
    plan = granted(people, ordre)
    assert (plan.etat, plan.montant, plan.decide_par) == (
        "ACCORDE",
        D("100.00"),
        people.comptable.user,
    )
    assert list(plan.echeances.values_list("rang", "le", "montant")) == [
        (1, date(2023, 5, 31), D("33.33")),
        (2, date(2023, 6, 30), D("33.33")),
        (3, date(2023, 7, 31), D("33.34")),
    ]
    assert [s.depuis for s in suspensions_of(ordre, ON)] == [ON]
    assert suspensions_of(ordre, ON - timedelta(days=1)) == []
    titles = Notification.objects.order_by("pk").values_list("titre", flat=True)
    assert list(titles) == ["Plan de paiement demandé", "Plan de paiement accordé"]


def test_the_comptable_may_grant_other_dates(people, ordre):
    plan = grant_plan(
        people.comptable, asked(people, ordre), nombre=2, premiere=date(2023, 6, 15), on=ON
    )
    assert list(plan.echeances.values_list("le", "montant")) == [
        (date(2023, 6, 15), D("50.00")),
        (date(2023, 7, 15), D("50.00")),
    ]


def test_a_refusal_has_its_reason_and_the_pursuit_goes_on(people, ordre):
    plan = asked(people, ordre)
    with pytest.raises(Refus, match="Dites pourquoi"):
        refuse_plan(people.comptable, plan, motif=" ", on=ON)
    assert (
        refuse_plan(people.comptable, plan, motif="Trésorerie suffisante", on=ON).etat == "REFUSE"
    )
    assert suspensions_of(ordre, ON) == []
    with pytest.raises(Refus, match="déjà reçu sa décision"):
        grant_plan(people.comptable, plan, on=ON)
    assert asked(people, ordre).version == 2


SLIPS = [
    ({"nombre": 1}, "de 2 à 24 échéances"),
    ({"nombre": 25}, "de 2 à 24 échéances"),
    ({"premiere": ON}, "La première échéance est comprise"),
    ({"premiere": date(2023, 8, 3)}, "La première échéance est comprise"),
    ({"motif": "  "}, "difficultés de trésorerie"),
]


@pytest.mark.parametrize(("slip", "words"), SLIPS)
def test_a_slip_is_refused_and_changes_nothing(people, ordre, slip, words):
    with pytest.raises(Refus, match=words):
        asked(people, ordre, **slip)
    assert not PlanDePaiement.objects.exists()


@pytest.mark.parametrize("role", ["ordonnateur", "comptable", "decideur", "lecteur"])
def test_who_may_ask(people, ordre, role):
    with pytest.raises(Refus, match="Seul le responsable"):
        ask_plan(getattr(people, role), ordre, nombre=3, premiere=FIRST, motif="M", on=ON)


def test_a_plan_is_asked_once_the_order_is_notified(people):
    issued = make_ordre("100.00", etat="EMIS")
    with pytest.raises(Refus, match="pas encore notifié"):
        asked(make_people(issued), issued)


def test_another_structure_asks_nothing(people, ordre):
    other = make_people(make_ordre("10.00"))
    with pytest.raises(Refus, match="Seul le responsable"):
        ask_plan(other.responsable, ordre, nombre=3, premiere=FIRST, motif="M", on=ON)


def test_one_plan_at_a_time_and_two_people(people, ordre):
    plan = asked(people, ordre)
    with pytest.raises(Refus, match="déjà demandé ou en cours"):
        asked(people, ordre)
    for role in ("gestionnaire", "ordonnateur", "responsable"):
        with pytest.raises(Refus, match="Seul l’agent comptable"):
            grant_plan(getattr(people, role), plan, on=ON)
    with pytest.raises(IntegrityError, match="one_plan_in_force"), transaction.atomic():
        PlanDePaiement.objects.create(
            ordre=ordre, version=9, nombre=2, premiere=FIRST, motif="M",
            demande_par=people.responsable.user, demande_le=ON,
        )  # fmt: skip
    with pytest.raises(IntegrityError, match="plan_four_eyes"), transaction.atomic():
        PlanDePaiement.objects.update(
            etat="ACCORDE", montant=1, decide_le=ON, decide_par=people.responsable.user
        )


def test_cash_is_allotted_to_the_oldest_instalment(people, ordre):
    plan = granted(people, ordre)
    pay(people, ordre, "45.00", ON)
    ordre.refresh_from_db()
    assert [(s.rang, s.paye, s.reste) for s in situation_of(plan, ordre)] == [
        (1, D("33.33"), D("0.00")),
        (2, D("11.67"), D("21.66")),
        (3, D("0.00"), D("33.34")),
    ]


BREAKS = [
    # paid, day, broken: fifteen days are left after each date
    ("0.00", date(2023, 6, 15), False),
    ("0.00", date(2023, 6, 16), True),
    ("33.32", date(2023, 6, 16), True),
    ("33.33", date(2023, 6, 16), False),
    ("33.33", date(2023, 7, 15), False),
    ("33.33", date(2023, 7, 16), True),
    ("66.66", date(2023, 7, 16), False),
]


@pytest.mark.parametrize(("paid", "day", "broken"), BREAKS)
def test_a_plan_is_broken_by_an_instalment_unpaid_for_too_long(people, ordre, paid, day, broken):
    plan = granted(people, ordre)
    if D(paid):
        pay(people, ordre, paid, ON)
    assert break_plan(plan, on=day) is broken
    plan.refresh_from_db()
    assert (plan.etat, plan.fin_le) == (("ROMPU", day) if broken else ("ACCORDE", None))
    assert break_plan(plan, on=day) is False
    told = Notification.objects.filter(titre="Plan de paiement rompu")
    assert told.count() == (2 if broken else 0)
    assert bool(suspensions_of(ordre, day)) is not broken


def test_a_broken_plan_is_spread_again_over_the_dates_that_remain(people, ordre):
    plan = granted(people, ordre)
    pay(people, ordre, "10.00", ON)
    day = date(2023, 6, 20)
    assert break_plan(plan, on=day)
    again = rebuild_plan(people.comptable, plan, motif="Engagement écrit", on=day)
    assert (again.version, again.remplace, again.etat) == (2, plan, "ACCORDE")
    assert list(again.echeances.values_list("le", "montant")) == [
        (date(2023, 6, 30), D("45.00")),
        (date(2023, 7, 31), D("45.00")),
    ]
    with pytest.raises(Refus, match="Un plan plus récent"):
        rebuild_plan(people.comptable, plan, motif="Encore", on=day)
    with pytest.raises(Refus, match="suspendu"):
        pursue(people.comptable, ordre, "relancer", on=day)


def test_nothing_remains_to_spread_after_the_last_date(people, ordre):
    plan = granted(people, ordre)
    day = date(2023, 8, 20)
    assert break_plan(plan, on=day)
    with pytest.raises(Refus, match="Aucune échéance de ce plan n’est à venir"):
        rebuild_plan(people.comptable, plan, motif="Engagement", on=day)
    assert pursue(None, ordre, "relancer", on=day).nature == "RELANCE"


def test_a_plan_paid_in_full_ends_with_its_order(people, ordre):
    plan = granted(people, ordre)
    pay(people, ordre, "100.00", ON)
    plan.refresh_from_db()
    assert (plan.etat, plan.fin_le) == ("TERMINE", ON)
    assert figures(ordre) == ("SOLDE", D(100), D(100), D(0))
    assert faults() == []


def test_a_request_without_object_is_refused_by_itself(people, ordre):
    plan = asked(people, ordre)
    pay(people, ordre, "100.00", ON)
    plan.refresh_from_db()
    assert (plan.etat, plan.motif_decision) == ("REFUSE", "Plus rien n’est à payer sur cet ordre.")
