"""The fifteen worked cases of the rules, through the database: annexes, statements, runs, orders.

All annexes are paid together, month after month, by whole runs; each must receive what the
simulator gives it alone, to the cent, and nothing else.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import connection

from apps.annexes.models import AnnexeFinanciere
from apps.conventions.models import Financeur
from apps.payments import ledger
from apps.payments.models import Campagne, Retenue, Versement
from apps.recoveries.models import OrdreDeRecouvrer
from apps.rules.periods import Month, month_range
from tests.payments.dossiers import make_annexe, make_asp, run

FOLDER = Path(__file__).parents[1] / "rules" / "cases"
CASES = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*"))
}


def result_of(annexe: AnnexeFinanciere, campagne: Campagne) -> dict:
    """What the database says of an annex after the last run, written as the simulator does."""
    lines = Versement.objects.executed().filter(annexe=annexe).select_related("campagne")
    etat = Financeur.objects.get(type="ETAT")
    paid = ledger.paid_by_annexe([annexe.pk])
    verse = sum(paid.values())
    waiting = Retenue.objects.filter(annexe=annexe, campagne=campagne).order_by("mois")
    orders = OrdreDeRecouvrer.objects.filter(annexe=annexe).order_by("numero")
    return {
        "versements": [
            {
                "mois": f"{line.mois:%Y-%m}",
                "nature": line.nature,
                "campagne": f"{line.campagne.mois:%Y-%m}",
                "montant": str(line.montant),
                "part_etat": str(line.part_etat),
                "part_cd": str(line.part_cd),
            }
            for line in sorted(lines, key=lambda line: (line.mois, line.nature != "rappel"))
        ],
        "en_attente": [
            "solde" if held.nature == "solde" else f"{held.mois:%Y-%m}" for held in waiting
        ],
        "ordres_de_recouvrer": [
            {
                "financeur": "etat" if order.financeur_id == etat.pk else "cd",
                "montant": str(order.montant),
            }
            for order in orders
        ],
        "verse": f"{verse:.2f}",
        "verse_cd": f"{verse - paid.get((annexe.pk, etat.pk), 0):.2f}",
    }


def expected(case: dict) -> dict:
    keys = ("versements", "en_attente", "ordres_de_recouvrer", "verse", "verse_cd")
    return {key: case["resultat"][key] for key in keys}


@pytest.mark.parametrize("year", [2018, 2023])
def test_runs_pay_what_the_simulator_gives(db, year):
    """Run after run, every annex gets the lines, waits, orders and totals of its worked case."""
    cases = {
        name: case for name, case in CASES.items() if case["demande"]["debut"][:4] == str(year)
    }
    assert len(cases) == {2018: 14, 2023: 1}[year]
    asp = make_asp()
    annexes = {name: make_annexe(case["demande"]) for name, case in cases.items()}
    for mois in month_range(Month(year, 1), Month(year + 1, 8)):
        campagne = run(asp, str(mois))
    connection.check_constraints()
    for name, case in cases.items():
        assert result_of(annexes[name], campagne) == expected(case), name
