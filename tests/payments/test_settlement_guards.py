"""What the controls, the accounts and the database refuse about the cash of a run."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.core.errors import Refus
from apps.payments import reglements
from apps.payments.equation import equation_of
from apps.payments.gate import arithmetic_faults
from apps.payments.models import (
    Campagne,
    Ecriture,
    PartEnAttente,
    Retenue,
    Virement,
)
from apps.payments.reglements import settle
from apps.payments.services import (
    abandon_campagne,
    approve_campagne,
    control_campagne,
    execute_campagne,
    preparation,
    prepare_campagne,
    visa_campagne,
    withdraw_line,
    workflow,
)
from tests.payments.dossiers import leave_funds, make_annexe, make_asp, run, signed_run
from tests.payments.test_funds import ETAT, PAID_ON, transfers
from tests.payments.test_preparation import FLAT, JANVIER, with_statements


@pytest.fixture
def asp(db):
    return make_asp()


@pytest.fixture
def two(asp):
    """Two annexes, the funds of one: 2 000,00 € for 2 × 1 920,29 €."""
    first, second = make_annexe(with_statements(3)), make_annexe(with_statements(3))
    leave_funds("2000.00")
    return first, second


def test_funds_gone_since_the_approval_refuse_the_execution(asp, two):
    """Paid back to the département meanwhile: refused in words, nothing changed."""
    campagne = signed_run(asp, "2018-01")
    leave_funds("1000.00")
    entries = Ecriture.objects.count()
    with pytest.raises(Refus, match="il manque 920,29\u00a0€ de fonds") as refusal:
        execute_campagne(asp.comptable, campagne, on=PAID_ON)
    assert "Convention de mandat mandat 062" in str(refusal.value)
    campagne.refresh_from_db()
    assert (campagne.etat, Ecriture.objects.count()) == ("VISEE", entries)
    assert set(campagne.virements.values_list("etat", flat=True)) == {"PROPOSE"}


def check_now() -> None:
    """What the database checks at commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def overdraw(montant: str) -> None:
    with transaction.atomic():
        leave_funds(montant)
        check_now()


def test_the_database_refuses_an_overdrawn_mandate(asp, two):
    """Whoever posts: the treasury of a mandate never falls below 0, to the cent."""
    leave_funds("10.00")
    check_now()
    with pytest.raises(IntegrityError, match=r"à découvert de 0\.01 euros"):
        overdraw("-0.01")
    leave_funds("0.00")
    check_now()
    # Checked once already in this transaction: checked again for what came after.
    with pytest.raises(IntegrityError, match=r"à découvert de 5\.00 euros"):
        overdraw("-5.00")


@pytest.mark.parametrize("change", ["especes = 1", "reimputation = 1", "versement_id = 0"])
def test_an_executed_part_does_not_change(asp, two, change):
    run(asp, "2018-01")
    with (
        connection.cursor() as cursor,
        pytest.raises(Exception, match="ne se modifie pas"),
        transaction.atomic(),
    ):
        cursor.execute(f"UPDATE payments_partenattente SET {change}")
    with pytest.raises(Exception, match="ne se modifie pas"), transaction.atomic():
        PartEnAttente.objects.all().delete()


TAMPERED = {
    "a transfer of one cent more": lambda: Virement.objects.filter(montant=FLAT).update(
        montant=FLAT + Decimal("0.01")
    ),
    "a transfer too few": lambda: Virement.objects.filter(montant=ETAT).delete(),
    "a part that is not the share": lambda: PartEnAttente.objects.update(
        reimputation=Decimal("0.01")
    ),
    "a part forgotten": lambda: PartEnAttente.objects.all().delete(),
    "a total that is not the sum": lambda: Campagne.objects.update(montant_vire=FLAT),
}


@pytest.mark.parametrize("case", TAMPERED)
@pytest.mark.parametrize("stage", ["control", "visa", "execute"])
def test_figures_tampered_with_stop_the_run(asp, two, case, stage):
    """At each stage, whatever is changed by hand is found before anything is paid."""
    if stage == "execute":
        campagne = signed_run(asp, "2018-01")
        act = execute_campagne, asp.comptable
    else:
        campagne = prepare_campagne(asp.gestionnaire, JANVIER)
        act = control_campagne, asp.gestionnaire
    if stage == "visa":
        campagne = control_campagne(asp.gestionnaire, campagne)
        campagne = approve_campagne(asp.ordonnateur, campagne)
        act = visa_campagne, asp.comptable
    assert arithmetic_faults(campagne) == []
    etat, entries = campagne.etat, Ecriture.objects.count()
    TAMPERED[case]()
    with pytest.raises(Refus, match=r"virements|part en attente|écart"):
        act[0](act[1], campagne)
    campagne.refresh_from_db()
    assert (campagne.etat, Ecriture.objects.count()) == (etat, entries)


