"""The ledger: schemes of each event, balance per funder, nothing ever changed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.db.models import Sum

from apps.conventions.models import Financeur
from apps.payments import ledger
from apps.payments.models import Campagne, Ecriture, Mouvement, Versement
from apps.payments.schemes import payment_entries
from tests.payments.dossiers import make_annexe, make_asp, run, statements

D = Decimal
REQUEST = {
    "mesure": "ACI_DC",
    "debut": "2018-01-01",
    "fin": "2018-12-31",
    "etp": "6.00",
    "montant_unitaire_annuel": "19655.00",
    "heures_annuelles_etp": "1820",
    "montant_cd": "23040.96",
}


def line(montant: str, part_etat: str, part_cd: str, cd_id: int | None = 2) -> Versement:
    return Versement(
        campagne=Campagne(numero=1),
        annexe_id=7,
        structure_id=8,
        financeur_cd_id=cd_id,
        mois=date(2018, 5, 1),
        nature="regularisation",
        montant=D(montant),
        part_etat=D(part_etat),
        part_cd=D(part_cd),
    )


def scheme(versement: Versement) -> list[tuple]:
    """(event, funder, debit, credit, amount) of each pair; the State is funder 1."""
    return [
        (projet.evenement, pose.financeur_id, pose.debit, pose.credit, pose.montant)
        for projet in payment_entries(versement, 1)
        for pose in projet.poses
    ]


def test_a_shared_payment_is_liquidated_then_paid_by_each_funder():
    """Aid to the payable account, payable account to the treasury, each funder for its share."""
    assert scheme(line("9827.50", "7907.21", "1920.29")) == [
        ("LIQUIDATION", 1, "657", "401", D("7907.21")),
        ("LIQUIDATION", 2, "657", "401", D("1920.29")),
        ("PAIEMENT", 1, "401", "515", D("7907.21")),
        ("PAIEMENT", 2, "401", "515", D("1920.29")),
    ]


def test_a_negative_share_is_taken_over_without_cash_for_the_structure():
    """The structure receives 100, the State bears 130, the département gets 30 back."""
    assert scheme(line("100.00", "130.00", "-30.00")) == [
        ("LIQUIDATION", 1, "657", "401", D("100.00")),
        ("PAIEMENT", 1, "401", "515", D("100.00")),
        ("REIMPUTATION", 1, "657", "581", D("30.00")),
        ("REIMPUTATION", 2, "581", "657", D("30.00")),
        ("REIMPUTATION", 1, "581", "515", D("30.00")),
        ("REIMPUTATION", 2, "515", "581", D("30.00")),
    ]


def test_a_pure_reimputation_pays_nothing():
    """An amount of 0.00 whose shares cancel out only moves money between funders."""
    assert scheme(line("0.00", "-12.00", "12.00")) == [
        ("REIMPUTATION", 1, "581", "657", D("12.00")),
        ("REIMPUTATION", 2, "657", "581", D("12.00")),
        ("REIMPUTATION", 1, "515", "581", D("12.00")),
        ("REIMPUTATION", 2, "581", "515", D("12.00")),
    ]


def test_an_empty_line_has_no_entry():
    """A final regularisation of 0.00 leaves the accounts as they are."""
    assert scheme(line("0.00", "0.00", "0.00", cd_id=None)) == []


def test_sums_of_the_ledger_are_those_of_the_payments(db):
    """Treasury per annex and funder = Σ shares of executed lines; the payable account is empty."""
    asp = make_asp()
    first = make_annexe(REQUEST | {"mois": statements("2018-01", ["910.00"] * 5, brsa=4)})
    second = make_annexe(REQUEST | {"mois": statements("2018-01", ["455.00"] * 5, brsa=1)})
    for month in ("2018-01", "2018-02", "2018-03", "2018-04", "2018-05"):
        run(asp, month)
    connection.check_constraints()
    etat = Financeur.objects.get(type="ETAT")
    cd = Financeur.objects.get(type="CD")
    for annexe in (first, second):
        shares = Versement.objects.executed().filter(annexe=annexe)
        sums = shares.aggregate(etat=Sum("part_etat"), cd=Sum("part_cd"))
        assert ledger.paid_by_annexe([annexe.pk]) == {
            (annexe.pk, etat.pk): sums["etat"],
            (annexe.pk, cd.pk): sums["cd"],
        }
        assert sums["etat"] > 0
        assert sums["cd"] > 0
    balances = ledger.balances(comptes=["401", "581"])
    assert all(balance == 0 for balance in balances.values())
    assert [entry.numero for entry in Ecriture.objects.order_by("numero")] == list(
        range(1, Ecriture.objects.count() + 1)
    )


def commit(*movements: tuple[str, Financeur, str, str], entry: Ecriture | None = None) -> Ecriture:
    """Write movements (account, funder, debit, credit) and check them as a commit would."""
    with transaction.atomic():
        entry = entry or Ecriture.objects.create(
            numero=1, jour="2018-01-20", evenement="LIQUIDATION", libelle="Essai"
        )
        for compte, funder, debit, credit in movements:
            Mouvement.objects.create(
                ecriture=entry,
                compte_id=compte,
                financeur=funder,
                debit=D(debit),
                credit=D(credit),
            )
        connection.check_constraints()
    return entry


@pytest.fixture
def funders(db):
    etat = Financeur.objects.create(type="ETAT", code="ETAT", nom="État")
    cd = Financeur.objects.create(type="CD", code="062", nom="Département")
    return etat, cd


def test_a_balanced_entry_is_accepted(funders):
    """Debit and credit of one funder are equal: nothing to say."""
    etat, _cd = funders
    commit(("657", etat, "10.00", "0"), ("401", etat, "0", "10.00"))
    assert Mouvement.objects.count() == 2


@pytest.mark.parametrize("credit", ["9.99", "10.01"])
def test_an_unbalanced_entry_is_refused_at_commit(funders, credit):
    """One cent of difference refuses the whole transaction."""
    etat, _cd = funders
    with pytest.raises(IntegrityError, match="pas équilibrée"):
        commit(("657", etat, "10.00", "0"), ("401", etat, "0", credit))
    assert Mouvement.objects.count() == 0


def test_an_entry_balances_for_each_funder(funders):
    """What the State pays cannot be balanced by the département's accounts."""
    etat, cd = funders
    with pytest.raises(IntegrityError, match="pas équilibrée"):
        commit(("657", etat, "10.00", "0"), ("401", cd, "0", "10.00"))


