"""Bilans on screen and in PDF: issued as they were, provisional, and what has changed since."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from apps.core.models import Fichier
from apps.dashboards.bilans.calculs import final_bilan
from apps.dashboards.bilans.contenu import FORME, converter, dump, load
from apps.dashboards.bilans.document import bilan_file, figures_of
from apps.dashboards.bilans.figures import Bilan, BilanObjectifs, Montants, Objectif
from apps.dashboards.bilans.lecture import read_facts
from apps.dashboards.emission import issue_bilans
from apps.dashboards.models import BilanEmis, Encadrement
from apps.journal.models import Entree
from apps.payments.models import Campagne
from apps.presence.models import EtatMensuel, LignePresence
from tests.factories import make_financeur, make_membership

ON = date(2018, 8, 1)


@pytest.fixture
def emis(annee, settings):
    """The bilans of the seven runs, read on 1 August."""
    settings.TODAY = ON
    for campagne in Campagne.objects.order_by("numero"):
        issue_bilans(campagne, annee.asp.comptable, campagne.jour_paiement)
    return annee


def read(acting, name: str, annexe, *more, **query) -> str:
    client = Client()
    client.force_login(acting.user)
    answer = client.get(reverse(f"dashboards:{name}", args=[annexe.pk, *more], query=query))
    assert answer.status_code == 200
    return plain(answer.content.decode())


def plain(text: str) -> str:
    return text.replace("\xa0", " ").replace("\u202f", " ")


def text_of(fichier: Fichier, tmp_path) -> str:
    path = tmp_path / "bilan.pdf"
    with fichier.contenu.open("rb") as contents:
        path.write_bytes(contents.read())
    told = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
    )
    return " ".join(plain(told.stdout).split())


def lower_march(annexe) -> None:
    march = EtatMensuel.objects.get(annexe=annexe, mois=date(2018, 3, 1))
    LignePresence.objects.filter(etat_mensuel=march).update(heures_declarees=1, heures_eligibles=1)


def test_the_list_says_what_is_issued_provisional_and_to_come(emis):
    page = read(emis.lecteur, "bilans", emis.moitie)
    number = BilanEmis.objects.get(annexe=emis.moitie).numero
    assert f"Émis : n° {number}, le 20 mai 2018" in page
    assert "Provisoire : 3 mois validés sur 3" in page
    assert "provisoire jusqu’à la régularisation finale" in page


def test_an_issued_bilan_is_shown_as_it_was(emis):
    """1 365,00 h issued; after March is typed lower, the same page with what differs; the day's
    situation on demand."""
    before = read(emis.lecteur, "bilan_intermediaire", emis.moitie, 1)
    assert "1 365,00 h" in before
    assert "Chiffres modifiés" not in before
    lower_march(emis.moitie)
    page = read(emis.lecteur, "bilan_intermediaire", emis.moitie, 1)
    changed = page.split("Chiffres modifiés depuis l’émission</caption>")[1].split("</table>")[0]
    assert "1 365,00 h" in changed
    assert "Versé" not in changed
    body = page.split("Heures théoriques et réalisées</caption>")[1]
    assert "1 365,00 h" in body.split("</table>")[0]
    today = read(emis.lecteur, "bilan_intermediaire", emis.moitie, 1, situation="jour")
    table = today.split("Heures théoriques et réalisées</caption>")[1].split("</table>")[0]
    assert "1 365,00 h" not in table
    assert "Provisoire : situation au 1er août 2018" in today


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs poppler-utils")
def test_the_document_says_what_was_issued(emis, tmp_path):
    """Number, hours, debt and reasoning; archived once, whatever is typed later."""
    bilan = BilanEmis.objects.get(annexe=emis.ecourtee, nature="FINAL")
    lower_march(emis.ecourtee)
    fichier = bilan_file(bilan.pk)
    text = text_of(fichier, tmp_path)
    figures = figures_of(bilan)
    assert f"Bilan final – n° {bilan.numero}" in text
    assert "9 827,50 €" in text
    assert "PROVISOIRE" not in text
    for step in figures.regularisations[0].etapes:
        assert plain(step.valeur) in text
    assert bilan_file(bilan.pk) == fichier
    assert fichier.sha256 in read(emis.lecteur, "bilan_final", emis.ecourtee)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs poppler-utils")
def test_a_draft_says_so_and_is_not_kept(emis):
    client = Client()
    client.force_login(emis.lecteur.user)
    files = Fichier.objects.count()
    url = reverse("dashboards:bilan_intermediaire_pdf", args=[emis.moitie.pk, 2])
    answer = client.get(url)
    told = subprocess.run(
        ["pdftotext", "-", "-"], input=answer.content, capture_output=True, check=True
    )
    assert "PROVISOIRE" in told.stdout.decode()
    assert Fichier.objects.count() == files


def test_a_quarter_without_anything_has_no_document(emis):
    """A sentence on its page instead of an empty PDF."""
    client = Client()
    client.force_login(emis.lecteur.user)
    url = reverse("dashboards:bilan_intermediaire_pdf", args=[emis.en_attente.pk, 4])
    page = client.get(url, follow=True)
    assert "le bilan n’a rien à présenter" in plain(page.content.decode())


@pytest.mark.parametrize("name", ["bilan_final", "bilan_final_pdf", "bilan_objectifs_pdf"])
def test_documents_stay_within_the_scope(emis, client: Client, name):
    client.force_login(make_membership("LECTEUR", make_financeur("080").organisation).user)
    assert client.get(reverse(f"dashboards:{name}", args=[emis.ecourtee.pk])).status_code == 404


def test_an_edition_never_issued_does_not_exist(emis, client: Client):
    client.force_login(emis.lecteur.user)
    url = reverse("dashboards:bilan_final", args=[emis.ecourtee.pk], query={"edition": "2"})
    assert client.get(url).status_code == 404


def test_pages_cost_the_same_whatever_the_annex_holds(emis, client: Client):
    """Eight months or twelve, one bilan or four: the same queries."""
    client.force_login(emis.lecteur.user)

    def queries(annexe) -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("dashboards:bilan_intermediaire", args=[annexe.pk, 1]))
        return len(captured)

    assert queries(emis.moitie) == queries(emis.ecourtee) <= 35


def test_the_structure_declares_its_supervision(emis, client: Client):
    """Hours and ETP of each kind, journaled; a further edition says it, the issued one stays."""
    responsable = make_membership("RESPONSABLE", emis.ecourtee.siae.structure.organisation)
    client.force_login(responsable.user)
    url = reverse("dashboards:bilan_encadrement", args=[emis.ecourtee.pk])
    typed = {f"{code}_{unit}": "0" for code in Encadrement.Categorie for unit in ("heures", "etp")}
    refused = client.post(url, typed | {"TECHNIQUE_heures": "beaucoup"})
    assert "n’est pas un nombre" in plain(refused.content.decode())
    half = client.post(url, typed | {"TECHNIQUE_etp": "5"})
    assert "l’autre chiffre de cette catégorie n’est pas nul" in plain(half.content.decode())
    assert not Encadrement.objects.exists()
    client.post(url, typed | {"TECHNIQUE_heures": "1 606,50", "TECHNIQUE_etp": "1"})
    row = Encadrement.objects.get(annexe=emis.ecourtee, categorie="TECHNIQUE")
    assert (row.heures, row.etp) == (Decimal("1606.50"), Decimal("1.00"))
    assert Entree.objects.filter(action="encadrement.declare").count() == 1
    first, second = BilanEmis.objects.filter(annexe=emis.ecourtee, nature="OBJECTIFS").order_by(
        "edition"
    )
    assert figures_of(first).encadrement == []
    assert (second.edition, second.campagne) == (2, first.campagne)
    (declared,) = [row for row in figures_of(second).encadrement if row.heures]
    assert (declared.heures, declared.etp) == (Decimal("1606.50"), Decimal("1.00"))
    client.post(url, typed | {"TECHNIQUE_heures": "1 606,50", "TECHNIQUE_etp": "1"})
    assert BilanEmis.objects.filter(nature="OBJECTIFS", annexe=emis.ecourtee).count() == 2
    today = read(emis.lecteur, "bilan_objectifs", emis.ecourtee, situation="jour")
    assert "1 606,50 h" in today


def test_only_the_structure_declares_it(emis, client: Client):
    url = reverse("dashboards:bilan_encadrement", args=[emis.ecourtee.pk])
    for acting in (emis.lecteur, emis.asp.comptable):
        client.force_login(acting.user)
        assert client.post(url, {}).status_code == 403


def test_figures_come_back_from_the_database_as_they_were(emis):
    """Each issued bilan, read and written again, is the same."""
    for row in BilanEmis.objects.all():
        figures = figures_of(row)
        assert isinstance(figures, BilanObjectifs if row.nature == "OBJECTIFS" else Bilan)
        assert dump(figures) == row.contenu
    facts = read_facts(emis.asp.comptable, [emis.ecourtee.courante], ON)[0]
    live = final_bilan(facts, ON)
    assert load(dump(live), Bilan) == live


def test_an_unknown_shape_is_refused(emis):
    contenu = BilanEmis.objects.filter(nature="FINAL").earliest("numero").contenu
    with pytest.raises(ValueError, match="unknown shape"):
        load(contenu | {"forme": FORME + 1}, Bilan)


EUROS = st.decimals(-(10**9), 10**9, places=2)


@given(amounts=st.lists(EUROS, min_size=9, max_size=9), done=st.none() | EUROS)
def test_any_amount_survives_the_json(amounts, done):
    """Exact decimals, cents included, nothing through a float."""
    line = Montants("État", *amounts)
    objective = Objectif("Emploi durable", amounts[0], done, "%")
    for figure in (line, replace(line, libelle="Total"), objective):
        assert converter.structure(converter.unstructure(figure), type(figure)) == figure
