"""Payment only within the funds of the département: who waits, who is paid next (spec 05 §3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.annexes.models import Suspension
from apps.payments import ledger
from apps.payments.equation import equation_of, funds_of
from apps.payments.models import (
    AvisDePaiement,
    Campagne,
    Mouvement,
    PartEnAttente,
    Virement,
)
from apps.payments.reglements import settle, shortages
from apps.payments.services import (
    abandon_campagne,
    approve_campagne,
    control_campagne,
    execute_campagne,
    prepare_campagne,
    preview_campagne,
    reject_line,
    visa_campagne,
    withdraw_line,
)
from tests.payments.dossiers import leave_funds, make_annexe, make_asp, run, signed_run
from tests.payments.test_preparation import FEVRIER, FLAT, JANVIER, with_statements

ETAT, CD = Decimal("7907.21"), Decimal("1920.29")
PAID_ON = date(2018, 1, 22)
ZERO = Decimal("0.00")


@pytest.fixture
def asp(db):
    return make_asp()


@pytest.fixture
def two(asp):
    """Two annexes, the funds of one: 2 000,00 € for 2 × 1 920,29 €."""
    first, second = make_annexe(with_statements(3)), make_annexe(with_statements(3))
    leave_funds("2000.00")
    return first, second


def transfers(campagne: Campagne) -> list[tuple]:
    return list(
        campagne.virements.order_by("annexe__numero", "pk").values_list("annexe", "montant")
    )


def left(mandat) -> Decimal:
    return ledger.treasury([mandat.pk])[mandat.pk]


def due_to(annexe, financeur) -> Decimal:
    """What the accounts owe the structure of an annex (401), in euros."""
    rows = Mouvement.objects.filter(annexe=annexe, financeur=financeur, compte="401")
    return sum((row.credit - row.debit for row in rows), ZERO)


def test_the_share_of_the_departement_waits_then_is_paid(asp, two):
    """January: B gets the State's share alone. February: its January first, and so on."""
    first, second = two
    cd = second.courante.financeur_cd
    mandat = cd.mandats.get()
    january = run(asp, "2018-01")
    assert transfers(january) == [(first.pk, FLAT), (second.pk, ETAT)]
    assert january.montant_vire == FLAT + ETAT == Decimal("17734.71")
    part = PartEnAttente.objects.get()
    assert (part.versement.annexe, part.especes, part.reimputation) == (second, CD, ZERO)
    assert (part.mandat, part.liberation, part.liberee_le) == (mandat, None, None)
    hold = january.retenues.get()
    assert (hold.annexe, hold.motif, hold.mois, hold.montant_prevu) == (
        second,
        "FONDS",
        JANVIER,
        CD,
    )
    assert hold.detail == (
        "La part du département attend des fonds. Convention de mandat mandat 062 : "
        "2\u00a0000,00\u00a0€ disponibles, 3\u00a0840,58\u00a0€ à payer. "
        "Elle sera versée par la première campagne qui aura les fonds."
    )
    assert left(mandat) == Decimal("79.71")
    assert (due_to(second, cd), due_to(first, cd)) == (CD, ZERO)
    assert ledger.paid_by_annexe([second.pk])[second.pk, cd.pk] == CD
    assert shortages() == {mandat.pk: Decimal("1840.58")}

    leave_funds("5079.71")
    february = run(asp, "2018-02")
    # January of the second annex, February of the first; February of the second waits.
    assert transfers(february) == [(first.pk, FLAT), (second.pk, ETAT + CD)]
    part.refresh_from_db()
    assert (part.liberation, part.liberee_le) == (february, date(2018, 2, 20))
    assert left(mandat) == Decimal("1239.13")
    waiting = PartEnAttente.objects.get(liberee_le=None)
    assert (waiting.versement.annexe, waiting.versement.mois) == (second, FEVRIER)
    assert due_to(second, cd) == CD

    leave_funds("50000.00")
    march = run(asp, "2018-03")
    assert transfers(march) == [(first.pk, FLAT), (second.pk, FLAT + CD)]
    assert due_to(second, cd) == ZERO
    assert not PartEnAttente.objects.filter(liberee_le=None).exists()
    assert not march.retenues.exists()
    assert shortages() == {}
    assert left(mandat) == Decimal("50000.00") - 3 * CD


def test_notices_say_what_is_paid_now(asp, two):
    """The notice of a short month is the State's share; the next one adds what waited."""
    first, second = two
    run(asp, "2018-01")
    leave_funds("50000.00")
    run(asp, "2018-02")
    rows = AvisDePaiement.objects.filter(annexe=second).order_by("numero")
    assert list(rows.values_list("montant", "part_etat", "part_cd")) == [
        (ETAT, ETAT, ZERO),
        (FLAT + CD, ETAT, 2 * CD),
    ]
    assert AvisDePaiement.objects.filter(annexe=first).first().montant == FLAT


