"""The monthly grid read by axe in each of its states: typed, refused, pasted, an exit, empty."""

from __future__ import annotations

from typing import Any

import pytest

from apps.accounts.models import Role
from tests.accessibility.test_pages import faults
from tests.factories import make_membership
from tests.journeys.test_collage_excel import paste
from tests.journeys.test_saisie_au_clavier import make_sheet, open_grid

pytestmark = pytest.mark.browser


def test_each_state_of_the_grid(at_work: Any, go_to_day: Any) -> None:
    go_to_day(2023, 2, 3)
    annexe, contrats = make_sheet(30)
    person = at_work(make_membership(Role.RESPONSABLE, annexe.siae.structure.organisation))
    open_grid(person, annexe)
    found = {"opened": faults(person.page)}
    first = f"heures_{contrats[0].pk}"
    person.page.locator(f"[name={first}]").fill("213")
    person.waits_for("le maximum est de 212,57")
    found["refused"] = faults(person.page)
    person.page.locator(f"[data-ligne='{contrats[1].pk}'] [data-sortie]").press("Enter")
    found["exit"] = faults(person.page)
    paste(person, first, "100", "beaucoup")
    found["preview"] = faults(person.page)
    person.page.keyboard.press("Escape")
    assert {state: wrong for state, wrong in found.items() if wrong} == {}


def test_a_month_without_any_contract(at_work: Any, go_to_day: Any) -> None:
    go_to_day(2023, 2, 3)
    annexe, _contrats = make_sheet(0)
    person = at_work(make_membership(Role.RESPONSABLE, annexe.siae.structure.organisation))
    person.page.goto(f"/suivi-mensuel/annexes/{annexe.pk}/2023-01/")
    assert "Aucun contrat ouvert dans le mois" in person.reads()
    assert faults(person.page) == []
