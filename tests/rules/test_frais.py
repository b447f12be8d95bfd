"""Management fees: what is billed, at what price, and how prices are revised each January."""

from datetime import date
from decimal import Decimal

import pytest

from apps.rules.frais import Poste, invoice, is_billable
from apps.rules.indexation import Tarif, indexed, revise
from apps.rules.parameter import ParametreInconnu, Valeur, indice_prix, supposing

D = Decimal


def plain(text):
    """Without the no-break spaces of French figures."""
    return text.replace("\u00a0", " ")


def test_the_fees_of_2023_are_those_of_the_convention():
    """34,93 € × 50 + 7 325,39 € = 9 071,89 € (art. 3.2), step by step."""
    postes = [Poste("Forfait annuel 2023", 1, D("7325.39")), Poste("Annexes", 50, D("34.93"))]
    montant, etapes = invoice(postes)
    assert montant == D("9071.89")
    assert [(plain(etape.calcul), plain(etape.valeur)) for etape in etapes] == [
        ("1 × 7 325,39 €", "7 325,39 €"),
        ("50 × 34,93 €", "1 746,50 €"),
        ("7 325,39 € + 1 746,50 €", "9 071,89 €"),
    ]
    assert {plain(etape.reference) for etape in etapes} == {
        "Convention de mandat, article 3.2 : frais de gestion"
    }


@pytest.mark.parametrize(
    ("postes", "montant"),
    [
        ([], "0.00"),
        ([Poste("Annexes", 1, D("34.93"))], "34.93"),
        ([Poste("Annexes", 3, D("34.93")), Poste("Annulées", 1, D("34.93"), -1)], "69.86"),
        ([Poste("Annulées", 2, D("34.93"), -1)], "-69.86"),
        ([Poste("Annexes", 0, D("34.93"))], "0.00"),
    ],
)
def test_an_invoice_adds_its_rows_up(postes, montant):
    """What is taken back is deducted; below 0 it is a credit."""
    assert invoice(postes)[0] == D(montant)


@pytest.mark.parametrize(
    ("montant_cd", "precedent", "counted"),
    [
        ("25671.36", None, True),  # an annex, a renewal
        ("0.00", None, False),  # not co-financed
        ("25671.36", "25671.36", False),  # an amendment without effect on the département
        ("19253.52", "25671.36", True),
        ("0.00", "25671.36", True),  # its money is removed: it is an effect
        ("25671.36", "0.00", True),  # its money comes with the amendment
        ("0.00", "0.00", False),
    ],
)
def test_what_is_an_act_to_bill(montant_cd, precedent, counted):
    """An annex or a renewal co-financed, an amendment that changes the département's amount."""
    assert is_billable(D(montant_cd), None if precedent is None else D(precedent)) is counted


@pytest.mark.parametrize(
    ("montant", "ancien", "nouveau", "attendu"),
    [
        ("34.93", "118.00", "120.01", "35.52"),  # 35.5249…
        ("7325.39", "118.00", "120.01", "7450.17"),  # 7450.1699…
        ("34.93", "100.00", "100.00", "34.93"),
        ("34.93", "100.00", "99.00", "34.58"),  # prices may go down: 34.5807
        ("0.05", "100.00", "110.00", "0.06"),  # 0.055: half-up
    ],
)
def test_a_price_follows_the_index(montant, ancien, nouveau, attendu):
    """Price × new index / old index, half-up to the cent."""
    assert indexed(D(montant), D(ancien), D(nouveau)) == D(attendu)


def test_prices_of_2025_from_those_of_2024():
    """August 2024 over August 2023: 120,01 / 118,00, as published by INSEE."""
    revision = revise(Tarif(D("34.93"), D("7325.39")), 2025)
    assert revision.tarif == Tarif(D("35.52"), D("7450.17"))
    assert (revision.indice_ancien, revision.indice_nouveau) == (D("118.00"), D("120.01"))
    assert [plain(etape.valeur) for etape in revision.etapes] == [
        "118,00",
        "120,01",
        "35,52 €",
        "7 450,17 €",
    ]
    assert plain(revision.etapes[2].calcul) == "34,93 € × 120,01 / 118,00"


def test_an_index_not_recorded_is_named():
    """August 2022 is a gap of the table: the prices of 2024 wait for it, none is guessed."""
    with pytest.raises(ParametreInconnu, match="août 2022 n’est pas renseigné"):
        revise(Tarif(D("34.93"), D("7325.39")), 2024)
    with pytest.raises(ParametreInconnu, match="août 2031"):
        indice_prix(2031)


def test_an_index_known_later_is_not_known_before():
    """The index of August 2024 was published on 13 September 2024."""
    assert indice_prix(2024, date(2024, 9, 13)) == D("120.01")
    with pytest.raises(ParametreInconnu):
        indice_prix(2024, date(2024, 9, 12))


def test_the_gap_is_filled_by_the_asp():
    """A value approved since completes the table."""
    added = Valeur(date(2022, 8, 1), date(2023, 1, 2), D("112.60"), "INSEE")
    with supposing("ipc", "hors_tabac", added):
        assert revise(Tarif(D("34.93"), D("7325.39")), 2024).indice_ancien == D("112.60")
