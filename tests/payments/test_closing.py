"""Closing an annex: never while something may still be due to the structure (spec 02 §5)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from django.urls import reverse

from apps.annexes.models import Suspension
from apps.annexes.services import close_annexe, surviving_debts
from apps.conventions.models import Financeur
from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.payments import ledger
from apps.payments.schemes import simple_entry
from apps.rules.explanation import euros
from tests.payments.dossiers import make_annexe, make_asp, run, statements
from tests.payments.test_preparation import REQUEST

ON = date(2018, 6, 1)


@pytest.fixture
def asp(db):
    return make_asp()


@pytest.fixture
def settled(asp):
    """Three months, too few hours: the final regularisation of April issues orders."""
    months = statements("2018-01", ["910.00", "700.00", "100.00"], brsa=4)
    annexe = make_annexe(REQUEST | {"fin": "2018-03-31", "montant_cd": "5760.24", "mois": months})
    for month in range(1, 5):
        run(asp, f"2018-{month:02d}")
    assert annexe.versements.filter(nature="solde", statut="EXECUTE").count() == 1
    return annexe


def refused(asp, annexe, sentence: str) -> None:
    with pytest.raises(Refus, match=sentence):
        close_annexe(asp.gestionnaire, annexe, on=ON)
    annexe.courante.refresh_from_db()
    assert annexe.courante.etat == "VALIDE"


def correct(annexe, hours: Decimal, valide_le: date) -> None:
    """March is validated again, with more hours on its first line."""
    march = annexe.etats_mensuels.get(mois=date(2018, 3, 1))
    line = march.lignes.order_by("pk").first()
    line.heures_declarees += hours
    line.heures_eligibles += hours
    line.save()
    march.etat, march.valide_le = "VALIDE", valide_le
    march.save()


def test_an_annex_of_which_nothing_is_due_is_closed(asp, settled):
    close_annexe(asp.gestionnaire, settled, on=ON)
    settled.courante.refresh_from_db()
    assert settled.courante.etat == "CLOTURE"


def test_a_statement_opened_again_must_be_validated_first(asp, settled):
    settled.etats_mensuels.filter(mois=date(2018, 3, 1)).update(etat="DEBLOQUE")
    refused(asp, settled, "ne sont pas validés \\(mars 2018\\)")


def test_hours_validated_since_the_final_regularisation_are_settled_first(asp, settled):
    """The second final regularisation reduces the orders; an earlier closing would lose it."""
    correct(settled, Decimal("40.00"), date(2018, 5, 2))
    refused(asp, settled, "peut encore être due")
    run(asp, "2018-05")
    assert settled.versements.filter(nature="solde", sequence=2, recouvre_etat__lt=0).exists()
    close_annexe(asp.gestionnaire, settled, on=ON)


def test_what_a_run_holds_is_released_before_the_closing(asp, settled):
    correct(settled, Decimal("40.00"), date(2018, 5, 2))
    Suspension.objects.create(
        annexe=settled, motif="DECISION", detail="Contrôle", depuis=date(2018, 5, 3)
    )
    run(asp, "2018-05")
    refused(asp, settled, "peut encore être due")


def post(asp, annexe, evenement: str, montant: str) -> None:
    """A document of the State posted on the annex."""
    projet = simple_entry(
        evenement,
        ledger.Piece(annexe.pk, annexe.siae.structure_id, reference="OR-1"),
        Decimal(montant),
        "Essai",
        financeur_id=Financeur.objects.get(type="ETAT").pk,
        mandat_id=None,
    )
    with transaction.atomic():
        ledger.post([projet], date(2018, 5, 15))


def test_the_orders_still_open_are_named_by_the_closing(asp, settled):
    """They survive it: the page, the journal and the message say which, and how much is left."""
    order = settled.ordres.get()
    named = f"Créance restant à recouvrer : OR-{order.numero}, {euros(order.montant)} (État)"
    assert surviving_debts(settled) == [named]
    close_annexe(asp.gestionnaire, settled, on=ON)
    entry = Entree.objects.get(action="annexe.cloturee")
    assert entry.apres["creances_restantes"] == [named]


def test_an_annex_whose_orders_are_paid_is_closed_without_a_debt(asp, settled):
    order = settled.ordres.get()
    order.etat, order.recouvre = "SOLDE", order.montant
    order.save()
    assert surviving_debts(settled) == []
    close_annexe(asp.gestionnaire, settled, on=ON)
    assert "creances_restantes" not in Entree.objects.get(action="annexe.cloturee").apres


def test_what_is_still_due_in_the_accounts_refuses_the_closing(asp, settled):
    """An overpayment kept, then a payment returned by the bank: each with its figure."""
    post(asp, settled, "EXCEDENT", "12.00")
    refused(asp, settled, "12,00\xa0€ versés en trop par la structure sont conservés")
    rejet = ledger.Projet(
        "REJET_VIREMENT",
        "Rejet",
        ledger.Piece(settled.pk, settled.siae.structure_id),
        (ledger.Pose(Financeur.objects.get(type="ETAT").pk, "515", "401", Decimal("310.00")),),
    )
    with transaction.atomic():
        ledger.post([rejet], date(2018, 5, 16))
    refused(asp, settled, "310,00\xa0€ restent à payer à la structure \\(État\\)")


def test_the_page_of_the_closing_says_what_survives_or_what_refuses(asp, settled, client):
    client.force_login(asp.gestionnaire.user)
    address = reverse("annexes:cloturer", args=[settled.pk])
    order = settled.ordres.get()
    assert f"OR-{order.numero}, {euros(order.montant)}" in client.get(address).text
    post(asp, settled, "EXCEDENT", "12.00")
    page = client.get(address).text
    assert "ne peut pas encore être clôturée" in page
    assert "12,00\xa0€ versés en trop" in page