def test_queries_do_not_depend_on_what_waits(asp):
    """Three parts that wait and are released, or fifteen: the same number of queries."""
    counts = []
    for month, added in (("2018-01", 3), ("2018-02", 0), ("2018-03", 12), ("2018-04", 0)):
        for _ in range(added):
            make_annexe(with_statements(3) | {"debut": f"{month}-01"})
        leave_funds("0.00" if added else "90000.00")
        campagne = prepare_campagne(asp.gestionnaire, date.fromisoformat(f"{month}-01"))
        with CaptureQueriesContext(connection) as queries:
            settle(campagne)
        counts.append((campagne.virements.count(), PartEnAttente.objects.count(), len(queries)))
        control_campagne(asp.gestionnaire, campagne)
        approve_campagne(asp.ordonnateur, campagne)
        visa_campagne(asp.comptable, campagne)
        with CaptureQueriesContext(connection) as queries:
            execute_campagne(asp.comptable, campagne, on=campagne.jour_paiement)
        counts[-1] += (len(queries),)
    assert counts[0][2] == counts[2][2]
    assert counts[1][2] == counts[3][2]
    # The first runs also create the sequences of numbers.
    assert counts[2][3] <= counts[0][3]
    assert counts[3][3] <= counts[1][3]


def settled() -> list[list]:
    return [
        list(Retenue.objects.values_list("annexe", "motif", "montant_prevu")),
        list(PartEnAttente.objects.values_list("versement", "especes")),
        list(Virement.objects.values_list("annexe", "montant")),
    ]


def test_settled_twice_is_settled_once(asp, two):
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    before = settled()
    settle(campagne)
    assert settled() == before
    assert [len(rows) for rows in before] == [1, 1, 2]


class Crash(Exception):
    """What a worker killed in the middle looks like to the database."""


def _prepare(asp):
    return prepare_campagne(asp.gestionnaire, JANVIER)


def _approve(asp):
    return approve_campagne(asp.ordonnateur, Campagne.objects.get())


def _withdraw(asp):
    line = Campagne.objects.get().versements.order_by("pk").first()
    return withdraw_line(asp.gestionnaire, line, motif="Pièce")


def _abandon(asp):
    return abandon_campagne(asp.gestionnaire, Campagne.objects.get(), motif="Essai")


# Act, where it is interrupted, what is transferred once it is done again.
CRASHES = [
    (_prepare, preparation, "hold_changed_accounts", [FLAT, ETAT]),
    (_prepare, preparation, "hold_sharp_falls", [FLAT, ETAT]),
    (_prepare, preparation, "settle", [FLAT, ETAT]),
    (_prepare, reglements, "_record_waiting", [FLAT, ETAT]),
    (_prepare, reglements, "_say_what_waits", [FLAT, ETAT]),
    (_prepare, reglements, "_write_transfers", [FLAT, ETAT]),
    (_prepare, preparation, "announce_stage", [FLAT, ETAT]),
    (_approve, workflow, "settle", [FLAT, ETAT]),
    (_approve, reglements, "_write_transfers", [FLAT, ETAT]),
    (_approve, workflow, "arithmetic_faults", [FLAT, ETAT]),
    (_approve, workflow, "_freeze_accounts", [FLAT, ETAT]),
    (_approve, workflow, "record", [FLAT, ETAT]),
    (_withdraw, workflow, "settle", [FLAT]),
    (_withdraw, workflow, "_sum_up", [FLAT]),
    (_abandon, workflow, "forget", []),
    (_abandon, workflow, "announce_stage", []),
]


@pytest.mark.parametrize(("act", "module", "name", "paid"), CRASHES)
def test_an_act_interrupted_leaves_nothing(asp, two, monkeypatch, act, module, name, paid):
    """At each stage and each of its steps: as before after the crash, whole after the rerun."""
    if act is not _prepare:
        control_campagne(asp.gestionnaire, _prepare(asp))
    before = [settled(), list(Campagne.objects.values_list("etat", "montant_vire"))]

    def crash(*args, **kwargs):
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(module, name, crash)
        with pytest.raises(Crash):
            act(asp)
    assert [settled(), list(Campagne.objects.values_list("etat", "montant_vire"))] == before
    act(asp)
    campagne = Campagne.objects.get()
    assert [montant for _annexe, montant in transfers(campagne)] == paid
    assert campagne.montant_vire == sum(paid)
    assert equation_of(campagne).ecart == 0 or act is _abandon
