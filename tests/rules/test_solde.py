"""Final regularisation and recovery orders (§2.4), first and later ones."""

from decimal import Decimal

import pytest

from apps.rules.due import Ligne
from apps.rules.etats import Etats
from apps.rules.lignes import Cumul
from apps.rules.periods import Month
from apps.rules.solde import exceeds_tolerance, settle
from tests.rules.dossiers import annexe, etat, etats

D = Decimal


def solde(version, heures, brsa=4, *, verse, cd, ordre_etat="0.00", ordre_cd="0.00", sequence=1):
    """The solde of an annex whose hours and beneficiaries are all in its first month."""
    debut = str(version.debut)
    valides = etats(["0.00"] * version.n, 0, debut) | {version.debut: etat(debut, heures, brsa)}
    known = Etats(version.months, valides, Month(2019, 12).day(20))
    totals = Cumul(D(verse), D(cd), D(ordre_etat), D(ordre_cd))
    return settle(version, known, totals, sequence)


def figures(ligne: Ligne) -> tuple[str, str, str, str]:
    return tuple(
        str(amount)
        for amount in (ligne.montant, ligne.part_cd, ligne.recouvre_etat, ligne.recouvre_cd)
    )


@pytest.mark.parametrize(
    ("mois", "heures", "recouvrement"),
    [
        # 12 months of 910 h: one month's hours may be missing, not more
        (12, "10010.00", False),
        (12, "10009.99", True),
        (3, "1820.00", False),
        (3, "1819.99", True),
        # less than three months: a third of the period's hours (606,66… then 303,33…)
        (2, "1213.34", False),
        (2, "1213.33", True),
        (1, "606.67", False),
        (1, "606.66", True),
        # no hour at all: always
        (12, "0.00", True),
        (1, "0.00", True),
    ],
)
def test_threshold_of_recovery(mois, heures, recouvrement):
    """The shortfall must strictly exceed the monthly theoretical hours."""
    assert exceeds_tolerance(annexe(mois=mois, cd="0"), D(heures)) is recouvrement


@pytest.mark.parametrize(
    ("heures", "verse", "montant", "recouvre"),
    [
        # what was done and not paid is paid, even above a month's flat amount
        ("10920.00", "98275.00", "19655.00", "0.00"),
        ("12000.00", "98275.00", "19655.00", "0.00"),  # never above the total
        ("10920.00", "117930.00", "0.00", "0.00"),
        # 910,00 h missing: tolerated; 910,01 h: all that was overpaid comes back
        ("10010.00", "117930.00", "0.00", "0.00"),
        ("10009.99", "117930.00", "0.00", "9827.61"),
        ("5460.00", "117930.00", "0.00", "58965.00"),
        ("0.00", "9827.50", "0.00", "9827.50"),
        # what exceeds the total is never tolerated
        ("10500.00", "120000.00", "0.00", "2070.00"),
        ("10920.00", "120000.00", "0.00", "2070.00"),
    ],
)
def test_amount_and_recovery(heures, verse, montant, recouvre):
    """Without a département: the amount due, or the order of the State."""
    ligne = solde(annexe(cd="0"), heures, verse=verse, cd="0.00")
    assert figures(ligne) == (montant, "0.00", recouvre, "0.00")
    assert (str(ligne.mois), ligne.nature, ligne.sequence) == ("2019-01", "solde", 1)


@pytest.mark.parametrize(
    ("heures", "brsa", "verse", "cd", "expected"),
    [
        # 5 460 h, 30 monthly beneficiaries (14 400,60): two orders
        ("5460.00", 30, "117930.00", "23040.96", ("0.00", "0.00", "50324.64", "8640.36")),
        # no beneficiary: the département's order takes all that is recovered, the rest moves
        ("9000.00", 0, "100000.00", "20000.00", ("0.00", "-17195.05", "0.00", "2804.95")),
        # nothing recovered, one beneficiary-month more than borne: the State is given back 480,02
        ("10500.00", 41, "117930.00", "19200.80", ("0.00", "480.02", "0.00", "0.00")),
        # real cost above the amount of the annex: limited to it
        ("10920.00", 60, "117930.00", "23040.96", ("0.00", "0.00", "0.00", "0.00")),
        # the solde pays; the département bears its real cost
        ("10920.00", 40, "98275.00", "19000.00", ("19655.00", "200.80", "0.00", "0.00")),
    ],
)
def test_share_of_the_departement(heures, brsa, verse, cd, expected):
    """Its final share is the real cost of the beneficiaries, within its amount and the net paid."""
    assert figures(solde(annexe(), heures, brsa, verse=verse, cd=cd)) == tuple(expected)


def test_a_first_solde_of_zero_is_a_line():
    """The end of an annex is always shown, even when nothing moves."""
    ligne = solde(annexe(cd="0"), "10920.00", verse="117930.00", cd="0.00")
    assert figures(ligne) == ("0.00", "0.00", "0.00", "0.00")


SECOND = [
    # the hours rise within the tolerance: the orders are withdrawn
    ("10500.00", ("0.00", "0.00", "-50324.64", "-8640.36")),
    # they rise, but not enough: the orders are reduced (D = 86 395,60)
    ("8000.00", ("0.00", "0.00", "-27430.60", "0.00")),
    # they fall further (D = 43 197,80): the State's order is completed
    ("4000.00", ("0.00", "0.00", "15767.20", "0.00")),
]


@pytest.mark.parametrize(("heures", "expected"), SECOND)
def test_second_solde_after_orders(heures, expected):
    """A statement re-opened after the orders: they are withdrawn, reduced or completed."""
    brsa = 30 if heures != "10500.00" else 48
    ligne = solde(
        annexe(),
        heures,
        brsa,
        verse="117930.00",
        cd="23040.96",
        ordre_etat="50324.64",
        ordre_cd="8640.36",
        sequence=2,
    )
    assert figures(ligne) == expected
    assert ligne.sequence == 2


def test_second_solde_pays_and_withdraws_the_orders():
    """Hours found again beyond what was paid: the rest is paid and no order stands."""
    ligne = solde(
        annexe(cd="0"),
        "10920.00",
        verse="98275.00",
        cd="0.00",
        ordre_etat="20000.00",
        sequence=2,
    )
    assert figures(ligne) == ("19655.00", "0.00", "-20000.00", "0.00")


def test_second_solde_without_change_is_no_line():
    """Neither cash, nor order, nor share: nothing is written a second time."""
    again = solde(
        annexe(),
        "5460.00",
        30,
        verse="117930.00",
        cd="23040.96",
        ordre_etat="50324.64",
        ordre_cd="8640.36",
        sequence=2,
    )
    assert again is None


def test_second_solde_for_a_share_alone():
    """One more beneficiary, same hours: a re-imputation of 480,02 without any cash."""
    ligne = solde(annexe(), "10500.00", 41, verse="117930.00", cd="19200.80", sequence=2)
    assert figures(ligne) == ("0.00", "480.02", "0.00", "0.00")
