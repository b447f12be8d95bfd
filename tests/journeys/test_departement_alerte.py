"""A département is alerted: it follows an alert to its cause, reads the bilan, takes the file."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook

from apps.accounts.models import Role
from apps.rules.periods import Month, month_range
from tests.documents.conftest import case
from tests.factories import make_membership
from tests.journeys.conftest import plain
from tests.payments.dossiers import make_annexe, make_asp, run

pytestmark = pytest.mark.browser


def test_from_an_alert_to_its_cause_its_bilan_and_its_file(at_work: Any, settings: Any) -> None:
    """Half of the hours until May: the alert gives the rate and the order to come, leads to the
    posts; the bilan of the first quarter says the same hours, the Excel file the same rate."""
    settings.TODAY = date(2018, 6, 25)
    request = case("moitie-des-heures")
    annexe = make_annexe({**request, "mois": request["mois"][:5]})
    asp = make_asp()
    for mois in month_range(Month(2018, 1), Month(2018, 6)):
        run(asp, str(mois))
    cd = annexe.courante.financeur_cd.organisation
    lectrice = at_work(make_membership(Role.LECTEUR, cd))

    lectrice.menu("Alertes")
    lectrice.waits_for("prioritaire")
    assert "un ordre de recouvrer de 29 482,50 € est prévisible" in lectrice.reads()
    lectrice.open("Sous-réalisation : 1")
    assert "1 résultat" in lectrice.reads()
    lectrice.open("Voir les postes d’insertion", exact=False)
    assert "Sous-consommation" in lectrice.reads()
    assert "50,00 %" in lectrice.reads()

    lectrice.open("Bilans")
    lectrice.open("1er trimestre")
    assert "2 730,00 h" in lectrice.reads()
    assert "−1 365,00 h" in lectrice.reads()
    lectrice.page.emulate_media(media="print")
    assert not lectrice.page.locator("#menu-principal").is_visible()
    assert lectrice.page.locator("figure svg").first.is_visible()
    lectrice.page.emulate_media(media="screen")

    lectrice.page.goto("/postes/")
    lectrice.open("Exporter vers Excel")
    lectrice.press("Produire le fichier Excel")
    lectrice.waits_for("Télécharger")
    book = load_workbook(io.BytesIO(lectrice.downloads("Télécharger", exact=False)))
    lines = [[cell.value for cell in line] for line in book.worksheets[0].iter_rows()]
    taux, structure = lines[0].index("Taux de réalisation"), lines[0].index("Structure")
    assert [line[taux] for line in lines[1:3]] == [50, 50]
    assert {plain(line[structure]) for line in lines[1:3]} == {annexe.siae.structure.denomination}
