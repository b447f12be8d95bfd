"""A debt set off against a payment of the same structure and funder (spec 05 §5)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import transaction

from apps.conventions.models import Financeur
from apps.payments import reglements
from apps.payments.documents import TEMPLATE as AVIS
from apps.payments.documents import notice_context
from apps.payments.equation import equation_of
from apps.payments.models import (
    AvisDePaiement,
    Campagne,
    Deduction,
    Ecriture,
)
from apps.payments.services import (
    prepare_campagne,
)
from tests.documents.test_notices_and_orders import text_of
from tests.payments.dossiers import leave_funds, make_annexe, make_asp, run
from tests.payments.test_funds import ZERO, due_to, transfers
from tests.payments.test_preparation import FLAT, JANVIER, with_statements


@pytest.fixture
def asp(db):
    return make_asp()


def set_off(*amounts: str, financeur: str = "cd"):
    """A step that proposes these amounts on the first line of the run."""

    def step(campagne: Campagne) -> list[Deduction]:
        line = campagne.versements.proposed().order_by("pk").first()
        own = line.financeur_cd if financeur == "cd" else _etat()
        return [
            Deduction(
                versement=line,
                financeur=own,
                annexe=line.annexe,
                mandat=line.mandat if financeur == "cd" else None,
                reference=f"CP-{rank}",
                montant=Decimal(amount),
            )
            for rank, amount in enumerate(amounts, start=1)
        ]

    return step


def _etat() -> Financeur:
    return Financeur.objects.get(type="ETAT")


def test_a_debt_is_set_off_without_netting(asp, monkeypatch):
    """The transfer is lower; the treasury shows what is paid and what is recovered."""
    annexe = make_annexe(with_statements(1))
    monkeypatch.setattr(reglements, "DEDUCTION_STEPS", [set_off("20.29")])
    campagne = run(asp, "2018-01")
    assert transfers(campagne) == [(annexe.pk, FLAT - Decimal("20.29"))]
    entry = Ecriture.objects.get(evenement="COMPENSATION")
    assert entry.reference == "CP-1"
    assert list(entry.mouvements.values_list("compte", "debit", "credit")) == [
        ("401", Decimal("20.29"), ZERO),
        ("515", ZERO, Decimal("20.29")),
        ("515", Decimal("20.29"), ZERO),
        ("463", ZERO, Decimal("20.29")),
    ]
    assert due_to(annexe, annexe.courante.financeur_cd) == ZERO
    equation = equation_of(campagne)
    assert (equation.compense, equation.ecart) == (Decimal("20.29"), ZERO)
    with pytest.raises(Exception, match="ne se modifie pas"), transaction.atomic():
        Deduction.objects.update(montant=Decimal("1.00"))


@pytest.mark.parametrize(
    ("step", "funds"),
    [
        (set_off("1920.30"), "50000.00"),  # above the département's cash
        (set_off("1920.29", "0.01"), "50000.00"),
        (set_off("7907.22", financeur="etat"), "50000.00"),
        (set_off("0.01"), "0.00"),  # its cash waits: there is nothing to set off
    ],
)
def test_a_set_off_never_exceeds_the_cash_of_its_funder(asp, monkeypatch, step, funds):
    make_annexe(with_statements(1))
    leave_funds(funds)
    monkeypatch.setattr(reglements, "DEDUCTION_STEPS", [step])
    with pytest.raises(ValueError, match="above the cash"):
        prepare_campagne(asp.gestionnaire, JANVIER)


def test_the_whole_cash_may_be_set_off(asp, monkeypatch):
    """Nothing is left to transfer: a notice, no transfer, nothing to send."""
    make_annexe(with_statements(1))
    both = [set_off("1920.29"), _of_the_state]
    monkeypatch.setattr(reglements, "DEDUCTION_STEPS", both)
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    assert (campagne.montant_vire, campagne.virements.count()) == (ZERO, 0)
    assert equation_of(campagne).compense == FLAT


def _of_the_state(campagne: Campagne) -> list[Deduction]:
    (deduction,) = set_off("7907.21", financeur="etat")(campagne)
    deduction.reference = "CP-9"
    return [deduction]


def test_the_notice_says_what_is_set_off(asp, monkeypatch):
    annexe = make_annexe(with_statements(1))
    monkeypatch.setattr(reglements, "DEDUCTION_STEPS", [set_off("20.29")])
    run(asp, "2018-01")
    said = text_of(AVIS, notice_context(AvisDePaiement.objects.get(annexe=annexe)))
    assert "Montant payé à votre structure, compensations comprises 9 827,50 €" in said
    assert "Compensé avec l’ordre de recouvrer CP-1 (Département 062) −20,29 €" in said
    assert "Viré sur votre compte 9 807,21 €" in said
