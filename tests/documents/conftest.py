"""Seven months of runs, for the tests that need executed payments, and the people who read them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import load_workbook

from apps.accounts.models import Membership
from apps.annexes.models import AnnexeFinanciere
from apps.conventions.models import Financeur
from apps.core.exports import Definition, Row, Totals, write_xlsx
from apps.rules.periods import Month, month_range
from tests.factories import make_membership
from tests.payments.dossiers import Asp, make_annexe, make_asp, make_financeurs, run

CASES = Path(__file__).parents[1] / "rules" / "cases"


def case(name: str) -> dict:
    return json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))["demande"]


def six_persons() -> dict:
    """The annex of six months with, each month, six persons of 100 hours."""
    request = case("annexe-de-six-mois")
    months = [{**month, "heures": "600.00", "brsa": 6} for month in request["mois"]]
    return {**request, "mois": months}


@dataclass
class Annee:
    """January to July 2018, seven runs: an annex half done, one cut short in June (two orders), one
    of six months, one whose statements stop in September."""

    asp: Asp
    moitie: AnnexeFinanciere
    ecourtee: AnnexeFinanciere
    six_mois: AnnexeFinanciere
    en_attente: AnnexeFinanciere
    lecteur: Membership
    etat: Financeur
    cd: Financeur

    @property
    def annexes(self) -> tuple[AnnexeFinanciere, ...]:
        return self.moitie, self.ecourtee, self.six_mois, self.en_attente


@pytest.fixture
def annee(db) -> Annee:
    etat, cd = make_financeurs()
    asp = make_asp()
    names = (
        "moitie-des-heures",
        "annexe-ecourtee",
        "annexe-de-six-mois",
        "etats-tardifs-puis-manquant",
    )
    annexes = [make_annexe(case(name)) for name in names]
    for mois in month_range(Month(2018, 1), Month(2018, 7)):
        run(asp, str(mois))
    return Annee(
        asp,
        *annexes,
        lecteur=make_membership("LECTEUR", cd.organisation),
        etat=etat,
        cd=cd,
    )


def excel(
    definition: Definition, rows: Iterable[Row], criteres: Sequence[tuple[str, str]] = ()
) -> tuple[bytes, Totals]:
    """The Excel file of these rows, and its totals."""
    contents, totals = write_xlsx(definition, rows, criteres)
    with contents:
        return contents.read(), totals


def sheet(contents: bytes, name: str | int = 0) -> list[list]:
    """Values of a sheet of an Excel file, row by row."""
    book = load_workbook(io.BytesIO(contents))
    page = book[name] if isinstance(name, str) else book.worksheets[name]
    return [[cell.value for cell in row] for row in page.iter_rows()]
