"""A column copied from a spreadsheet: previewed, pasted, undone, pasted again, saved."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from apps.accounts.models import Role
from apps.presence.models import LignePresence
from tests.factories import make_contrat, make_membership
from tests.journeys.test_saisie_au_clavier import (
    expect_nothing_kept,
    make_sheet,
    open_grid,
    saved_hours,
)

pytestmark = pytest.mark.browser

PASTE = """([field, text]) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    const input = document.querySelector(`[name=${field}]`);
    input.focus();
    input.dispatchEvent(
        new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
    );
}"""


def paste(person: Any, field: str, *lines: str) -> None:
    """What Excel puts on the clipboard: tabs between cells, a line end after each row."""
    person.page.evaluate(PASTE, [field, "\r\n".join(lines) + "\r\n"])


def preview(person: Any) -> list[str]:
    """The rows of the preview, as they are read."""
    rows = person.page.locator("#grille-apercu tbody tr").all()
    return [" | ".join(row.locator("th, td").all_inner_texts()) for row in rows]


def at_the_grid(at_work: Any, go_to_day: Any, count: int) -> tuple[Any, Any, list[Any]]:
    go_to_day(2023, 2, 3)
    annexe, contrats = make_sheet(count)
    person = at_work(make_membership(Role.SAISIE, annexe.siae.structure.organisation))
    open_grid(person, annexe)
    return person, annexe, contrats


def wait_until_saved(person: Any) -> None:
    person.page.locator("#grille-etat", has_text="Enregistré à").wait_for()
    expect_nothing_kept(person)


def test_sixty_rows_are_pasted_undone_pasted_again_and_saved(at_work: Any, go_to_day: Any) -> None:
    """By position: the preview names who receives what; one step back restores everything."""
    person, _annexe, contrats = at_the_grid(at_work, go_to_day, 60)
    first = f"heures_{contrats[0].pk}"
    column = [f"{100 + number % 10},5" for number in range(60)]
    paste(person, first, *column)
    seen = preview(person)
    assert seen[0] == "SALARIÉ000 Camille | Heures | 100,50 | "
    assert len(seen) == 60
    assert "les lignes sont collées dans l’ordre" in person.reads()
    assert person.value(first) == ""  # nothing changes before the confirmation
    person.press("Coller 60 cellules")
    assert "60 cellules collées." in person.reads()
    assert person.value(first) == "100,50"
    person.page.keyboard.press("Control+z")
    assert "Le collage est annulé" in person.reads()
    assert person.value(first) == ""
    paste(person, first, *column)
    sent: list[str] = []
    person.page.on("request", lambda sending: sent.append(sending.url.split("/suivi-mensuel/")[-1]))
    person.press("Coller 60 cellules")
    wait_until_saved(person)
    assert len([url for url in sent if url.endswith("/lignes/")]) <= 2  # together, not row by row
    assert "Enregistré à" in person.reads()
    assert saved_hours() == [Decimal(cell.replace(",", ".")) for cell in column]
    assert "60 sur 60" in person.reads()


def test_a_block_with_the_employees_numbers_is_matched_on_them(
    at_work: Any, go_to_day: Any
) -> None:
    """Whatever the order of the file; an unknown number and a bad figure are said in words."""
    person, _annexe, contrats = at_the_grid(at_work, go_to_day, 3)
    numbers = [contrat.salarie.numero for contrat in contrats]
    paste(
        person,
        f"heures_{contrats[0].pk}",
        "Matricule\tNom\tHeures\tSalaire brut",
        f"{numbers[2]}\tTrois\t98,25\t1 300,00",
        f"{numbers[0]}\tUn\t1.234,5\t1250",
        "999999\tInconnu\t10\t",
        f"{numbers[1]}\tDeux\t7h30\t",
    )
    assert preview(person) == [
        "SALARIÉ002 Camille | Heures | 98,25 | ",
        "SALARIÉ002 Camille | Salaire brut | 1300,00 | ",
        "SALARIÉ000 Camille | Heures | 1.234,5 | Refusée. « 1.234,5 » peut se lire de plusieurs "
        "façons. Écrivez le nombre avec une seule virgule, sans point entre les milliers, par "
        "exemple 151,67 ou 7h30.",
        "SALARIÉ000 Camille | Salaire brut | 1250,00 | ",
        "n° 999999 | Heures | 10 | Refusée. Aucun contrat de ce numéro n’est ouvert dans le mois.",
        "SALARIÉ001 Camille | Heures | 7,50 | ",
    ]
    person.press("Coller 4 cellules")
    assert "4 cellules collées, 2 refusées." in person.reads()
    wait_until_saved(person)
    assert saved_hours() == [None, Decimal("7.50"), Decimal("98.25")]
    assert LignePresence.objects.get(contrat=contrats[0]).salaire_brut == 1250


def test_a_block_longer_than_the_grid_stops_at_its_last_row(at_work: Any, go_to_day: Any) -> None:
    """Nothing is written elsewhere; too many hours are refused before they are sent."""
    person, _annexe, contrats = at_the_grid(at_work, go_to_day, 2)
    paste(person, f"heures_{contrats[1].pk}", "213\t1300", "50\t1300")
    assert [row.split(" | ")[-1] for row in preview(person)] == [
        "Refusée. Le maximum est de 212,57 h pour les jours de contrat du mois.".replace(
            "57 h", "57\xa0h"
        ),
        "",
        "Refusée. Au-delà de la dernière ligne de la grille.",
        "Refusée. Au-delà de la dernière ligne de la grille.",
    ]
    person.page.keyboard.press("Escape")
    person.page.locator("#grille-apercu").wait_for(state="hidden")
    assert not LignePresence.objects.exists()


def test_a_person_with_two_contracts_is_not_guessed(at_work: Any, go_to_day: Any) -> None:
    person, annexe, contrats = at_the_grid(at_work, go_to_day, 2)
    doubled = contrats[0].salarie
    make_contrat(annexe.siae, doubled, forme="CDDU")
    open_grid(person, annexe)
    numbers = [contrat.salarie.numero for contrat in contrats]
    paste(person, f"heures_{contrats[1].pk}", f"{numbers[0]}\t50", f"{numbers[1]}\t60")
    verdicts = [row.split(" | ")[-1] for row in preview(person)]
    assert verdicts == ["Refusée. Deux contrats dans le mois : saisissez ses heures à la main.", ""]