def test_what_is_due_is_paid_waiting_held_or_refused(asp, two):
    """The equation of the run, to the cent, before and after its execution."""
    _first, second = two
    third = make_annexe(with_statements(3), bank=False)
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    before = equation_of(campagne)
    assert (before.du, before.a_payer, before.en_attente) == (3 * FLAT, FLAT + ETAT, CD)
    assert (before.retenus, before.ecarte, before.ecart) == (FLAT, ZERO, ZERO)
    assert campagne.retenues.get(annexe=third).motif == "BANQUE"
    (short,) = funds_of(campagne)
    assert (short.attente, short.reste) == (CD, Decimal("2000.00"))
    withdraw_line(asp.gestionnaire, campagne.versements.get(annexe=second), motif="Pièce")
    campagne.refresh_from_db()
    after = equation_of(campagne)
    assert (after.du, after.a_payer, after.en_attente) == (3 * FLAT, FLAT, ZERO)
    assert (after.retenus, after.ecarte, after.ecart) == (FLAT, FLAT, ZERO)
    assert campagne.retenues.get(annexe=second).motif == "RETRAIT"


def test_a_line_that_leaves_makes_room_for_the_next(asp, two):
    """The first annex withdrawn: the funds pay the second."""
    first, second = two
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    assert transfers(campagne) == [(first.pk, FLAT), (second.pk, ETAT)]
    withdraw_line(asp.gestionnaire, campagne.versements.get(annexe=first), motif="Pièce")
    campagne.refresh_from_db()
    assert transfers(campagne) == [(second.pk, FLAT)]
    assert (campagne.montant_vire, PartEnAttente.objects.count()) == (FLAT, 0)
    assert list(campagne.retenues.values_list("annexe", "motif")) == [(first.pk, "RETRAIT")]
    assert campagne.nombre_retenues == 1


def test_what_was_approved_does_not_grow(asp, two):
    """Rejected after the approval, a line takes its own away; nothing else is paid instead."""
    first, second = two
    campagne = signed_run(asp, "2018-01")
    accounts = dict(campagne.virements.values_list("annexe", "coordonnees"))
    assert None not in accounts.values()
    reject_line(asp.comptable, campagne.versements.get(annexe=first), motif="Pièce")
    campagne.refresh_from_db()
    assert transfers(campagne) == [(second.pk, ETAT)]
    assert campagne.montant_vire == ETAT
    assert campagne.virements.get().coordonnees_id == accounts[second.pk]
    execute_campagne(asp.comptable, campagne, on=PAID_ON)
    assert PartEnAttente.objects.get().versement.annexe == second


def test_a_rejected_line_takes_what_waited_for_it(asp, two):
    """Its hold becomes that of the rejection."""
    first, second = two
    campagne = signed_run(asp, "2018-01")
    reject_line(asp.comptable, campagne.versements.get(annexe=second), motif="Pièce")
    campagne.refresh_from_db()
    assert transfers(campagne) == [(first.pk, FLAT)]
    assert not PartEnAttente.objects.exists()
    assert campagne.retenues.get().motif == "RETRAIT"


def test_funds_received_before_the_approval_are_used(asp, two):
    """Controlled while short, approved once the funds are there: everything is paid."""
    first, second = two
    campagne = control_campagne(asp.gestionnaire, prepare_campagne(asp.gestionnaire, JANVIER))
    leave_funds("50000.00")
    campagne = approve_campagne(asp.ordonnateur, campagne)
    assert transfers(campagne) == [(first.pk, FLAT), (second.pk, FLAT)]
    assert (campagne.version_regles, campagne.retenues.count()) == ("2026.11", 0)
    # From then on they are frozen.
    leave_funds("2000.00")
    campagne = visa_campagne(asp.comptable, campagne)
    assert campagne.montant_vire == 2 * FLAT


def test_a_run_given_up_frees_everything(asp, two):
    """No part, no transfer, no release is left of it; the next run finds them again."""
    first, second = two
    run(asp, "2018-01")
    leave_funds("50000.00")
    campagne = prepare_campagne(asp.gestionnaire, FEVRIER)
    assert campagne.liberations.count() == 1
    abandon_campagne(asp.gestionnaire, campagne, motif="Essai")
    campagne.refresh_from_db()
    assert (campagne.montant_vire, campagne.virements.count()) == (ZERO, 0)
    assert PartEnAttente.objects.get().liberation is None
    assert transfers(prepare_campagne(asp.gestionnaire, FEVRIER)) == [
        (first.pk, FLAT),
        (second.pk, FLAT + CD),
    ]


def test_the_preview_tells_it_and_keeps_nothing(asp, two):
    """Equation and holds of the preview are those of the run."""
    apercu = preview_campagne(asp.gestionnaire, JANVIER)
    assert (apercu.equation.vire, apercu.equation.en_attente) == (FLAT + ETAT, CD)
    assert [hold.motif for hold in apercu.retenues] == ["FONDS"]
    assert not Virement.objects.exists()
    assert not PartEnAttente.objects.exists()


