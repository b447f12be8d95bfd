"""Executing a run: once, whole or not at all, whatever is repeated, concurrent or interrupted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from apps.core.errors import Refus
from apps.payments import ledger
from apps.payments.models import (
    AvisDePaiement,
    Campagne,
    Ecriture,
    Mouvement,
    PartEnAttente,
    Versement,
    Virement,
)
from apps.payments.services import execute_campagne, execution, prepare_campagne
from tests.payments.dossiers import leave_funds, make_annexe, make_asp, run, signed_run
from tests.payments.test_preparation import FLAT, JANVIER, REQUEST, with_statements

PAID_ON = date(2018, 1, 22)


@pytest.fixture
def asp(db):
    return make_asp()


def accounts() -> dict:
    """Everything an execution writes."""
    return {
        "lignes": list(Versement.objects.order_by("pk").values_list("pk", "statut", "execute_le")),
        "ecritures": list(Ecriture.objects.order_by("numero").values_list("numero", "evenement")),
        "mouvements": sorted(Mouvement.objects.values_list("compte", "debit", "credit")),
        "virements": list(
            Virement.objects.order_by("pk").values_list("montant", "etat", "reference", "emis_le")
        ),
        "attentes": list(
            PartEnAttente.objects.order_by("pk").values_list("especes", "liberation", "liberee_le")
        ),
        "avis": list(AvisDePaiement.objects.order_by("numero").values_list("numero", "montant")),
        "etats": list(Campagne.objects.values_list("etat", flat=True)),
    }


def test_lines_are_paid_dated_and_noticed(asp):
    """Executed lines carry their day; one notice per annex, numbered without gaps."""
    first, second = make_annexe(with_statements(1)), make_annexe(REQUEST)
    campagne = execute_campagne(asp.comptable, signed_run(asp, "2018-01"), on=PAID_ON)
    assert campagne.etat == "EXECUTEE"
    assert campagne.execute_par == asp.comptable.user
    assert set(Versement.objects.values_list("annexe", "statut", "execute_le")) == {
        (first.pk, "EXECUTE", PAID_ON),
        (second.pk, "EXECUTE", PAID_ON),
    }
    assert list(AvisDePaiement.objects.order_by("numero").values_list("numero", "annexe")) == [
        (1, first.pk),
        (2, second.pk),
    ]
    assert set(AvisDePaiement.objects.values_list("montant", "part_etat", "part_cd")) == {
        (FLAT, Decimal("7907.21"), Decimal("1920.29"))
    }
    assert set(campagne.ecritures.values_list("jour", flat=True)) == {PAID_ON}
    assert Ecriture.objects.exclude(campagne=campagne).get().evenement == "FONDS_RECUS"


def test_executing_twice_is_executing_once(asp):
    """The second call changes nothing and says so by returning the executed run."""
    make_annexe(REQUEST)
    campagne = signed_run(asp, "2018-01")
    execute_campagne(asp.comptable, campagne, on=PAID_ON)
    before = accounts()
    again = execute_campagne(asp.comptable, campagne, on=date(2018, 2, 1))
    assert again.etat == "EXECUTEE"
    assert accounts() == before


def test_two_connections_execute_once(committed_db):
    """Two executions at the same moment: one pays, the other finds it done."""
    make_annexe(REQUEST)
    asp = make_asp()
    campagne = signed_run(asp, "2018-01")
    barrier, results = Barrier(2), []

    def execute() -> None:
        try:
            barrier.wait()
            results.append(execute_campagne(asp.comptable, campagne, on=PAID_ON).etat)
        finally:
            connections.close_all()

    threads = [Thread(target=execute) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["EXECUTEE", "EXECUTEE"]
    assert Versement.objects.executed().count() == 1
    assert Ecriture.objects.filter(evenement="PAIEMENT").count() == 1
    assert AvisDePaiement.objects.count() == 1
    assert Virement.objects.count() == 1


def test_the_same_funds_are_not_used_twice(committed_db):
    """A run and a payment back to the département at the same moment: one of them is refused."""
    make_annexe(REQUEST)
    leave_funds("2000.00")
    asp = make_asp()
    campagne = signed_run(asp, "2018-01")
    barrier, results = Barrier(2), []

    def play(act, refusals) -> None:
        try:
            barrier.wait()
            act()
            results.append("fait")
        except refusals:
            results.append("refusé")
        finally:
            connections.close_all()

    acts = (
        lambda: execute_campagne(asp.comptable, campagne, on=PAID_ON),
        lambda: leave_funds("1000.00"),
    )
    threads = [Thread(target=play, args=(act, (Refus, IntegrityError))) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) in (["fait", "refusé"], ["fait", "fait"])
    (left,) = ledger.treasury().values()
    assert left >= 0


def test_two_connections_prepare_once(committed_db):
    """Two preparations at the same moment: one run, one refusal in words."""
    make_annexe(REQUEST)
    asp = make_asp()
    barrier, results = Barrier(2), []

    def prepare() -> None:
        try:
            barrier.wait()
            results.append(prepare_campagne(asp.gestionnaire, JANVIER).numero)
        except Refus as refus:
            results.append(str(refus)[:13])
        finally:
            connections.close_all()

    threads = [Thread(target=prepare) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results, key=str) == [1, "La campagne n"]
    assert Campagne.objects.count() == 1
    assert Versement.objects.count() == 1


class Crash(Exception):
    """What a worker killed in the middle looks like to the database."""


POINTS = [
    (ledger, "post"),
    (ledger, "treasury"),
    (execution, "_lock"),
    (execution, "_send"),
    (execution, "_entries"),
    (execution, "_refuse_overdraft"),
    (execution, "_refuse_other_transfers"),
    (execution, "paid_now"),
    (execution, "write_transfer_file"),
    (execution, "_call_for_funds"),
    (execution, "announce_execution"),
    (execution, "_write_notices"),
    (execution, "record"),
    (execution, "next_numbers"),
]


@pytest.mark.parametrize(("module", "name"), POINTS, ids=[name for _module, name in POINTS])
def test_a_crash_at_any_point_leaves_nothing_then_the_rerun_pays(asp, monkeypatch, module, name):
    """The accounts after crash and rerun are those of an uninterrupted execution."""
    make_annexe(with_statements(1))
    campagne = signed_run(asp, "2018-01")
    before = accounts()

    def crash(*args, **kwargs):
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(module, name, crash)
        with pytest.raises(Crash):
            execute_campagne(asp.comptable, campagne, on=PAID_ON)
    assert accounts() == before
    execute_campagne(asp.comptable, campagne, on=PAID_ON)
    after = accounts()
    assert [statut for _pk, statut, _day in after["lignes"]] == ["EXECUTE"]
    assert after["ecritures"] == [(1, "FONDS_RECUS"), (2, "LIQUIDATION"), (3, "PAIEMENT")]
    assert after["avis"] == [(1, FLAT)]
    assert after["virements"] == [(FLAT, "EMIS", "IAE-000001-000001", PAID_ON)]


@pytest.mark.parametrize(("module", "name"), POINTS, ids=[name for _module, name in POINTS])
def test_a_crash_leaves_what_waited_waiting(asp, monkeypatch, module, name):
    """A month short of funds, then one that releases: the rerun ends as if nothing had happened."""
    for _ in range(2):
        make_annexe(with_statements(1))
    leave_funds("2000.00")
    run(asp, "2018-01")
    leave_funds("50000.00")
    campagne = signed_run(asp, "2018-02")
    before = accounts()

    def crash(*args, **kwargs):
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(module, name, crash)
        with pytest.raises(Crash):
            execute_campagne(asp.comptable, campagne, on=date(2018, 2, 20))
    assert accounts() == before
    execute_campagne(asp.comptable, campagne, on=date(2018, 2, 20))
    after = accounts()
    assert [(montant, etat) for montant, etat, *_rest in after["virements"]] == [
        (FLAT, "EMIS"),
        (Decimal("7907.21"), "EMIS"),
        (FLAT, "EMIS"),
        (FLAT + Decimal("1920.29"), "EMIS"),
    ]
    assert after["attentes"] == [(Decimal("1920.29"), campagne.pk, date(2018, 2, 20))]
    numbers = [numero for numero, _event in after["ecritures"]]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_step_that_fails_undoes_the_payment(asp, monkeypatch):
    """What other applications add to an execution is inside the same transaction."""
    make_annexe(REQUEST)
    campagne = signed_run(asp, "2018-01")
    before = accounts()

    def refuse(campagne, acting, on):
        raise Refus("Non.")

    monkeypatch.setattr(execution, "EXECUTION_STEPS", [refuse])
    with pytest.raises(Refus):
        execute_campagne(asp.comptable, campagne, on=PAID_ON)
    assert accounts() == before


def test_a_month_is_paid_once(asp):
    """The database refuses a second line for a month paid, flat or regularised."""
    make_annexe(REQUEST)
    run(asp, "2018-01")
    before = accounts()
    line = Versement.objects.get()
    for nature in ("forfait", "regularisation"):
        again = Versement.objects.get(pk=line.pk)
        again.pk, again.statut, again.nature, again.sequence = None, "PROPOSE", nature, 2
        with (
            pytest.raises(IntegrityError, match="payments_instalment_once"),
            transaction.atomic(),
        ):
            again.save()
    assert accounts() == before


def test_nothing_is_paid_without_an_account(asp):
    """A line that bears no account is refused with the name of the structure."""
    annexe = make_annexe(REQUEST)
    campagne = signed_run(asp, "2018-01")
    Versement.objects.update(coordonnees=None)
    before = accounts()
    name = annexe.siae.structure.denomination
    with pytest.raises(Refus, match=f"« {name} » n’a plus de coordonnées bancaires"):
        execute_campagne(asp.comptable, campagne, on=PAID_ON)
    assert accounts() == before


def test_queries_do_not_depend_on_the_number_of_lines(asp):
    """Three annexes or fifteen: the same number of queries."""
    counts = []
    for month, added in (("2018-01", 3), ("2018-02", 12)):
        for _ in range(added):
            make_annexe(REQUEST | {"debut": f"{month}-01", "montant_cd": "0.00"})
        campagne = signed_run(asp, month)
        with CaptureQueriesContext(connection) as queries:
            execute_campagne(asp.comptable, campagne, on=PAID_ON)
        counts.append((campagne.nombre_versements, len(queries)))
    assert [lines for lines, _queries in counts] == [3, 12]
    # The first run also creates the sequences of entries and notices.
    assert counts[0][1] - 8 <= counts[1][1] <= counts[0][1]


def test_a_run_pays_nothing_before_its_visa(asp):
    """Prepared only: execution is refused, no entry, no notice."""
    make_annexe(REQUEST)
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    before = accounts()
    with pytest.raises(Refus, match="Seule une campagne visée"):
        execute_campagne(asp.comptable, campagne, on=PAID_ON)
    assert accounts() == before


def test_month_after_month(asp):
    """Each run pays its month; a held month is paid with its own amount when released."""
    annexe = make_annexe(with_statements(2))
    for month in ("2018-01", "2018-02", "2018-03"):
        run(asp, month)
    assert list(
        Versement.objects.executed().filter(annexe=annexe).values_list("mois", "campagne__mois")
    ) == [(day, day) for day in (JANVIER, date(2018, 2, 1), date(2018, 3, 1))]
