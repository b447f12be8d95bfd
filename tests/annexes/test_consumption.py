"""Consumption of a CAOM: each objective, what is committed for its measure, what is left."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.annexes.consumption import consumption_by_mesure
from apps.conventions import services
from tests.factories import make_caom, make_membership, make_siae, make_version

pytestmark = pytest.mark.django_db

LE = date(2023, 6, 1)


def figures(caom, on: date = LE) -> list[tuple]:
    return [
        (row.objectif.mesure, row.engage, row.reste, row.beneficiaires, row.beneficiaires_restants)
        for row in consumption_by_mesure(caom, on)
    ]


@pytest.fixture
def caom():
    """10 beneficiaries in ACI (64 178,40 €), 5 in EI from April (32 089,20 €)."""
    caom = make_caom(entrees_brsa=10)
    services.adjust_objectif(
        make_membership("GESTIONNAIRE"),
        caom,
        mesure="EI_DC",
        effet=date(2023, 4, 1),
        accord_le=date(2023, 3, 13),
        entrees=5,
        entrees_brsa=5,
        montant_mensuel=Decimal("534.82"),
        mois_prevus=12,
    )
    return caom


def test_what_is_in_force_counts_for_its_own_measure(caom):
    """Neither what is only transmitted, nor what was replaced."""
    first = make_version(siae=make_siae())
    make_version(annexe=first.annexe, montant_cd=Decimal("30000.00"), brsa_vises=5)
    make_version("SAISI", siae=make_siae())
    ei = ((date(2022, 8, 1), Decimal("11609.00")),)
    make_version(siae=make_siae(mesure="EI_DC"), unitaires=ei, montant_cd=Decimal("6417.84"))
    assert figures(caom) == [
        ("ACI_DC", Decimal("30000.00"), Decimal("34178.40"), 5, 5),
        ("EI_DC", Decimal("6417.84"), Decimal("25671.36"), 4, 1),
    ]


def test_an_exchange_of_letters_counts_from_its_effect(caom):
    services.adjust_objectif(
        make_membership("GESTIONNAIRE"),
        caom,
        mesure="ACI_DC",
        effet=date(2023, 7, 1),
        accord_le=date(2023, 6, 12),
        entrees=12,
        entrees_brsa=12,
        montant_mensuel=Decimal("534.82"),
        mois_prevus=12,
    )
    assert figures(caom)[0][2] == Decimal("64178.40")
    assert figures(caom, date(2023, 7, 1))[0][2] == Decimal("77014.08")
    assert [row[0] for row in figures(caom, date(2023, 7, 1))] == ["ACI_DC", "EI_DC"]


def test_two_queries_whatever_the_number_of_annexes(caom, django_assert_num_queries):
    """The objectives, and the sums."""
    for _ in range(6):
        make_version(siae=make_siae(), montant_cd=Decimal("6417.84"), brsa_vises=1)
    with django_assert_num_queries(2):
        consumption_by_mesure(caom, LE)