def test_a_complement_pays_what_waited_alone(asp, two):
    """Same month, nothing new but the funds: a run of releases only, with its notice."""
    _first, second = two
    run(asp, "2018-01")
    leave_funds("50000.00")
    campagne = run(asp, "2018-01", day=25)
    assert (campagne.nombre_versements, campagne.montant_vire) == (0, CD)
    assert transfers(campagne) == [(second.pk, CD)]
    notice = campagne.avis.get()
    assert (notice.annexe, notice.montant, notice.part_cd) == (second, CD, CD)


def test_a_held_structure_keeps_its_share_and_blocks_nobody(asp, two):
    """Suspended by decision: its part is not released, the others are paid without it."""
    first, second = two
    run(asp, "2018-01")
    Suspension.objects.create(
        annexe=second, motif="DECISION", detail="Contrôle en cours.", depuis=date(2018, 2, 1)
    )
    leave_funds("50000.00")
    campagne = run(asp, "2018-02")
    assert transfers(campagne) == [(first.pk, FLAT)]
    hold = campagne.retenues.get(motif="FONDS")
    assert (hold.annexe, hold.mois, hold.montant_prevu) == (second, JANVIER, CD)
    assert hold.detail == (
        "La part du département, en attente de fonds, reste retenue : Contrôle en cours."
    )
    assert equation_of(campagne).ecart == ZERO


def force(campagne: Campagne, part_cd: str) -> Campagne:
    """A share of the département as a regularisation may give it, then signed as it is."""
    line = campagne.versements.get()
    line.part_cd = Decimal(part_cd)
    line.part_etat = line.montant - line.part_cd
    line.save()
    Campagne.objects.update(part_cd=line.part_cd, part_etat=line.part_etat)
    campagne.refresh_from_db()
    return settle(campagne)


@pytest.mark.parametrize(
    ("part_cd", "especes", "reimputation"),
    [
        ("12000.00", FLAT, Decimal("2172.50")),  # it takes over what the State had borne
        ("9827.50", FLAT, ZERO),
        ("0.01", Decimal("0.01"), ZERO),
    ],
)
def test_a_reimputation_waits_with_the_cash(asp, part_cd, especes, reimputation):
    """The State pays its own cash and takes nothing back until the département has funds."""
    annexe = make_annexe(with_statements(1))
    mandat = leave_funds("0.00")
    etat_cash = FLAT - especes
    campagne = force(prepare_campagne(asp.gestionnaire, JANVIER), part_cd)
    part = PartEnAttente.objects.get()
    assert (part.especes, part.reimputation) == (especes, reimputation)
    _sign(asp, campagne)
    execute_campagne(asp.comptable, campagne, on=PAID_ON)
    assert left(mandat) == ZERO
    assert sum(montant for _annexe, montant in transfers(campagne)) == etat_cash
    cd = mandat.financeur
    assert ledger.paid_by_annexe([annexe.pk])[annexe.pk, cd.pk] == Decimal(part_cd)
    between = Mouvement.objects.filter(compte="581", financeur=cd)
    assert sum((m.credit - m.debit for m in between), ZERO) == reimputation

    leave_funds(part_cd)
    release = run(asp, "2018-01", day=25)
    assert release.montant_vire == especes
    assert left(mandat) == ZERO
    between = Mouvement.objects.filter(compte="581", financeur=cd)
    assert sum((m.credit - m.debit for m in between), ZERO) == ZERO
    assert due_to(annexe, cd) == ZERO


def test_a_share_given_back_never_waits(asp):
    """The State takes 30,00 € over: the département, without funds, receives them."""
    make_annexe(with_statements(1))
    mandat = leave_funds("0.00")
    campagne = force(prepare_campagne(asp.gestionnaire, JANVIER), "-30.00")
    assert not PartEnAttente.objects.exists()
    _sign(asp, campagne)
    execute_campagne(asp.comptable, campagne, on=PAID_ON)
    assert (left(mandat), Virement.objects.get().montant) == (Decimal("30.00"), FLAT)


def _sign(asp, campagne: Campagne) -> None:
    """Approval and visa without computing again what was forced."""
    account = campagne.versements.get().structure.coordonnees_bancaires.get()
    campagne.versements.update(coordonnees=account)
    campagne.virements.update(coordonnees=account)
    Campagne.objects.update(
        etat="VISEE", approuve_par=asp.ordonnateur.user, vise_par=asp.comptable.user
    )


def test_what_is_missing_is_told_to_the_steps(asp, two, monkeypatch):
    """Called in the execution with the euros missing per mandate; not when nothing waits."""
    told = []
    monkeypatch.setattr(
        "apps.payments.services.execution.SHORTAGE_STEPS",
        [lambda campagne, missing: told.append((campagne.mois, missing))],
    )
    run(asp, "2018-01")
    mandat = PartEnAttente.objects.get().mandat
    assert told == [(JANVIER, {mandat.pk: Decimal("1840.58")})]
    leave_funds("50000.00")
    run(asp, "2018-02")
    assert len(told) == 1
