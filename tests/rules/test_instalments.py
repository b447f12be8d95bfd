"""Amount and funders of one instalment: flat (§2.3), regularised (§2.3), back-pay."""

from decimal import Decimal

import pytest

from apps.rules.etats import Etats
from apps.rules.forfait import flat_instalment
from apps.rules.lignes import Cumul
from apps.rules.periods import Month
from apps.rules.rappel import back_pay
from apps.rules.regularisation import regularised_instalment
from tests.rules.dossiers import annexe, etats

D = Decimal


def cumul(verse: str, cd: str) -> Cumul:
    return Cumul(verse=D(verse), cd=D(cd))


@pytest.mark.parametrize(
    ("verse", "cd", "montant", "part_etat", "part_cd"),
    [
        # nothing paid yet: the figures of the text
        ("0", "0", "9827.50", "7907.21", "1920.29"),
        # twelfth month: the rounded rate would take the département over its amount
        ("108102.50", "21123.19", "9827.50", "7909.73", "1917.77"),
        # less than a month is left: the rate applies to what is paid
        ("110000.00", "20000.00", "7930.00", "6380.48", "1549.52"),
        # the département's amount is used up, the State takes over
        ("90000.00", "23040.96", "9827.50", "9827.50", "0.00"),
        # its amount was lowered below what it bore: never a negative flat share
        ("90000.00", "25000.00", "9827.50", "9827.50", "0.00"),
        # total reached, or exceeded after an amendment: nothing, never a negative payment
        ("117930.00", "23040.96", "0.00", "0.00", "0.00"),
        ("120000.00", "20000.00", "0.00", "0.00", "0.00"),
    ],
)
def test_flat_instalment(verse, cd, montant, part_etat, part_cd):
    """The monthly flat amount within the total; the département's part within its amount."""
    ligne = flat_instalment(annexe(), Month(2018, 6), cumul(verse, cd))
    assert (ligne.montant, ligne.part_etat, ligne.part_cd) == (
        D(montant),
        D(part_etat),
        D(part_cd),
    )
    assert (ligne.nature, ligne.sequence, ligne.version) == ("forfait", 1, "A0 M0")
    assert (ligne.recouvre_etat, ligne.recouvre_cd) == (0, 0)


@pytest.mark.parametrize(
    ("heures", "brsa", "montant", "part_etat", "part_cd"),
    [
        # theoretical hours exactly
        ("910.00", 4, "9827.50", "7907.84", "1919.66"),
        # 20 % below: what is still due for the hours done
        ("728.00", 4, "3931.00", "2011.34", "1919.66"),
        # a third below: nothing is due any more, to the cent
        ("606.67", 4, "0.11", "-1919.55", "1919.66"),
        ("606.66", 4, "0.00", "-1919.66", "1919.66"),
        # half: no payment, and the département is given back what it bore for absent beneficiaries
        ("455.00", 2, "0.00", "960.46", "-960.46"),
        # 20 % above: within the monthly flat amount
        ("1092.00", 4, "9827.50", "7907.84", "1919.66"),
        # no hour at all, no beneficiary
        ("0.00", 0, "0.00", "3840.58", "-3840.58"),
        # many beneficiaries: 8 × 480,02 × 3 + 2 × 1 920,29 − 7 681,16
        ("910.00", 8, "9827.50", "2147.60", "7679.90"),
        # their cost would exceed the département's amount: 23 040,96 − 7 681,16 at the most
        ("910.00", 14, "9827.50", "-5532.30", "15359.80"),
    ],
)
def test_regularised_instalment_of_may(heures, brsa, montant, part_etat, part_cd):
    """Hours of the first quarter, flat for April and May, within [0, the flat amount]."""
    version = annexe()
    valides = etats([heures] * 4, brsa)
    known = Etats(version.months, valides, Month(2018, 5).day(20))
    ligne = regularised_instalment(version, Month(2018, 5), known, cumul("39310.00", "7681.16"))
    assert (ligne.montant, ligne.part_etat, ligne.part_cd) == (
        D(montant),
        D(part_etat),
        D(part_cd),
    )
    assert ligne.nature == "regularisation"


