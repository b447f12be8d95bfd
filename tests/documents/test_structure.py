"""PDF/UA-1, document by document: language, title, structure tree, header cells of the tables."""

from __future__ import annotations

import re
import subprocess
from datetime import date

import pytest

from apps.annexes.documents import draw_notification
from apps.conventions.documents import draw_volet_draft
from apps.core.manuals import all_manuals
from apps.core.pdf import Drawn, render_pdf
from apps.payments.documents import draw_notice
from apps.payments.models import AvisDePaiement
from apps.presence.documents import draw_emp
from apps.presence.models import EtatMensuel
from apps.recoveries.documents import draw_order
from apps.recoveries.models import OrdreDeRecouvrer
from tests.documents.test_pdf import inside
from tests.factories import make_caom


def documents(annee) -> dict[str, Drawn]:
    annexe = annee.ecourtee
    return {
        "notification": draw_notification(annexe.courante),
        "emp": draw_emp(EtatMensuel.objects.filter(annexe=annexe).first()),
        "avis": draw_notice(AvisDePaiement.objects.filter(annexe=annexe).last()),
        "ordre": draw_order(OrdreDeRecouvrer.objects.first()),
        "caom": draw_volet_draft(make_caom(annee=2031, signee_le=None), date(2031, 1, 1)),
    }


def data_cells(opened: bytes) -> int:
    return len(re.findall(rb"/S /TD\b", opened))


def faults(contents: bytes) -> list[str]:
    """What PDF/UA-1 asks for and this document has not."""
    opened = inside(contents)
    asked = {
        "structure tree": rb"/StructTreeRoot \d+ 0 R",
        "marked": rb"/MarkInfo\s*<<\s*/Marked true",
        "language": rb"/Lang \(fr\)",
        "title shown": rb"/DisplayDocTitle true",
        "declared": rb"pdfuaid:part",
        "first heading": rb"/S /H1",
    }
    wrong = [name for name, pattern in asked.items() if not re.search(pattern, opened)]
    if re.search(rb"/S /Table", opened) and not re.search(rb"/S /TH\b", opened):
        wrong.append("header cells")
    # Each data cell names its header cells, as PDF/UA-1 admits in place of their scope.
    if re.search(rb"/Headers \[\s*\]", opened) or opened.count(b"/Headers [") != data_cells(opened):
        wrong.append("header cells of the data cells")
    # A figure is read by its alternative.
    if opened.count(b"/S /Figure") > opened.count(b"/Alt "):
        wrong.append("alternative of the figures")
    return wrong


def test_every_document_is_accessible(annee):
    """Of each kind: nothing that PDF/UA-1 asks for is missing, and the title says what it is."""
    drawn = documents(annee)
    found = {kind: faults(document.contents) for kind, document in drawn.items()}
    assert {kind: wrong for kind, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("manuel", all_manuals(), ids=lambda manuel: manuel.nom)
def test_every_manual_is_accessible(manuel):
    assert faults(render_pdf("pdf/manuel.html", {"manuel": manuel})) == []


def test_every_document_has_its_number_and_its_pages(annee):
    """At the foot of every page: what the document is, « Page n / N » (« n/N » on a statement)."""
    marks = {
        "notification": "Notification de l’annexe",
        "emp": "Identification : 2018-01 / 1",
        "avis": "Avis de paiement n°",
        "ordre": "Ordre de recouvrer n°",
        "caom": "CAOM 062-2031",
    }
    for kind, document in documents(annee).items():
        read = subprocess.run(
            ["pdftotext", "-layout", "-", "-"],
            input=document.contents,
            capture_output=True,
            check=True,
        )
        pages = read.stdout.decode().split("\f")[:-1]
        for rank, page in enumerate(pages, start=1):
            number = f"{rank}/{len(pages)}" if kind == "emp" else f"Page {rank} / {len(pages)}"
            assert number in page.replace("\u00a0", " "), kind
            assert marks[kind] in page.replace("\u00a0", " "), kind
