"""Sixty employees entered and certified without the mouse, every key counted.

At three keys a second, an ordinary pace on a numeric keypad, two minutes are 360 keys.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from apps.accounts.models import Role
from apps.presence.models import EtatMensuel, LignePresence
from tests.factories import (
    make_contrat,
    make_etat,
    make_financeur_etat,
    make_membership,
    make_salarie,
    make_version,
)

pytestmark = pytest.mark.browser

EMPLOYEES = 60
TWO_MINUTES = 360


class Clavier:
    """A keyboard that counts: each character and each key is one press."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.presses = 0

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.presses += len(text)

    def key(self, name: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(name)
        self.presses += times

    def focused(self) -> str:
        """Name of the field, or text of the button, that has the focus."""
        return str(
            self.page.evaluate(
                "() => document.activeElement.name || document.activeElement.textContent.trim()"
            )
        )

    def tab_to(self, name: str) -> None:
        """Tab until this control; a page where it cannot be reached fails."""
        for _ in range(40):
            if self.focused().startswith(name):
                return
            self.key("Tab")
        raise AssertionError(f"{name} is not reached with Tab, but {self.focused()}")


def make_sheet(count: int) -> tuple[Any, list[Any]]:
    """An annex with so many contracts, in the order of names."""
    make_financeur_etat()
    annexe = make_version(etp=Decimal("42.00")).annexe
    people = [
        make_salarie(annexe.siae.structure, nom=f"Salarié{number:03}") for number in range(count)
    ]
    return annexe, [make_contrat(annexe.siae, person) for person in people]


def open_grid(person: Any, annexe: Any, month: str = "2023-01") -> None:
    person.page.goto(f"/suivi-mensuel/annexes/{annexe.pk}/{month}/")
    person.page.locator("#grille[data-prete]").wait_for(timeout=10_000)


def stored(person: Any) -> list[str]:
    """What the tab keeps, by name."""
    return list(person.page.evaluate("() => Object.keys(sessionStorage)"))


def expect_nothing_kept(person: Any) -> None:
    """Everything typed is on the server: the tab keeps nothing any longer."""
    for _ in range(100):
        if not any(key.startswith("saisie:") for key in stored(person)):
            return
        person.page.wait_for_timeout(100)
    raise AssertionError("rows are still waiting to be saved")


def saved_hours() -> list[Decimal | None]:
    lines = LignePresence.objects.order_by("salarie__cle_tri")
    return list(lines.values_list("heures_declarees", flat=True))


def test_sixty_employees_are_entered_and_certified_with_the_keyboard_only(
    at_work: Any, go_to_day: Any
) -> None:
    """Hours typed one by one, Enter after each, then the statement of honour."""
    go_to_day(2023, 2, 3)
    annexe, contrats = make_sheet(EMPLOYEES)
    person = at_work(make_membership(Role.RESPONSABLE, annexe.siae.structure.organisation))
    open_grid(person, annexe)
    keys = Clavier(person.page)
    # The first field is where the page is entered, as after a click on its link.
    person.page.locator(f"[name=heures_{contrats[0].pk}]").focus()
    hours = [110 + number % 3 for number in range(EMPLOYEES)]
    for number in hours:
        keys.write(str(number))
        keys.key("Enter")
    assert keys.focused() == "certifier"
    assert f"{EMPLOYEES} sur {EMPLOYEES}" in person.reads()
    keys.key("Enter")
    person.page.wait_for_url("**/certifier/")
    entry = keys.presses
    keys.tab_to("honneur")
    keys.key("Space")
    keys.key("Enter") if keys.focused() == "honneur" else None
    person.waits_for("est certifié")
    assert saved_hours() == [Decimal(number) for number in hours]
    assert EtatMensuel.objects.get().etat == "SAISI"
    print(f"\n{EMPLOYEES} employees: {entry} keys to enter, {keys.presses} with the certification")  # noqa: T201
    assert entry == EMPLOYEES * 4 + 1
    assert keys.presses <= TWO_MINUTES


def test_the_keys_of_a_spreadsheet(at_work: Any, go_to_day: Any) -> None:
    """Arrows, Shift+Enter, Ctrl+D, Esc and Ctrl+S; Tab goes through the fields of the row."""
    go_to_day(2023, 2, 3)
    annexe, (first, second, third) = make_sheet(3)
    person = at_work(make_membership(Role.SAISIE, annexe.siae.structure.organisation))
    open_grid(person, annexe)
    keys = Clavier(person.page)
    person.page.locator(f"[name=heures_{first.pk}]").focus()
    keys.write("7h30")
    keys.key("ArrowDown")
    assert keys.focused() == f"heures_{second.pk}"
    keys.key("Control+d")
    assert person.value(f"heures_{second.pk}") == "7h30"
    keys.key("Shift+Enter")
    assert keys.focused() == f"heures_{first.pk}"
    keys.key("Tab")
    assert keys.focused() == f"salaire_{first.pk}"
    keys.write("1300")
    keys.key("Control+s")
    person.waits_for("Enregistré à")
    expect_nothing_kept(person)
    keys.key("Shift+Tab")
    keys.write("99")
    keys.key("Escape")
    assert person.value(f"heures_{first.pk}") == "7,50"
    assert saved_hours() == [Decimal("7.50"), Decimal("7.50"), None]
    assert LignePresence.objects.get(contrat=first).salaire_brut == 1300
    keys.key("ArrowDown", 2)
    assert keys.focused() == f"heures_{third.pk}"
    keys.key("ArrowUp")
    keys.key("ArrowLeft")
    assert keys.focused() == f"heures_{second.pk}"


def test_last_month_is_taken_again_then_certified(at_work: Any, go_to_day: Any) -> None:
    """When nothing changes from a month to the next, a few keys suffice."""
    go_to_day(2023, 3, 3)
    annexe, contrats = make_sheet(EMPLOYEES)
    make_etat(annexe, date(2023, 1, 1), [(contrat, Decimal("112.00")) for contrat in contrats])
    person = at_work(make_membership(Role.RESPONSABLE, annexe.siae.structure.organisation))
    open_grid(person, annexe, "2023-02")
    keys = Clavier(person.page)
    person.page.locator(f"[name=heures_{contrats[-1].pk}]").focus()
    keys.tab_to("reprendre")
    keys.key("Enter")
    person.waits_for(f"{EMPLOYEES} lignes sont enregistrées.")
    assert "6 720,00 h" in person.reads()
    assert keys.presses < 10
