"""Which exits are examined, and what share of them leads to something."""

from __future__ import annotations

from decimal import Decimal

import pytest

from apps.rules.sorties import Sorties, count_exits, is_counted


@pytest.mark.parametrize(
    ("mesure", "heures", "jours", "expected"),
    [
        # ACI and EI: one hour, and more than 2.65 months: 80 days make 2.63, 81 make 2.66.
        ("ACI_DC", "1.00", 81, True),
        ("ACI_DC", "1.00", 80, False),
        ("ACI_DC", "0.99", 400, False),
        ("EI_DC", "500.00", 80, False),
        ("EI_MP", "1.00", 81, True),
        # AI and ETTI: 150 hours, however short the stay.
        ("AI_DC", "150.00", 1, True),
        ("AI_DC", "149.99", 400, False),
        ("ETTI_DC", "150.00", 0, True),
        # EITI: one hour.
        ("EITI_DC", "1.00", 0, True),
        ("EITI_DC", "0.50", 400, False),
    ],
)
def test_an_exit_is_examined_by_the_rule_of_its_measure(mesure, heures, jours, expected):
    assert is_counted(mesure, Decimal(heures), jours) is expected


def test_exits_by_category():
    """A withdrawn exit is never examined, even with hours; rates are over the examined ones."""
    tally = count_exits(
        [
            ("DURABLE", True),
            ("DURABLE", False),
            ("TRANSITION", True),
            ("AUTRE", True),
            ("RETRAIT", True),
        ]
    )
    assert tally == Sorties(durables=1, transition=1, autres=1, non_examinees=2)
    assert (tally.dynamiques, tally.examinees) == (2, 3)
    assert tally.taux_dynamiques == Decimal("66.67")


def test_no_exit_has_no_rate():
    assert Sorties().taux(0) is None
    assert Sorties().taux_dynamiques == Decimal("0.00")
