"""Who is paid when the funds fall short: oldest month first, then number of annex (spec 02 §2)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.payments.priorites import Besoin, serve

JANVIER, FEVRIER = date(2018, 1, 1), date(2018, 2, 1)


def need(pk: int, montant: str, mois: date = JANVIER, numero: str = "ACI1", mandat: int = 1):
    return Besoin(pk, mandat, Decimal(montant), (mois, numero, 0, pk))


CASES = {
    "all served to the cent": ("30.00", [need(1, "10.00"), need(2, "20.00")], []),
    "a cent is missing": ("29.99", [need(1, "10.00"), need(2, "20.00")], [2]),
    "nothing received": ("0.00", [need(1, "0.01")], [1]),
    "oldest month first": ("10.00", [need(1, "10.00", FEVRIER), need(2, "10.00")], [1]),
    "then number of annex": (
        "10.00",
        [need(1, "10.00", numero="ACI2"), need(2, "10.00", numero="ACI1")],
        [1],
    ),
    "then the order of the lines": ("10.00", [need(2, "10.00"), need(1, "10.00")], [2]),
    "the first that does not fit stops those after it": (
        "15.00",
        [need(1, "10.00"), need(2, "10.00"), need(3, "1.00")],
        [2, 3],
    ),
    "a share given back never waits and pays the others": (
        "5.00",
        [need(1, "10.00"), need(2, "-5.00", FEVRIER), need(3, "0.01", FEVRIER)],
        [3],
    ),
    "a share given back to an overdrawn mandate": ("-8.00", [need(1, "-5.00")], []),
}


@pytest.mark.parametrize("case", CASES)
def test_who_waits(case):
    funds, besoins, waiting = CASES[case]
    found = serve(besoins, {1: Decimal(funds)})
    assert sorted(found[1].attente) == waiting


def test_each_mandate_has_its_own_funds():
    """The funds of one never pay for another; a mandate that received nothing has none."""
    found = serve([need(1, "10.00"), need(2, "10.00", mandat=2)], {1: Decimal("10.00")})
    assert {mandat: sorted(caisse.attente) for mandat, caisse in found.items()} == {1: [], 2: [2]}
    assert (found[2].disponible, found[2].demande, found[2].manque) == (
        Decimal("0.00"),
        Decimal("10.00"),
        Decimal("10.00"),
    )
