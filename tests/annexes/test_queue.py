"""Queue of the ASP: the oldest first, what the checks find, the one before and the one after."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from apps.annexes.checks import check_version, check_versions
from apps.annexes.models import VersionAnnexe
from tests.annexes.conftest import another_siae, transmitted
from tests.factories import make_siae, make_version

LE = date(2023, 1, 6)


@pytest.fixture
def asp(cadre):
    client = Client()
    client.force_login(cadre.asp.user)
    return client


def page(client: Client, name: str, *args: int) -> str:
    text = client.get(reverse(name, args=args)).content.decode()
    return " ".join(text.replace("\xa0", " ").split())


def test_the_queue_says_what_the_checks_find(cadre, asp, settings):
    """One blameless; one without bank details nor PDF, its CAOM exceeded."""
    settings.TODAY = LE
    transmitted(cadre)
    assert ">Conforme</span>" in page(asp, "annexes:a_valider")
    make_version("SAISI", siae=make_siae(), brsa_vises=900, piece="")
    said = page(asp, "annexes:a_valider")
    assert "bloquants, " in said
    assert ">Conforme</span>" in said


def test_twenty_in_the_queue_cost_as_many_queries_as_two(cadre, asp, settings):
    settings.TODAY = LE
    for _ in range(2):
        transmitted(another_siae(cadre))
    with CaptureQueriesContext(connection) as two:
        page(asp, "annexes:a_valider")
    for _ in range(18):
        transmitted(another_siae(cadre), montant_cd=Decimal("6417.84"), brsa_vises=1)
    with CaptureQueriesContext(connection) as twenty:
        page(asp, "annexes:a_valider")
    assert len(twenty) == len(two)


def test_checked_together_or_alone_the_findings_are_the_same(cadre):
    """Annexes in force, transmitted, amended and drafted, on one CAOM nearly used up."""
    cadre.caom.objectifs.update(entrees_brsa=9, montant=9 * Decimal("534.82") * 12)
    first = make_version(siae=cadre.siae)
    make_version("SAISI", annexe=first.annexe, montant_cd=Decimal("30000.00"))
    for state in ("SAISI", "BROUILLON", "VALIDE"):
        make_version(state, siae=make_siae(), unitaires=[(date(2022, 8, 1), Decimal("22000.00"))])
    versions = list(VersionAnnexe.objects.to_check())
    together = check_versions(versions, on=LE)
    assert together == {version.pk: check_version(version, on=LE) for version in versions}
    assert any(constat.bloquant for found in together.values() for constat in found)


def test_one_goes_from_one_to_the_next(cadre, asp, settings):
    settings.TODAY = LE
    first, second = transmitted(cadre), transmitted(another_siae(cadre))
    seen = page(asp, "annexes:valider", first.pk)
    assert "1 sur 2 dans la file" in seen
    assert f'href="{reverse("annexes:valider", args=[second.pk])}">Suivante' in seen
    assert "Précédente" not in seen
    seen = page(asp, "annexes:valider", second.pk)
    assert f'href="{reverse("annexes:valider", args=[first.pk])}">Précédente' in seen
    assert "Suivante" not in seen


def test_the_file_of_the_queue_holds_more_than_a_page(cadre, asp, settings):
    """26 annexes, 25 on a page: the checks of the last one are in the file too."""
    settings.TODAY = LE
    for _ in range(26):
        make_version("SAISI", piece="")
    answer = asp.get(reverse("annexes:a_valider"), {"_export": "xlsx"})
    rows = list(load_workbook(io.BytesIO(answer.content)).worksheets[0].iter_rows(values_only=True))
    place = rows[0].index("Contrôles")
    assert len([row for row in rows[1:] if "bloquant" in str(row[place])]) == 26
