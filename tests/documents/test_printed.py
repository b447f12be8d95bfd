"""What a document says once printed: its figures, read back from the PDF by another tool.

`pdftotext` (package poppler-utils, installed by bin/test) knows nothing of the templates.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.models import Sum

from apps.conventions import services
from apps.dashboards.documents import DOCUMENTS
from apps.dashboards.emission import issue_bilans
from apps.dashboards.models import BilanEmis
from apps.dashboards.services_comptes import prepare_account, sign_account
from apps.payments.models import Mouvement
from apps.presence import documents as statements
from apps.presence.models import EtatMensuel
from apps.recoveries.models import OrdreDeRecouvrer
from tests.documents.conftest import Annee
from tests.documents.test_volet_caom import ACI
from tests.factories import make_financeur
from tests.payments.dossiers import add_statement, make_annexe


@pytest.fixture
def poppler() -> str:
    found = shutil.which("pdftotext")
    if found is None:
        pytest.skip("no pdftotext on this machine: install the package poppler-utils")
    return found


@pytest.fixture
def read(poppler: str, tmp_path: Path):
    """Pages of a PDF as text, each on one line with plain spaces."""

    def pages(contents: bytes) -> list[str]:
        source = tmp_path / "lu.pdf"
        source.write_bytes(contents)
        told = subprocess.run(
            [poppler, "-layout", str(source), "-"], capture_output=True, check=True, text=True
        )
        return [re.sub(r"\s+", " ", page).strip() for page in told.stdout.split("\f")[:-1]]

    return pages


def french(amount: Decimal) -> str:
    return f"{amount:,.2f} €".replace(",", " ").replace(".", ",")


def test_each_name_of_the_command_gives_its_document(annee: Annee, read, tmp_path):
    """Every name: amounts, shares and hours as the payments and the statements have them."""
    annexe = annee.ecourtee
    avis = annexe.avis.order_by("numero").last()
    asp, mandat = annee.asp.gestionnaire, annee.cd.mandats.get()
    caom = services.create_caom(asp, make_financeur("059"), annee=2019, objectifs=[ACI])
    services.sign_caom(asp, caom, date(2019, 1, 2))
    issue_bilans(avis.campagne, annee.asp.comptable, avis.campagne.jour_paiement)
    bilan = BilanEmis.objects.get(annexe=annexe, nature="FINAL")
    compte = sign_account(
        annee.asp.comptable,
        prepare_account(asp, mandat, date(2018, 6, 30), "PROVISOIRE", on=date(2018, 7, 31)),
        on=date(2018, 7, 31),
    )
    paid = Mouvement.objects.filter(
        mandat=mandat, compte="515", ecriture__jour__range=(date(2018, 1, 1), date(2018, 6, 30))
    ).aggregate(paye=Sum("credit"))["paye"]
    expected = {
        ("notification", f"{annexe}M0"): [
            french(annexe.versions.get(modification=0).montant_total)
        ],
        ("emp", f"{annexe}/2018-02"): ["Février 2018", "Identification : 2018-02 / 1"],
        ("avis", str(avis.numero)): ["7 906,68 €", "1 920,82 €", "49 137,50 €"],
        ("bilan", str(bilan.numero)): ["7 906,68 €", "1 920,82 €", "9 827,50 €"],
        ("compte-emploi", str(compte.numero)): [mandat.reference, "30/06/2018", french(paid)],
        ("caom", "059-2019"): ["soit 4 678 605,36 €"],
        ("manuel", "administrateur"): ["Sommaire"],
    }
    for ordre in OrdreDeRecouvrer.objects.filter(annexe=annexe):
        amount = {annee.cd.pk: "1 920,82 €", annee.etat.pk: "7 906,68 €"}[ordre.financeur_id]
        expected["ordre", str(ordre.numero)] = [f"Somme à payer {amount}", f"« OR {ordre.numero} »"]
    assert {nom for nom, _ in expected} == set(DOCUMENTS)
    for (nom, identifiant), figures in expected.items():
        out = tmp_path / f"{nom}.pdf"
        call_command("document", nom, identifiant, "--out", str(out))
        said = " ".join(read(out.read_bytes()))
        for figure in figures:
            assert figure in said, (nom, figure)


def statement_of(count: int) -> EtatMensuel:
    """A validated statement of that many persons, 100 hours each."""
    annexe = make_annexe(
        {
            "mesure": "ACI_DC",
            "debut": "2026-01-01",
            "fin": "2026-12-31",
            "etp": "40.00",
            "montant_unitaire_annuel": "23921.00",
            "heures_annuelles_etp": "1820",
            "montant_cd": "100000.00",
            "mois": [],
        }
    )
    month = {
        "mois": "2026-01",
        "heures": f"{count * 100}.00",
        "brsa": count,
        "valide_le": "2026-02-10",
    }
    return add_statement(annexe, month)


@pytest.mark.parametrize("count", [1, 28, 60])
def test_every_page_of_a_statement_is_identified(db, read, count):
    """Heading of the columns and foot « Identification : 2026-01 / 1 2/3 » on each page of lines;
    the total and the signatures are never alone on theirs."""
    contents = statements.draw_emp(statement_of(count)).contents
    pages = read(contents)
    lines = [page.count("CDDI") for page in pages]
    assert sum(lines) == count
    for rank, page in enumerate(pages, start=1):
        assert f"Identification : 2026-01 / 1 {rank}/{len(pages)}" in page
        assert bool(lines[rank - 1]) == ("Nom, prénom" in page)
    total = next(rank for rank, page in enumerate(pages) if "Cadre réservé à l’ASP" in page)
    assert lines[total] > 0
    assert f"Total {count * 100:,}".replace(",", " ") in pages[total]
