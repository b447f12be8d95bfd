"""A statement not entered by the end of the following month suspends the annex (CdC §2.4)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from apps.annexes.models import Suspension, VersionAnnexe
from apps.journal.models import Entree
from apps.presence.services import (
    record_carence,
    reopen_etat,
    update_suspensions,
    validate_etat,
)
from apps.siae.models import Siae
from tests.presence.world import JANVIER, annexe, month, structure


def opened_for(world) -> Suspension | None:
    return Suspension.objects.open().filter(annexe=world.annexe).first()


@pytest.mark.parametrize(
    ("on", "suspended"), [(date(2023, 2, 28), False), (date(2023, 3, 1), True)]
)
def test_january_may_be_entered_until_the_end_of_february(world, on, suspended):
    assert update_suspensions(on) == ((1, 0) if suspended else (0, 0))
    found = opened_for(world)
    assert bool(found) is suspended
    if found:
        assert (found.motif, found.depuis, found.detail) == (
            "EMP_NON_SAISI",
            date(2023, 3, 1),
            "État mensuel non saisi dans le délai : janvier 2023.",
        )
        entree = Entree.objects.get(action="annexe.suspendue")
        assert (entree.objet_id, entree.utilisateur) == (world.annexe.pk, None)


def test_run_twice_is_run_once(world):
    assert update_suspensions(date(2023, 3, 1)) == (1, 0)
    assert update_suspensions(date(2023, 3, 1)) == (0, 0)
    assert Suspension.objects.count() == 1
    assert Entree.objects.filter(action="annexe.suspendue").count() == 1


def test_the_missing_months_are_named_as_they_come(world):
    update_suspensions(date(2023, 3, 1))
    update_suspensions(date(2023, 5, 2))
    assert opened_for(world).detail == (
        "États mensuels non saisis dans le délai : janvier 2023, février 2023 et mars 2023."
    )
    assert opened_for(world).depuis == date(2023, 3, 1)


def test_a_typed_statement_that_is_not_certified_is_not_entered(world):
    world.contrat()
    world.typed()
    assert update_suspensions(date(2023, 3, 1)) == (1, 0)


def test_a_statement_certified_in_time_does_not_suspend_while_the_asp_examines_it(world):
    """The structure did its part; the payments wait for the validation, without suspension."""
    world.contrat()
    world.certified(JANVIER, on=date(2023, 2, 28))
    assert update_suspensions(date(2023, 3, 20)) == (0, 0)


def test_the_suspension_is_lifted_by_the_validation_of_the_months_it_names(world):
    """Certified late: still suspended; validated: lifted at once, and recorded."""
    world.contrat()
    update_suspensions(date(2023, 4, 1))
    january = world.certified(JANVIER, on=date(2023, 4, 3))
    february = world.certified(month(2), on=date(2023, 4, 3))
    assert update_suspensions(date(2023, 4, 3)) == (0, 0)
    validate_etat(world.gestionnaire, january, on=date(2023, 4, 4))
    assert opened_for(world) is not None
    update_suspensions(date(2023, 4, 4))
    assert opened_for(world).detail == "État mensuel non saisi dans le délai : février 2023."

    validate_etat(world.gestionnaire, february, on=date(2023, 4, 5))

    assert opened_for(world) is None
    assert Suspension.objects.get().levee_le == date(2023, 4, 5)
    assert Entree.objects.filter(action="annexe.suspension_levee").count() == 1
    assert update_suspensions(date(2023, 4, 6)) == (0, 0)


def test_a_month_certified_in_time_does_not_keep_the_suspension(world):
    """January was late; February, certified in time, may still wait for the ASP."""
    world.contrat()
    update_suspensions(date(2023, 3, 1))
    january = world.certified(JANVIER, on=date(2023, 3, 2))
    world.certified(month(2), on=date(2023, 3, 31))
    update_suspensions(date(2023, 4, 1))
    assert opened_for(world).detail == "État mensuel non saisi dans le délai : janvier 2023."
    validate_etat(world.gestionnaire, january, on=date(2023, 4, 4))
    assert opened_for(world) is None


def test_a_carence_lifts_too(world):
    update_suspensions(date(2023, 3, 1))
    record_carence(world.gestionnaire, world.annexe, JANVIER, motif="LRAR", on=date(2023, 3, 20))
    assert opened_for(world) is None


def test_reopening_a_statement_entered_in_time_does_not_suspend(world):
    """Lateness is judged on the first entry, not on a correction the ASP asked for."""
    world.contrat()
    etat = world.validated(JANVIER, on=date(2023, 2, 10))
    world.certified(month(2), on=date(2023, 3, 10))
    reopen_etat(world.gestionnaire, etat, motif="Erreur", on=date(2023, 4, 2))
    assert update_suspensions(date(2023, 4, 30)) == (0, 0)


def test_a_decision_of_the_asp_is_not_lifted_by_statements(world):
    world.contrat()
    decision = Suspension.objects.create(
        annexe=world.annexe, motif="DECISION", detail="Contrôle", depuis=date(2023, 2, 1)
    )
    world.validated(JANVIER, on=date(2023, 2, 10))
    assert update_suspensions(date(2023, 3, 20)) == (0, 0)
    decision.refresh_from_db()
    assert decision.levee_le is None


@pytest.mark.parametrize(
    "etat", ["BROUILLON", "PROVISOIRE", "SAISI", "REJETE", "CLOTURE", "ANNULE"]
)
def test_only_an_annex_in_force_is_suspended(world, etat):
    VersionAnnexe.objects.update(etat=etat)
    assert update_suspensions(date(2023, 12, 31)) == (0, 0)


def test_a_closed_annex_is_no_longer_suspended(world):
    update_suspensions(date(2023, 3, 1))
    VersionAnnexe.objects.update(etat="CLOTURE")
    assert update_suspensions(date(2023, 3, 2)) == (0, 1)


def test_one_year_day_by_day(world):
    """Every month certified on the 15th of the next, but April on 10 June and August never.

    April is late on 1 June and validated on 12 June; August is late on 1 October and stays so.
    """
    world.contrat()
    states = {}
    day = date(2023, 1, 1)
    pending = {}
    while day < date(2024, 2, 1):
        for number in range(1, 13):
            certified_on = _entry_day(number)
            if certified_on == day:
                pending[number] = world.certified(month(number), on=day)
            if certified_on and certified_on + timedelta(days=2) == day:
                validate_etat(world.gestionnaire, pending[number], on=day)
        update_suspensions(day)
        found = opened_for(world)
        states[day] = found.detail if found else ""
        day += timedelta(days=1)

    changes = [
        (day, text)
        for day, text in states.items()
        if text != states.get(day - timedelta(days=1), "")
    ]
    assert changes == [
        (date(2023, 6, 1), "État mensuel non saisi dans le délai : avril 2023."),
        (date(2023, 6, 12), ""),
        (date(2023, 10, 1), "État mensuel non saisi dans le délai : août 2023."),
    ]
    assert Suspension.objects.count() == 2


def _entry_day(number: int) -> date | None:
    if number == 8:
        return None
    if number == 4:
        return date(2023, 6, 10)
    return date(2023, number + 1, 15) if number < 12 else date(2024, 1, 15)


def test_the_daily_check_takes_as_many_queries_for_one_annex_as_for_twenty(
    world, django_assert_max_num_queries
):
    for number in range(19):
        siae = Siae.objects.create(structure=structure(f"S{number}"), mesure="ACI_DC")
        annexe(siae)
    with django_assert_max_num_queries(8):
        assert update_suspensions(date(2023, 3, 1)) == (20, 0)
    with django_assert_max_num_queries(8):
        assert update_suspensions(date(2023, 4, 1)) == (0, 0)
    VersionAnnexe.objects.update(etat="CLOTURE")
    with django_assert_max_num_queries(8):
        assert update_suspensions(date(2023, 4, 2)) == (0, 20)
