"""Holds put before a payment: changed account, sharp fall, rejected transfer (spec 05 §1)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.accounts.models import Notification, Role
from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.payments.equation import equation_of
from apps.payments.models import BlocagePaiement, Campagne
from apps.payments.services import (
    abandon_campagne,
    control_campagne,
    execute_campagne,
    lift_block,
    prepare_campagne,
    preview_campagne,
)
from apps.siae.models import CoordonneesBancaires
from tests.factories import make_membership, make_user
from tests.payments.dossiers import make_annexe, make_asp, make_bank, run, signed_run, statements
from tests.payments.test_preparation import FEVRIER, FLAT, JANVIER, REQUEST, with_statements

OTHER = "FR1420041010050500013M02606"
MAI = date(2018, 5, 1)


@pytest.fixture
def asp(db):
    return make_asp()


def change_account(annexe, iban: str = OTHER) -> CoordonneesBancaires:
    structure = annexe.siae.structure
    structure.coordonnees_bancaires.update(etat="REMPLACEE")
    account = make_bank(structure)
    account.iban = iban
    account.save()
    return account


def held(campagne: Campagne) -> list[tuple]:
    return list(campagne.retenues.order_by("pk").values_list("annexe", "mois", "motif"))


# --- A changed account -------------------------------------------------------------------------
def test_a_new_account_is_held_until_somebody_else_lifts_it(asp):
    """Paid in January on an account, another one in February: held, lifted, paid with March."""
    annexe, other = make_annexe(with_statements(2)), make_annexe(with_statements(2))
    run(asp, "2018-01")
    account = change_account(annexe)
    campagne = run(asp, "2018-02")
    assert held(campagne) == [(annexe.pk, FEVRIER, "BANQUE_MODIFIEE")]
    assert [line.annexe for line in campagne.versements.executed()] == [other]
    blocage = BlocagePaiement.objects.get()
    assert (blocage.structure, blocage.annexe) == (annexe.siae.structure, None)
    assert (blocage.objet, blocage.pose_par) == (f"compte {account.pk}", None)
    assert blocage.detail == campagne.retenues.get().detail
    assert "FR14 … 2606" in blocage.detail
    assert Entree.objects.get(action="blocage.pose").objet_id == blocage.pk

    checker = make_membership(
        Role.GESTIONNAIRE, asp.gestionnaire.organisation, user=account.controle_par
    )
    with pytest.raises(Refus, match="Vous avez contrôlé ces coordonnées bancaires"):
        lift_block(checker, blocage, motif="Vu")
    blocage.refresh_from_db()
    assert blocage.leve_le is None
    lift_block(asp.gestionnaire, blocage, motif="Structure jointe au téléphone.")
    march = run(asp, "2018-03")
    assert sum(line.montant for line in march.versements.executed().filter(annexe=annexe)) == (
        2 * FLAT
    )
    assert march.virements.get(annexe=annexe).coordonnees == account
    # The account credited last is now this one: nothing is held any more.
    assert BlocagePaiement.objects.count() == 1


@pytest.mark.parametrize(
    "case", ["first payment ever", "same account recorded again", "account unchanged"]
)
def test_what_is_no_change_holds_nothing(asp, case):
    annexe = make_annexe(with_statements(2))
    if case != "first payment ever":
        run(asp, "2018-01")
    if case == "same account recorded again":
        change_account(annexe, annexe.siae.structure.coordonnees_bancaires.get().iban)
    prepare_campagne(asp.gestionnaire, FEVRIER)
    assert not BlocagePaiement.objects.exists()


def test_the_hold_of_an_account_falls_with_it(asp):
    """The former account is back: its hold no longer counts, and is closed by the product."""
    annexe = make_annexe(with_statements(2))
    run(asp, "2018-01")
    former = annexe.siae.structure.coordonnees_bancaires.get()
    changed = change_account(annexe)
    campagne = prepare_campagne(asp.gestionnaire, FEVRIER)
    abandon_campagne(asp.gestionnaire, campagne, motif="Compte erroné")
    CoordonneesBancaires.objects.filter(pk=changed.pk).update(etat="REMPLACEE")
    CoordonneesBancaires.objects.filter(pk=former.pk).update(etat="ACTIVE")
    campagne = prepare_campagne(asp.gestionnaire, FEVRIER)
    assert held(campagne) == []
    blocage = BlocagePaiement.objects.get()
    assert (blocage.leve_par, blocage.motif_levee) == (
        None,
        "Ce compte n’est plus celui de la structure.",
    )


# --- A sharp fall ------------------------------------------------------------------------------
def falling(hours: str) -> dict:
    """An annex whose first quarter was hardly worked: its fifth month is regularised."""
    months = statements("2018-01", [hours] * 3 + ["910.00"], brsa=1)
    return REQUEST | {"mois": months}


def until_april(asp, request: dict):
    annexe = make_annexe(request)
    for month in range(1, 5):
        run(asp, f"2018-{month:02d}")
    return annexe


@pytest.mark.parametrize(
    ("hours", "montant", "stopped"),
    [
        ("900.00", Decimal("9503.52"), False),  # 90 hours less than foreseen: a small fall
        ("629.00", Decimal("723.56"), True),  # below a tenth of the flat amount
        ("500.00", Decimal("0.00"), False),  # nothing to pay is nothing to hold
    ],
)
def test_an_instalment_in_sharp_fall_is_held(asp, hours, montant, stopped):
    annexe = until_april(asp, falling(hours))
    campagne = prepare_campagne(asp.gestionnaire, MAI)
    if not stopped:
        assert [line.montant for line in campagne.versements.all()] == [montant]
        assert held(campagne) == []
        assert not BlocagePaiement.objects.exists()
        return
    assert held(campagne) == [(annexe.pk, MAI, "BAISSE")]
    hold = campagne.retenues.get()
    assert (hold.montant_prevu, hold.nature) == (montant, "regularisation")
    assert hold.detail == (
        "L’échéance de mai 2018, 723,56\u00a0€, est très inférieure à la précédente, "
        "9\u00a0827,50\u00a0€ : l’ASP la vérifie."
    )
    assert equation_of(campagne).ecart == Decimal("0.00")
    assert control_campagne(asp.gestionnaire, campagne).etat == "CONTROLEE"


def test_a_fall_checked_once_is_paid_for_good(asp):
    """Lifted, the run prepared again pays it, and the next ones never hold it again."""
    annexe = until_april(asp, falling("629.00"))
    campagne = prepare_campagne(asp.gestionnaire, MAI)
    lift_block(asp.gestionnaire, BlocagePaiement.objects.get(), motif="Heures vérifiées.")
    abandon_campagne(asp.gestionnaire, campagne, motif="À reprendre")
    campagne = prepare_campagne(asp.gestionnaire, MAI)
    assert held(campagne) == []
    assert campagne.versements.proposed().get().annexe == annexe
    assert BlocagePaiement.objects.count() == 1


def test_only_the_annex_in_fall_is_held(asp):
    """Another annex of the same run is paid."""
    annexe, other = make_annexe(falling("629.00")), make_annexe(with_statements(4))
    for month in range(1, 5):
        run(asp, f"2018-{month:02d}")
    campagne = prepare_campagne(asp.gestionnaire, MAI)
    assert held(campagne) == [(annexe.pk, MAI, "BAISSE")]
    assert [line.annexe for line in campagne.versements.all()] == [other]


# --- The preview, the lifting ------------------------------------------------------------------
def test_the_preview_holds_and_keeps_nothing(asp):
    annexe = make_annexe(with_statements(2))
    run(asp, "2018-01")
    change_account(annexe)
    told = Notification.objects.count()
    apercu = preview_campagne(asp.gestionnaire, FEVRIER)
    assert [hold.motif for hold in apercu.retenues] == ["BANQUE_MODIFIEE"]
    assert not BlocagePaiement.objects.exists()
    assert Notification.objects.count() == told


@pytest.fixture
def blocage(asp) -> BlocagePaiement:
    annexe = make_annexe(REQUEST)
    return BlocagePaiement.objects.create(
        structure=annexe.siae.structure,
        motif="REJET_VIREMENT",
        detail="Compte clos.",
        objet="virement 1",
        pose_le=JANVIER,
    )


@pytest.mark.parametrize("role", Role)
def test_only_a_gestionnaire_lifts(blocage, role):
    acting = make_membership(role)
    if role is Role.GESTIONNAIRE:
        lift_block(acting, blocage, motif="Vu", on=date(2018, 1, 25))
        blocage.refresh_from_db()
        assert (blocage.leve_le, blocage.leve_par) == (date(2018, 1, 25), acting.user)
        assert Entree.objects.get(action="blocage.leve").motif == "Vu"
        told = Notification.objects.get(organisation=blocage.structure.organisation)
        assert told.titre == "Paiements débloqués"
        with pytest.raises(Refus, match="Ce blocage est levé depuis le 25/01/2018"):
            lift_block(acting, blocage, motif="Encore")
        return
    with pytest.raises(Refus, match="Seul un gestionnaire de l’ASP"):
        lift_block(acting, blocage, motif="Vu")
    blocage.refresh_from_db()
    assert (blocage.leve_le, blocage.motif_levee) == (None, "")


def test_the_list_no_longer_offers_to_lift_what_is_lifted(asp, blocage, client):
    client.force_login(asp.gestionnaire.user)
    address = reverse("payments:blocage_lever", args=[blocage.pk])
    assert address in client.get(reverse("payments:blocages")).content.decode()
    lift_block(asp.gestionnaire, blocage, motif="Vu")
    shown = client.get(reverse("payments:blocages")).content.decode()
    assert "Vu" in shown
    assert address not in shown


def test_a_lifting_has_a_reason(asp, blocage):
    with pytest.raises(Refus, match="Indiquez le motif de la levée"):
        lift_block(asp.gestionnaire, blocage, motif="  ")
    blocage.refresh_from_db()
    assert blocage.leve_le is None


def test_a_hold_stops_the_run_of_its_structure(asp, blocage):
    """Whatever put it: nothing is paid, the reason is told, cash by cash."""
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    assert [(hold.motif, hold.detail) for hold in campagne.retenues.all()] == [
        ("REJET_VIREMENT", "Compte clos.")
    ]
    assert campagne.montant_vire == 0


def test_a_rejection_known_after_the_approval_stops_the_visa_and_the_execution(asp):
    """The same account would be rejected again: the agent comptable rejects the lines first."""
    annexe = make_annexe(REQUEST)
    campagne = signed_run(asp, "2018-01")
    BlocagePaiement.objects.create(
        structure=annexe.siae.structure,
        motif="REJET_VIREMENT",
        detail="Compte clos.",
        objet="virement 1",
        pose_le=JANVIER,
        pose_par=make_user(),
    )
    with pytest.raises(Refus, match="La banque a rejeté un virement de la structure"):
        execute_campagne(asp.comptable, campagne, on=date(2018, 1, 22))
    campagne.refresh_from_db()
    assert campagne.etat == "VISEE"
