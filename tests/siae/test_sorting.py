"""Names are read in the French alphabet, and found without their accents."""

from __future__ import annotations

import pytest

from apps.core.sorting import without_accents
from apps.siae.models import Salarie
from tests.factories import make_salarie, make_siae

NAMES = ["ZAMBRI", "Éloquart", "d'Ourquin", "Eloi", "Façon", "Facon"]


@pytest.fixture
def people(db):
    structure = make_siae().structure
    return [make_salarie(structure, nom=nom, prenom="Zoé") for nom in NAMES]


def test_accents_and_capitals_do_not_change_the_order(people):
    assert [s.nom for s in Salarie.objects.all()] == [
        "d'Ourquin",
        "Eloi",
        "Éloquart",
        "Façon",
        "Facon",
        "ZAMBRI",
    ]


def test_the_key_is_the_same_in_sql_and_in_python(people):
    for salarie in Salarie.objects.all():
        assert salarie.cle_tri == without_accents(f"{salarie.nom} {salarie.prenom}")


def test_a_name_is_found_without_its_accents(people):
    assert [s.nom for s in Salarie.objects.search("eloquart")] == ["Éloquart"]
    assert [s.nom for s in Salarie.objects.search("FAÇON zoe")] == ["Façon", "Facon"]
    assert list(Salarie.objects.search("inconnu")) == []