def test_an_entry_has_at_least_two_movements(funders):
    """An empty entry says nothing and is refused."""
    with pytest.raises(IntegrityError, match="moins de deux"):
        commit()


def test_a_movement_cannot_be_added_afterwards(funders):
    """Adding to a balanced entry unbalances it: refused at commit as well."""
    etat, _cd = funders
    entry = commit(("657", etat, "10.00", "0"), ("401", etat, "0", "10.00"))
    with pytest.raises(IntegrityError, match="pas équilibrée"):
        commit(("515", etat, "0", "1.00"), entry=entry)
    assert Mouvement.objects.count() == 2


CHANGES = [
    "UPDATE payments_ecriture SET libelle = 'autre'",
    "DELETE FROM payments_ecriture",
    "TRUNCATE payments_ecriture CASCADE",
    "UPDATE payments_mouvement SET debit = debit + 1 WHERE debit > 0",
    "DELETE FROM payments_mouvement",
    "TRUNCATE payments_mouvement",
    "UPDATE payments_versement SET montant = montant + 1, part_etat = part_etat + 1",
    "UPDATE payments_versement SET statut = 'PROPOSE'",
    "DELETE FROM payments_versement",
]


@pytest.mark.parametrize("alias", ["default", "owner"])
def test_what_is_paid_cannot_be_changed_in_sql(committed_db, alias):
    """UPDATE, DELETE and TRUNCATE fail for the application's role and for the owner alike."""
    annexe = make_annexe(REQUEST | {"mois": []})
    run(make_asp(), "2018-01")
    before = _contents()
    assert before["versements"] == [(annexe.pk, D("9827.50"), "EXECUTE")]
    for change in CHANGES:
        with pytest.raises(DatabaseError), transaction.atomic(using=alias):
            connections[alias].cursor().execute(change)
    assert _contents() == before


def _contents() -> dict:
    return {
        "versements": list(Versement.objects.values_list("annexe", "montant", "statut")),
        "ecritures": list(Ecriture.objects.order_by("pk").values_list("pk", "libelle")),
        "mouvements": list(Mouvement.objects.order_by("pk").values_list("pk", "debit", "credit")),
    }