def test_only_the_quarters_gone_are_regularised():
    """April's hours count in August, not in May, even when its statement is already validated."""
    version = annexe()
    valides = etats(["910.00"] * 3 + ["0.00"])
    known = Etats(version.months, valides, Month(2018, 5).day(20))
    ligne = regularised_instalment(version, Month(2018, 5), known, cumul("39310.00", "7681.16"))
    assert ligne.montant == D("9827.50")


def test_the_share_of_the_departement_stays_within_what_is_paid():
    """Many beneficiaries and few hours: it never bears more than the whole amount paid."""
    version = annexe(etp="1.00", cd="19000.00")
    known = Etats(version.months, etats(["10.00"] * 4, 10), Month(2018, 5).day(20))
    ligne = regularised_instalment(version, Month(2018, 5), known, cumul("6551.68", "6333.48"))
    assert (ligne.montant, ligne.part_etat, ligne.part_cd) == (0, D("-218.20"), D("218.20"))


def test_a_regularisation_stays_within_the_total():
    """Posts halved by an amendment, hours kept up: November pays what is left of the new total."""
    version = annexe(etp="3.00", cd="0")
    known = Etats(version.months, etats(["910.00"] * 10), Month(2018, 11).day(20))
    ligne = regularised_instalment(version, Month(2018, 11), known, cumul("57000.00", "0"))
    assert ligne.montant == D("1965.00")  # 58 965,00 − 57 000,00, below the flat 4 913,75


def test_a_recovery_order_counts_as_given_back():
    """An annex extended after its solde: what is under an order is no longer counted as paid."""
    before = Cumul(D("117930.00"), D("23040.96"), ordre_etat=D("5000.00"), ordre_cd=D("1000.00"))
    ligne = flat_instalment(annexe(), Month(2018, 12), before)
    assert (ligne.montant, ligne.part_cd) == (D("6000.00"), D("1000.00"))


APRES = {"2023-01-01": "22692.00", "2023-05-01": "23196.00"}


@pytest.mark.parametrize(
    ("etp", "verse", "montant"),
    [
        ("10.00", "148593.36", "4366.64"),  # 4 × 335,83 + 4 × 755,83
        ("12.00", "148593.36", "5240.00"),  # the new number of posts, in both terms
        ("10.00", "150000.00", "2960.00"),  # never above the flat amounts of the months gone
        ("10.00", "152960.00", None),  # everything paid already: no line
        ("10.00", "160000.00", None),
    ],
)
def test_back_pay_of_september_2023(etp, verse, montant):
    """Eight months at the raised amounts less what they were, borne by the State."""
    before = annexe(debut="2023-01", etp="10.00", unitaires="22289.00", cd="32000.00")
    version = annexe(
        debut="2023-01", etp=etp, unitaires=APRES, cd="32000.00", a_partir_de="2023-09"
    )
    ligne = back_pay(version, before, Month(2023, 9), cumul(verse, "20000.00"))
    if montant is None:
        assert ligne is None
        return
    assert ligne is not None
    assert (ligne.nature, ligne.montant, ligne.part_etat, ligne.part_cd) == (
        "rappel",
        D(montant),
        D(montant),
        0,
    )


def test_a_lower_unit_amount_gives_no_back_pay():
    """Nothing is taken back by a rappel, and a fall of one month does not reduce a rise."""
    before = annexe(unitaires={"2018-01-01": "20000.00", "2018-03-01": "24000.00"}, cd="0")
    lower = annexe(unitaires="19000.00", cd="0", a_partir_de="2018-06")
    assert back_pay(lower, before, Month(2018, 6), cumul("0", "0")) is None
    mixed = annexe(unitaires="21000.00", cd="0", a_partir_de="2018-06")
    ligne = back_pay(mixed, before, Month(2018, 6), cumul("0", "0"))
    assert ligne is not None
    assert ligne.montant == D("1000.00")  # January and February, 500,00 each


def test_more_posts_alone_give_no_back_pay():
    """A rise of posts is not a revaluation: regularisations and the solde pay it."""
    more = annexe(etp="7.00", a_partir_de="2018-06")
    assert back_pay(more, annexe(), Month(2018, 6), cumul("0", "0")) is None
