"""Balances of the ledger: exact figures per key and period, own movements, constant queries."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Membership
from apps.conventions.models import Financeur
from apps.payments import balances, ledger
from apps.payments.models import Ecriture, Mouvement
from apps.payments.schemes import simple_entry
from tests.factories import make_membership, make_organisation
from tests.payments.dossiers import make_annexe, make_asp, make_financeurs, run
from tests.payments.test_preparation import REQUEST, with_statements

D = Decimal
JANUARY = {"du": date(2018, 1, 1), "au": date(2018, 1, 31)}
FEBRUARY = {"du": date(2018, 2, 1), "au": date(2018, 2, 28)}
ALL: dict[str, Any] = {"du": None, "au": None}
# Flat instalment of one month and its two shares.
FLAT, STATE, CD = D("9827.50"), D("7907.21"), D("1920.29")
FUNDS = D("50000000.00")


@pytest.fixture
def asp(db):
    return make_asp()


@pytest.fixture
def annexe(asp):
    """January paid; 25,00 of funds received in February from another département."""
    made = make_annexe(with_statements(1))
    run(asp, "2018-01")
    _etat, other = make_financeurs("068")
    entry = simple_entry(
        "FONDS_RECUS",
        ledger.Piece(reference="RF-9"),
        D("25.00"),
        "Fonds reçus",
        financeur_id=other.pk,
        mandat_id=other.mandats.get().pk,
    )
    with transaction.atomic():
        ledger.post([entry], date(2018, 2, 3))
    return made


def member_of(code: str) -> Membership:
    return make_membership("DECIDEUR", Financeur.objects.get(code=code).organisation)


def rows(acting: Membership, *keys: str, detail: str = "financeur", **periode: Any) -> list[tuple]:
    seen = Mouvement.objects.visible_to(acting)
    names = ("compte", *keys, "ouverture", "debits", "credits", "solde")
    return list(balances.general_balance(seen, detail=detail, **periode).values_list(*names))


def test_the_general_balance_of_a_month(asp, annexe):
    """Opening, debits, credits, closing of each account and funder."""
    assert rows(asp.comptable, "financeur__nom", **JANUARY) == [
        ("401", "Département 062", 0, CD, CD, 0),
        ("401", "État", 0, STATE, STATE, 0),
        ("4671", "Département 062", -FUNDS, 0, 0, -FUNDS),
        ("4671", "Département 068", -FUNDS, 0, 0, -FUNDS),
        ("515", "Département 062", FUNDS, 0, CD, FUNDS - CD),
        ("515", "Département 068", FUNDS, 0, 0, FUNDS),
        ("515", "État", 0, 0, STATE, -STATE),
        ("657", "Département 062", 0, CD, 0, CD),
        ("657", "État", 0, STATE, 0, STATE),
    ]


def test_the_closing_of_a_month_opens_the_next(asp, annexe):
    closing = {row[:2]: row[5] for row in rows(asp.comptable, "financeur", **JANUARY)}
    opening = {row[:2]: row[2] for row in rows(asp.comptable, "financeur", **FEBRUARY)}
    assert {key: solde for key, solde in closing.items() if solde} == opening


@pytest.mark.parametrize("detail", balances.DETAILS)
def test_whatever_the_detail_the_sums_are_the_same(asp, annexe, detail):
    """Debits equal credits, in total and against the movements themselves."""
    found = rows(asp.comptable, detail=detail, **ALL)
    debits = sum(row[2] for row in found)
    assert debits == sum(row[3] for row in found)
    assert debits == sum(Mouvement.objects.values_list("debit", flat=True))
    totaux = balances.totals(Mouvement.objects.all(), **ALL)
    assert (totaux.debits, totaux.credits, totaux.solde) == (debits, debits, 0)


def test_each_key_of_the_detail_tells_its_rows_apart(asp, annexe):
    """The finest detail names the structure and the annex of the payment."""
    seen = Mouvement.objects.visible_to(asp.comptable).filter(compte="657")
    found = balances.general_balance(seen, detail="annexe", **ALL)
    structure = annexe.siae.structure
    assert [
        (r["financeur__nom"], r["structure__denomination"], r["annexe__numero"], r["debiteur"])
        for r in found
    ] == [
        ("Département 062", structure.denomination, annexe.numero, CD),
        ("État", structure.denomination, annexe.numero, STATE),
    ]


def test_a_balance_is_shown_on_its_side(asp, annexe):
    found = balances.general_balance(
        Mouvement.objects.filter(compte__in=("4671", "657")), detail="compte", **ALL
    )
    sides = [(r["compte"], r["debiteur"], r["crediteur"]) for r in found]
    assert sides == [("4671", 0, 2 * FUNDS + D("25.00")), ("657", FLAT, 0)]


def test_a_departement_reads_its_own_movements_only(asp, annexe):
    """Neither the State's, nor another's; those it has succeeded as well."""
    own = rows(member_of("062"), "financeur__nom", **ALL)
    assert {row[1] for row in own} == {"Département 062"}
    assert {row[0] for row in own} == {"401", "4671", "515", "657"}
    other = rows(member_of("068"), "financeur__nom", **ALL)
    assert [row[:3] for row in other] == [
        ("4671", "Département 068", 0),
        ("515", "Département 068", 0),
    ]
    etat, cd = make_financeurs()
    _etat, heir = make_financeurs("067")
    cd.successeur, cd.succede_le = heir, date(2018, 7, 1)
    cd.save()
    assert {row[1] for row in rows(member_of("067"), "financeur__nom", **ALL)} == {
        "Département 062",
        "Département 067",
    }
    # An organisation that would wrongly bear the State reads nothing of it.
    etat.organisation = make_organisation("CD")
    etat.save()
    assert rows(make_membership("DECIDEUR", etat.organisation), **ALL) == []


@pytest.mark.parametrize("role", ["RESPONSABLE", "SAISIE", "INSTRUCTEUR", "ADMINISTRATEUR"])
def test_the_others_read_nothing(asp, annexe, role):
    acting = make_membership(role)
    assert rows(acting, **ALL) == []
    assert not Ecriture.objects.visible_to(acting).exists()


def test_the_running_balance_of_an_account(asp, annexe):
    """From the opening balance, in the order of the days, to the closing one."""
    run(asp, "2018-02")
    etat, _cd = make_financeurs()
    movements = Mouvement.objects.filter(compte="515", financeur=etat)
    ouverture = balances.totals(movements, **FEBRUARY).ouverture
    assert ouverture == -STATE
    found = balances.account_ledger(movements, ouverture=ouverture, **FEBRUARY)
    assert list(found.values_list("ecriture__jour", "credit", "solde")) == [
        (date(2018, 2, 20), STATE, -2 * STATE)
    ]
    whole = balances.account_ledger(movements, ouverture=D(0), **ALL)
    assert list(whole.values_list("solde", flat=True)) == [-STATE, -2 * STATE]


def test_the_journal_shows_to_each_its_own_amount(asp, annexe):
    paid = Ecriture.objects.filter(evenement="PAIEMENT")
    assert [e.montant for e in balances.journal(paid, asp.comptable)] == [FLAT]
    cd = member_of("062")
    assert [e.montant for e in balances.journal(paid.visible_to(cd), cd)] == [CD]
    assert not paid.visible_to(member_of("068")).exists()


def test_queries_do_not_depend_on_the_movements(asp, annexe):
    def counted() -> int:
        with CaptureQueriesContext(connection) as queries:
            list(balances.general_balance(Mouvement.objects.all(), detail="annexe", **ALL))
            balances.totals(Mouvement.objects.all(), **ALL)
            list(balances.journal(Ecriture.objects.all(), asp.comptable))
        return len(queries)

    assert counted() == 3
    make_annexe(REQUEST)
    run(asp, "2018-02")
    assert counted() == 3
