"""Filters of the printed documents."""

from __future__ import annotations

from datetime import date

import pytest

from apps.core.templatetags.documents import attention, date_longue, insecable, siret

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2023, 1, 1), f"1er{NBSP}janvier{NBSP}2023"),
        (date(2023, 8, 17), f"17{NBSP}août{NBSP}2023"),
        (None, ""),
    ],
)
def test_dates_in_full(day, text):
    """The first of a month is « 1er »; the parts of a date stay together."""
    assert date_longue(day) == text


def test_siret_in_groups():
    """SIREN by threes, then the establishment; nothing for nothing."""
    assert siret("22620001200012") == f"226{NBSP}200{NBSP}012{NBSP}00012"
    assert siret("") == ""


def test_quotation_marks_stay_with_their_word():
    """No line ends with an opening mark or begins with a closing one."""
    assert insecable("CDDI « Convergence »") == f"CDDI «{NBSP}Convergence{NBSP}»"
    assert insecable("Motif : absence") == f"Motif{NBSP}: absence"


def test_a_service_loses_its_capital_not_a_person():
    assert attention("La direction") == "la direction"
    assert attention("Le service comptable") == "le service comptable"
    assert attention("L’agence") == "l’agence"
    assert attention("Laure Martin") == "Laure Martin"
