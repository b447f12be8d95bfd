"""Worked cases: fifteen annexes, each file telling its situation and its figures to the cent."""

import json
from pathlib import Path

import pytest

from apps.rules.simulation import simulate

CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_worked_case_is_there():
    """An empty folder would let the test below pass without checking anything."""
    assert len(CASES) == 15


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_worked_case(path):
    """The simulator gives the whole result of the case, and nothing else."""
    case = read(path)
    assert simulate(json.dumps(case["demande"])) == case["resultat"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_explained_case_has_the_same_figures(path):
    """Asking for explanations changes no figure, and explains each line."""
    case = read(path)
    explained = simulate(json.dumps(case["demande"]), explain=True)
    steps = [row.pop("etapes") for row in explained["versements"]]
    assert explained == case["resultat"]
    for row, etapes in zip(explained["versements"], steps, strict=True):
        assert len(etapes) >= 2, row
        for etape in etapes:
            assert all(etape[key] for key in ("libelle", "calcul", "valeur", "reference"))
