"""The rules against a second computation, written from the text, on the same random annexes."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings

from apps.rules.simulation import simulate
from tests.rules import brute_force
from tests.rules.dossiers import deterministic
from tests.rules.requests import requests
from tests.rules.test_golden import CASES, read


def in_cents(text: str) -> int:
    return int(Decimal(text) * 100)


def assert_same(request: dict) -> None:
    result = simulate(json.dumps(request))
    expected = brute_force.compute(request)
    rows = [
        (
            row["mois"],
            row["nature"],
            row["campagne"],
            in_cents(row["montant"]),
            in_cents(row["part_cd"]),
        )
        for row in result["versements"]
    ]
    assert rows == expected["rows"]
    assert result["en_attente"] == expected["waiting"]
    orders = {
        order["financeur"]: in_cents(order["montant"]) for order in result["ordres_de_recouvrer"]
    }
    assert (orders.get("etat", 0), orders.get("cd", 0)) == expected["orders"]


@settings(deterministic, max_examples=500)
@given(requests())
def test_any_annex_is_paid_as_the_text_says(request_):
    """Amendments, late, missing and unequal statements: each line and order to the cent."""
    assert_same(request_)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_brute_force_agrees_with_the_worked_cases(case):
    """The second computation itself gives the figures of the worked cases."""
    assert_same(read(case)["demande"])
