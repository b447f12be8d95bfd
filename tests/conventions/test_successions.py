"""Funders that succeed one another: who pays on a day, who reads what the former ones bear."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from apps.accounts.models import Role
from apps.conventions.models import Caom, ConventionMandat, Financeur
from tests.factories import make_caom, make_financeur, make_mandat, make_membership

FIRST, SECOND = date(2021, 1, 1), date(2022, 1, 1)
DAY = timedelta(days=1)


def follow(former: Financeur, heir: Financeur, day: date) -> None:
    Financeur.objects.filter(pk=former.pk).update(successeur=heir, succede_le=day)


@pytest.fixture
def chain(db):
    """062 taken over by 6AE in 2021, itself by 7AE in 2022; 059 apart."""
    former, heir, last = (make_financeur(code) for code in ("062", "6AE", "7AE"))
    make_financeur("059")
    follow(former, heir, FIRST)
    follow(heir, last, SECOND)
    return former, heir, last


def read(code: str, model) -> set[str]:
    acting = make_membership(Role.LECTEUR, make_financeur(code).organisation)
    return set(model.objects.visible_to(acting).values_list("financeur__code", flat=True))


@pytest.mark.parametrize(
    ("day", "code"),
    [(FIRST - DAY, "062"), (FIRST, "6AE"), (SECOND - DAY, "6AE"), (SECOND, "7AE")],
)
def test_the_payer_of_a_day_is_the_last_that_has_taken_over(chain, day, code):
    assert Financeur.objects.get(code="062").payer_on(day).code == code
    assert Financeur.objects.get(code="7AE").payer_on(day).code == "7AE"


def test_each_reads_its_own_and_all_those_before_it(chain):
    for code in ("062", "6AE", "7AE", "059"):
        make_caom(make_financeur(code), 2020)
        make_mandat(make_financeur(code))
    for model in (Caom, ConventionMandat):
        assert read("7AE", model) == {"062", "6AE", "7AE"}
        assert read("6AE", model) == {"062", "6AE"}
        assert read("062", model) == {"062"}
        assert read("059", model) == {"059"}


def test_a_loop_is_told_and_never_followed_for_ever(chain):
    """No service makes one: a payer is not guessed, a list ends with each funder once."""
    former, heir, last = chain
    follow(last, former, SECOND)
    make_caom(former, 2020)
    assert read("6AE", Caom) == {"062"}
    with pytest.raises(ValueError, match="make a loop"):
        Financeur.objects.get(pk=heir.pk).payer_on(SECOND)
