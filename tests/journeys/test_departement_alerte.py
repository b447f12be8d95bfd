"""A département is alerted: it follows an alert to its cause, reads the bilan, takes the file."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook

from apps.accounts.models import Role
from apps.dashboards.tasks_envois import produce_scheduled
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

    lectrice.menu("Bilans émis")
    lectrice.open("n° 1")
    assert "Bilan intermédiaire n° 1, émis le 20 mai 2018" in lectrice.reads()
    surplus = "Versé en trop (+) ou en moins (−), avant la régularisation de ce trimestre"
    assert f"{surplus} 14 741,25 €" in lectrice.reads()
    assert lectrice.downloads("Ouvrir le PDF").startswith(b"%PDF-1.7")

    lectrice.menu("Postes d’insertion")
    lectrice.press("Produire le fichier Excel")
    lectrice.waits_for("Télécharger")
    book = load_workbook(io.BytesIO(lectrice.downloads("Télécharger", exact=False)))
    lines = [[cell.value for cell in line] for line in book.worksheets[0].iter_rows()]
    taux, structure = lines[0].index("Taux de réalisation"), lines[0].index("Structure")
    own = [line for line in lines if plain(str(line[structure])) == str(annexe.siae.structure)]
    assert [line[taux] for line in own] == [50, 50]


def test_thresholds_of_its_own_and_a_file_every_month(at_work: Any, settings: Any) -> None:
    """At 50 % of the hours the alert is there; under a threshold of 40 % it is not. The file of the
    annexes, asked for on 25 June, is made on 5 July and is taken from the archive."""
    settings.TODAY = date(2018, 6, 25)
    request = case("moitie-des-heures")
    annexe = make_annexe({**request, "mois": request["mois"][:5]})
    decideuse = at_work(make_membership(Role.DECIDEUR, annexe.courante.financeur_cd.organisation))

    decideuse.menu("Alertes")
    assert "Sous-réalisation : 1" in decideuse.reads()
    decideuse.open("Voir les seuils des alertes")
    decideuse.fill(realisation_basse="40", realisation_tres_basse="45")
    decideuse.press("Enregistrer les seuils")
    assert "Seuils des alertes" in decideuse.reads()
    decideuse.fill(realisation_tres_basse="30")
    decideuse.press("Enregistrer les seuils")
    decideuse.waits_for("enregistrés")
    decideuse.menu("Alertes")
    decideuse.waits_for("sur vos annexes")
    assert "Sous-réalisation" not in decideuse.reads()

    decideuse.menu("Exports")
    decideuse.waits_for("Envois programmés")
    decideuse.open("Envois programmés", exact=False)
    decideuse.open("Programmer un envoi")
    decideuse.fill(restitution="Suivi des annexes financières", jour="5")
    decideuse.press("Programmer l’envoi")
    assert "05/07/2018" in decideuse.reads()
    assert "Aucun fichier n’a encore été produit." in decideuse.reads()

    settings.TODAY = date(2018, 7, 5)
    assert produce_scheduled() == 1
    decideuse.page.reload()
    book = load_workbook(io.BytesIO(decideuse.downloads("Télécharger", exact=False)))
    cells = [
        plain(str(cell)) for row in book.worksheets[0].iter_rows(values_only=True) for cell in row
    ]
    assert annexe.siae.structure.denomination in cells
