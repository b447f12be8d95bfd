"""« Pourquoi ce montant ? »: the steps a structure's accountant reads."""

from datetime import date
from decimal import Decimal

import pytest

from apps.rules.etats import Etats
from apps.rules.explanation import euros, heures, heures_etp, nombre, pourcent
from apps.rules.lignes import MoisValide
from apps.rules.periods import Month, month_range
from tests.rules.dossiers import annexe, etats, runs


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (euros(Decimal("117930.00")), "117 930,00 €"),
        (euros(Decimal("-960.46")), "−960,46 €"),
        (euros(Decimal("0.00")), "0,00 €"),
        (heures(Decimal("2730")), "2 730,00 h"),
        (heures_etp(Decimal("1820")), "1 820 h"),
        (heures_etp(Decimal("1712.40")), "1 712,40 h"),
        (pourcent(Decimal("19.54")), "19,54 %"),
        (nombre(Decimal("4678605.36")), "4 678 605,36"),
    ],
)
def test_figures_are_written_in_french(written, expected):
    """Comma, no-break spaces, unit after the figure: it never breaks at the end of a line."""
    assert " " not in written
    assert plain(written) == expected


def steps(nature: str, hours: str = "728.00"):
    lignes = runs([annexe()], etats([hours] * 12), "2018-01", "2019-01")
    chosen = next(ligne for ligne in lignes if ligne.nature == nature)
    return [
        (plain(etape.libelle), plain(etape.calcul), plain(etape.valeur)) for etape in chosen.etapes
    ]


def test_steps_of_a_flat_instalment():
    """Posts, unit amount, then each funder by its rate."""
    assert steps("forfait") == [
        (
            "Montant forfaitaire mensuel, janvier 2018",
            "6,00 ETP × 19 655,00 € / 12",
            "9 827,50 €",
        ),
        ("Part du département au taux de l’annexe", "9 827,50 € × 19,54 %", "1 920,29 €"),
        ("Part de l’État", "9 827,50 € − 1 920,29 €", "7 907,21 €"),
    ]


def test_steps_of_a_regularisation():
    """Hours, their value, the flat months since, what was paid, then the real beneficiaries."""
    assert steps("regularisation") == [
        (
            "Heures éligibles, de janvier à mars 2018",
            "728,00 h + 728,00 h + 728,00 h",
            "2 184,00 h",
        ),
        (
            "Montant dû au titre des heures réalisées, de janvier à mars 2018",
            "2 184,00 h × 19 655,00 € / 1 820 h",
            "23 586,00 €",
        ),
        (
            "Cumul dû : heures réalisées, puis forfait des deux mois suivants",
            "23 586,00 € + 19 655,00 €",
            "43 241,00 €",
        ),
        ("Montant forfaitaire mensuel, mai 2018", "6,00 ETP × 19 655,00 € / 12", "9 827,50 €"),
        (
            "Versement : reste dû, sans être négatif ni dépasser le montant forfaitaire",
            "43 241,00 € − 39 310,00 € déjà versés = 3 931,00 €",
            "3 931,00 €",
        ),
        (
            "Dépense du département pour les bénéficiaires du RSA, de janvier à mars 2018",
            "12 × 480,02 € (12 mois de présence de bénéficiaires)",
            "5 760,24 €",
        ),
        (
            "Part cumulée du département : dépense réelle, puis part forfaitaire des deux mois "
            "suivants, dans la limite de sa participation et du total versé",
            "le plus petit de 9 600,82 €, 23 040,96 € et 43 241,00 €",
            "9 600,82 €",
        ),
        (
            "Part du département dans ce versement",
            "9 600,82 € − 7 681,16 € déjà supportés",
            "1 919,66 €",
        ),
        ("Part de l’État", "3 931,00 € − 1 919,66 €", "2 011,34 €"),
    ]


def test_steps_of_a_recovery():
    """The order gives its bases: overpayment, hours missing, tolerance, share of each funder."""
    found = {label: value for label, _calcul, value in steps("solde", hours="455.00")}
    assert found["Écart d’heures, comparé à la tolérance de 910,00 h"] == "5 460,00 h"
    assert found["Trop-versé recouvré en totalité : l’écart dépasse la tolérance"] == "29 482,50 €"
    orders = [
        Decimal(value.removesuffix(" €").replace(" ", "").replace(",", "."))
        for label, value in found.items()
        if label.startswith("Ordre de recouvrer")
    ]
    assert sum(orders) == Decimal("29482.50")
    assert len(orders) == 2


def test_steps_are_stored_as_texts():
    """Each step becomes four texts, kept beside the amount."""
    ligne = runs([annexe()], {}, "2018-01", "2018-01")[0]
    stored = [etape.as_dict() for etape in ligne.etapes]
    assert [sorted(one) for one in stored] == [["calcul", "libelle", "reference", "valeur"]] * 3
    assert all(isinstance(text, str) and text for one in stored for text in one.values())


def test_the_months_of_beneficiaries_are_priced_one_amount_at_a_time():
    """What a judge must be able to compute again: so many persons at each amount of the year."""
    months = month_range(Month(2023, 1), Month(2023, 4))
    prices = {1: "526.71", 2: "526.71", 3: "0.00", 4: "534.82"}
    persons = {1: 2, 2: 1, 3: 0, 4: 3}
    valides = {
        mois: MoisValide(
            mois,
            Decimal("728.00"),
            persons[mois.month],
            persons[mois.month] * Decimal(prices[mois.month]),
            date(2023, 5, 31),
        )
        for mois in months
    }
    found = Etats(months, valides, date(2023, 6, 1)).explain_brsa(4, Decimal("3184.59"))
    assert plain(found.calcul) == (
        "3 × 526,71 € + 3 × 534,82 € (6 mois de présence de bénéficiaires)"
    )


def test_a_gap_tolerated_below_the_total_claims_nothing():
    """The subtraction that is printed is the one whose result is shown."""
    hours = ["900.00"] * 11 + ["300.00"]
    lignes = runs([annexe()], etats(hours), "2018-01", "2019-01")
    solde = next(ligne for ligne in lignes if ligne.nature == "solde")
    verdict = next(e for e in solde.etapes if e.libelle.startswith("À recouvrer"))
    assert plain(verdict.calcul) == ("116 958,05 € − 117 930,00 € = −971,95 € : aucun dépassement")
    assert plain(verdict.valeur) == "0,00 €"
