"""What an amendment changes to the restitutions and the bilans: the version they speak of, an annex
extended once settled, the orders of a département whose money was removed before any payment.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.annexes.models import AnnexeFinanciere
from apps.dashboards.bilans.calculs import final_bilan, quarter_bilan
from apps.dashboards.bilans.lecture import read_facts
from apps.dashboards.bilans.trimestres import quarters
from apps.dashboards.restitutions.perimetre import read_versions
from apps.dashboards.restitutions.registry import RESTITUTIONS
from apps.dashboards.restitutions.restitution import Criteres
from apps.payments.models import Versement
from apps.recoveries.models import OrdreDeRecouvrer
from apps.rules.periods import Month, month_range
from tests.documents.conftest import case
from tests.factories import make_membership
from tests.payments.dossiers import Asp, add_version, make_annexe, make_asp, make_financeurs, run

SEPTEMBER = date(2018, 9, 5)


@pytest.fixture
def asp(db, settings) -> Asp:
    settings.TODAY = SEPTEMBER
    make_financeurs()
    return make_asp()


def amend(annexe: AnnexeFinanciere, figures: dict) -> None:
    """A version more, now in force."""
    annexe.versions.update(etat="HISTORISE")
    rank = annexe.versions.count()
    cd = make_financeurs()[1]
    annexe.courante = add_version(annexe, figures, modification=rank, cd=cd)
    annexe.save()


def settle(asp: Asp, first: int = 1, last: int = 8) -> None:
    for mois in month_range(Month(2018, first), Month(2018, last)):
        run(asp, str(mois))


def final_of(reader, annexe: AnnexeFinanciere):
    (version,) = read_versions(reader, Criteres(annexe=annexe))
    return final_bilan(read_facts(reader, [version], SEPTEMBER)[0], SEPTEMBER)


@pytest.mark.parametrize("key", ["suivi-annexes", "suivi-postes"])
def test_the_period_bears_on_the_version_in_force(asp: Asp, key: str):
    """Shortened to April: not an annex of June any more, whatever its first version said."""
    annexe = make_annexe(case("annexe-de-six-mois"))
    figures = {**case("annexe-de-six-mois"), "fin": "2018-04-30", "a_partir_de": "2018-03"}
    amend(annexe, figures)
    restitution, reader = RESTITUTIONS[key], asp.gestionnaire
    june = Criteres(debut=date(2018, 6, 1))
    assert list(restitution.rows(reader, june)) == []
    assert restitution.count(reader, june) == 0
    april = Criteres(debut=date(2018, 4, 1), fin=date(2018, 6, 1))
    assert {row["annexe_id"] for row in restitution.rows(reader, april)} == {annexe.pk}


def test_an_annex_extended_once_settled_is_open_again(asp: Asp):
    """Left to pay is that of the months added; the follow-up and the bilan say the same."""
    annexe = make_annexe(case("annexe-de-six-mois"))
    settle(asp)
    reader = asp.gestionnaire
    assert final_of(reader, annexe).soldee
    (row,) = RESTITUTIONS["suivi-annexes"].rows(reader, Criteres())
    assert row["reste"] == 0
    figures = {**case("annexe-de-six-mois"), "fin": "2018-11-30", "a_partir_de": "2018-09"}
    amend(annexe, figures)
    assert not final_of(reader, annexe).soldee
    (row,) = RESTITUTIONS["suivi-annexes"].rows(reader, Criteres())
    assert row["reste"] == row["montant_total"] - row["verse"] > 0
    committed = [r for r in RESTITUTIONS["suivi-engagements"].rows(reader, Criteres()) if r["paye"]]
    assert [r["reste"] for r in committed] == [r["engage"] - r["paye"] for r in committed]


def test_orders_of_the_state_once_the_money_of_a_departement_was_removed(asp: Asp):
    """Removed before any payment: the order is the State's affair, and no figure of it is read."""
    annexe, cut = make_annexe(case("annexe-ecourtee")), case("annexe-ecourtee")
    alone = {**cut, "montant_cd": "0.00"}
    amend(annexe, {**alone, "a_partir_de": "2018-01"})
    amend(annexe, {**alone, **cut["avenants"][0], "montant_cd": "0.00"})
    settle(asp)
    (order,) = OrdreDeRecouvrer.objects.filter(annexe=annexe)
    assert [row.montant for row in final_of(asp.gestionnaire, annexe).ordres] == [order.montant]
    cd = make_membership("LECTEUR", make_financeurs()[1].organisation)
    bilan = final_of(cd, annexe)
    assert bilan.ordres == []
    assert (
        {line.verse for line in bilan.montants} == {line.ordres for line in bilan.montants} == {0}
    )


CASES = (
    "annexe-de-six-mois",
    "annexe-ecourtee",
    "baisse-des-postes-en-juillet",
    "annee-pleine-realisee",
    "moitie-des-heures",
)


@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_quarters_and_final_regularisations_are_the_final_bilan(
    asp: Asp, settings, name: str, extended: bool
):
    """To the cent, by funder: quarters, instalments out of the period and final regularisations
    make what the lines paid; each account adds up; the worth of the hours too."""
    on = settings.TODAY = date(2019, 2, 1)
    annexe = make_annexe(case(name))
    settle(asp, last=8 if extended else 12)
    if extended:
        figures = {**case("annexe-de-six-mois"), "fin": "2018-11-30", "a_partir_de": "2018-09"}
        amend(annexe, {**figures, "taux_cd": "30.00"})
        settle(asp, first=9, last=12)
    (version,) = read_versions(asp.gestionnaire, Criteres(annexe=annexe))
    facts = read_facts(asp.gestionnaire, [version], on)[0]
    final = final_bilan(facts, on)
    bilans = [quarter_bilan(facts, quarter, on) for quarter in quarters(facts.dossier)]
    lines = Versement.objects.executed().filter(annexe=annexe)
    for funder, column in enumerate(("part_etat", "part_cd", "montant")):
        whole = final.montants[funder]
        paid = sum(lines.values_list(column, flat=True), Decimal(0))
        assert whole.verse == paid
        of_quarters = sum((b.montants[funder].verse for b in bilans), Decimal(0))
        assert of_quarters + whole.hors_periode + whole.soldes == paid
        assert bilans[-1].montants_cumules[funder].verse == of_quarters
        shown = final.composition_total
        assert (shown.etat, shown.cd, shown.total)[funder] == paid
        for account in (whole, *(b.montants[funder] for b in bilans)):
            gaps = ("regularise", "rappels", "limites", "non_payes", "hors_periode", "soldes")
            parted = sum((getattr(account, gap) for gap in gaps), Decimal(0))
            assert account.prevu + parted == account.verse
    worth = [b.montants[-1].du for b in bilans]
    assert None in worth or sum(worth, Decimal(0)) == final.montants[-1].du
    owed = sum((order.montant for order in final.ordres), Decimal(0))
    assert final.reste_du == owed == final.creances_total.emis
