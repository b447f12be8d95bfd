"""Nothing typed in the grid is lost silently: a colleague, a lost session, a cut, a refusal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from apps.accounts.models import Membership, Role
from apps.journal.models import Entree
from apps.presence.models import EtatMensuel, LignePresence
from apps.presence.services import LineInput, open_etat, save_lines
from apps.siae.codes import MotifSortie
from tests.factories import PASSWORD, make_membership
from tests.journeys.test_saisie_au_clavier import (
    expect_nothing_kept,
    make_sheet,
    open_grid,
    saved_hours,
)

pytestmark = pytest.mark.browser

JANVIER = date(2023, 1, 1)


def hours_field(person: Any, contrat: Any) -> Any:
    return person.page.locator(f"[name=heures_{contrat.pk}]")


def say(person: Any, words: str) -> None:
    """Wait for what the grid says in its live region."""
    person.page.locator("#grille-etat", has_text=words).wait_for()


def responsable(annexe: Any) -> Membership:
    return make_membership(Role.RESPONSABLE, annexe.siae.structure.organisation)


@pytest.fixture
def grid(at_work: Any, go_to_day: Any) -> tuple[Any, Any, list[Any]]:
    """A person of the structure before the grid of January, two contracts."""
    go_to_day(2023, 2, 3)
    annexe, contrats = make_sheet(2)
    person = at_work(responsable(annexe))
    open_grid(person, annexe)
    return person, annexe, contrats


@pytest.mark.parametrize(
    ("choice", "kept"),
    [("Garder ma saisie", Decimal(95)), ("Prendre la valeur enregistrée", Decimal(80))],
)
def test_a_colleague_changed_the_row_meanwhile(grid: Any, choice: str, kept: Decimal) -> None:
    """Both values are in the row, and the person decides; the other row is untouched."""
    person, annexe, (disputed, _other) = grid
    colleague = responsable(annexe)
    etat = open_etat(colleague, annexe, JANVIER)
    save_lines(colleague, etat, [LineInput(disputed.pk, 1, Decimal(80))])
    hours_field(person, disputed).fill("95")
    say(person, "une autre personne a modifié cette ligne")
    name = colleague.user.nom_complet
    assert f"{name} a enregistré : 80,00 h. Vous avez saisi : 95 h." in person.reads()
    assert saved_hours() == [Decimal(80), None]
    person.press(choice)
    expect_nothing_kept(person)
    assert "Vous avez saisi" not in person.reads()
    assert saved_hours() == [kept, None]


def test_the_session_ends_while_typing(grid: Any) -> None:
    """The page says so, keeps what was typed, and gives it back after the sign-in."""
    person, annexe, (first, second) = grid
    hours_field(person, first).fill("101,50")
    say(person, "Enregistré à")
    user = Membership.objects.get(organisation=annexe.siae.structure.organisation).user
    person.page.context.clear_cookies(name="sessionid")
    hours_field(person, second).fill("77")
    person.waits_for("Votre session est terminée")
    assert saved_hours() == [Decimal("101.50"), None]
    person.page.locator("#grille-avis a").click()
    person.fill(username=user.username, password=PASSWORD)
    person.press("Se connecter")
    person.page.locator("#grille[data-prete]").wait_for()
    assert "ce que vous aviez saisi est rétabli" in person.reads()
    assert hours_field(person, second).input_value() == "77"
    person.press("Enregistrer")
    assert "1 ligne est enregistrée." in person.reads()
    assert saved_hours() == [Decimal("101.50"), Decimal(77)]


def test_the_network_is_cut_and_comes_back(grid: Any) -> None:
    """Said at once, retried by itself: the person goes on typing."""
    person, _annexe, (first, second) = grid
    context = person.page.context
    context.set_offline(True)
    hours_field(person, first).fill("90")
    person.waits_for("La connexion est interrompue")
    hours_field(person, second).fill("91")
    context.set_offline(False)
    say(person, "Enregistré à")
    expect_nothing_kept(person)
    assert saved_hours() == [Decimal(90), Decimal(91)]
    assert not person.page.locator("#grille-avis").is_visible()


def test_a_refused_row_says_why_in_its_cell_and_keeps_what_was_typed(grid: Any) -> None:
    """The other rows are saved; the refused one is after it has been corrected."""
    person, _annexe, (bad, good) = grid
    hours_field(person, bad).fill("213")
    hours_field(person, good).fill("60")
    say(person, "Enregistré à")
    message = "213,00 h saisies, le maximum est de 212,57 h pour 31 jours"
    assert message in person.reads()
    field = hours_field(person, bad)
    assert (field.input_value(), field.get_attribute("aria-invalid")) == ("213", "true")
    assert saved_hours() == [None, Decimal(60)]
    assert "1 sur 2" in person.reads()  # refused hours are not counted
    field.fill("112")
    expect_nothing_kept(person)
    assert message not in person.reads()
    assert saved_hours() == [Decimal(112), Decimal(60)]


def test_a_double_click_saves_once(grid: Any) -> None:
    """The form goes while a row is being saved: no conflict with oneself, one entry per row."""
    person, _annexe, (first, second) = grid
    hours_field(person, first).fill("50")
    person.page.keyboard.press("Control+s")
    hours_field(person, second).fill("60")
    person.page.get_by_role("button", name="Enregistrer", exact=True).dblclick()
    person.waits_for("1 ligne est enregistrée.")
    assert "Une autre personne" not in person.reads()
    assert saved_hours() == [Decimal(50), Decimal(60)]
    assert sorted(LignePresence.objects.values_list("revision", flat=True)) == [2, 2]
    assert EtatMensuel.objects.count() == 1


def test_a_month_certified_meanwhile_is_said_and_nothing_is_sent_any_longer(grid: Any) -> None:
    person, annexe, (first, _second) = grid
    etat = open_etat(responsable(annexe), annexe, JANVIER)
    hours_field(person, first).fill("50")
    say(person, "Enregistré à")
    user = responsable(annexe).user
    EtatMensuel.objects.filter(pk=etat.pk).update(
        etat="SAISI", certifie_par=user, certifie_le=etat.mois
    )
    hours_field(person, first).fill("99")
    person.waits_for("Cet état mensuel est déjà certifié")
    assert hours_field(person, first).input_value() == "99"
    assert saved_hours()[0] == 50


def test_an_exit_is_declared_on_the_row(grid: Any) -> None:
    """Date and reason under the row; refused together with hours that no longer fit."""
    person, _annexe, (leaver, _other) = grid
    hours_field(person, leaver).fill("150")
    say(person, "Enregistré à")
    link = person.page.locator(f"[data-ligne='{leaver.pk}'] [data-sortie]")
    link.press("Enter")
    person.page.locator(f"#date-sortie-{leaver.pk}").fill("2023-01-15")
    reason = MotifSortie.choices[0]
    person.page.locator(f"#motif-sortie-{leaver.pk}").select_option(value=reason[0])
    person.press("Enregistrer la sortie")
    person.waits_for("le maximum est de 102,86")
    leaver.refresh_from_db()
    assert leaver.date_sortie is None
    hours_field(person, leaver).fill("80")
    person.press("Enregistrer la sortie")
    person.waits_for("Sortie le 15/01/2023")
    leaver.refresh_from_db()
    assert str(leaver.date_sortie) == "2023-01-15"
    assert saved_hours()[0] == 80
    assert Entree.objects.filter(action="contrat.sortie").count() == 1
