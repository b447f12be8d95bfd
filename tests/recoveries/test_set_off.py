"""Set-off on a run: proposed within every limit, executed once, the order and the ledger follow."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from threading import Thread
from time import sleep

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Role
from apps.core.errors import Refus
from apps.payments import ledger
from apps.payments.models import Deduction, Ecriture, Virement
from apps.payments.services import (
    approve_campagne,
    control_campagne,
    execute_campagne,
    prepare_campagne,
    reject_line,
    visa_campagne,
)
from apps.recoveries.controles import faults
from apps.recoveries.models import Compensation, Encaissement, Excedent, OrdreDeRecouvrer
from apps.recoveries.services import (
    ask_plan,
    decide_set_off,
    grant_plan,
    lift_set_off,
    pursue,
    record_cash,
)
from apps.recoveries.services.compensations import propose
from apps.recoveries.services.ordres import lock
from apps.recoveries.services.procedures import open_procedure
from tests.factories import make_membership, make_pdf, make_siae
from tests.payments.dossiers import make_annexe, make_asp, run, statements
from tests.recoveries.test_orders import REQUEST

# The order of 2018 is notified on 21 April; the annex of June pays 1 000,00 € a month.
NOTIFIED, DECIDED = date(2018, 4, 21), date(2018, 4, 25)
JUNE = date(2018, 6, 20)
LATER = REQUEST | {
    "debut": "2018-05-01",
    "fin": "2018-12-31",
    "montant_unitaire_annuel": "12000.00",
    "montant_cd": "4000.00",
}


@pytest.fixture
def asp(db):
    return make_asp()


def owed(asp) -> tuple[OrdreDeRecouvrer, OrdreDeRecouvrer]:
    """1 500,00 € due to the State and as much to the département, notified."""
    annexe = make_annexe(REQUEST | {"mois": statements("2018-01", ["0.00"] * 3)})
    for month in ("2018-01", "2018-02", "2018-03", "2018-04"):
        run(asp, month)
    orders = list(OrdreDeRecouvrer.objects.filter(annexe=annexe).order_by("numero"))
    for ordre in orders:
        pursue(None, ordre, "notifier", on=NOTIFIED)
    return orders[0], orders[1]


def another_annex(asp, structure, monkeypatch):
    """An annex of the same structure, paid from May on."""
    from apps.siae.models import Siae
    from tests.payments import dossiers

    siae = Siae.objects.filter(structure=structure).first()
    monkeypatch.setattr(dossiers, "_siae", lambda mesure, bank: siae)
    return make_annexe(LATER | {"mois": statements("2018-05", ["151.67"] * 8)})


@pytest.fixture
def case(asp, monkeypatch):
    state, departement = owed(asp)
    annexe = another_annex(asp, state.structure, monkeypatch)
    run(asp, "2018-05")
    return asp, state, departement, annexe


def decide(asp, ordre, **more) -> Compensation:
    return decide_set_off(asp.comptable, ordre, **{"motif": "Impayé", "on": DECIDED} | more)


def prepared(asp, month="2018-06"):
    return prepare_campagne(asp.gestionnaire, date.fromisoformat(f"{month}-01"))


def sign_and_execute(asp, campagne, on=JUNE):
    control_campagne(asp.gestionnaire, campagne)
    approve_campagne(asp.ordonnateur, campagne)
    visa_campagne(asp.comptable, campagne)
    return execute_campagne(asp.comptable, campagne, on=on)


def deductions(campagne) -> list[tuple]:
    rows = Deduction.objects.filter(versement__campagne=campagne).order_by("reference", "pk")
    return list(rows.values_list("reference", "montant"))


def test_each_funder_sets_off_its_own_debt(case):
    """June pays 500,00 € of the State and 500,00 € of the département: each keeps its own."""
    asp, state, departement, annexe = case
    decide(asp, state)
    decide(asp, departement)
    campagne = prepared(asp)
    line = campagne.versements.get(annexe=annexe)
    assert deductions(campagne) == [
        (state.reference, line.montant - line.part_cd),
        (departement.reference, line.part_cd),
    ]
    assert not Virement.objects.filter(campagne=campagne).exists()
    sign_and_execute(asp, campagne)
    connection.check_constraints()
    for ordre, share in ((state, line.montant - line.part_cd), (departement, line.part_cd)):
        ordre.refresh_from_db()
        assert (ordre.etat, ordre.recouvre) == ("NOTIFIE", share)
    assert faults() == []
    assert Ecriture.objects.filter(evenement="COMPENSATION").count() == 2
    assert not Ecriture.objects.filter(evenement="ENCAISSEMENT").exists()
    assert set(Encaissement.objects.values_list("mode", "versement")) == {("COMPENSATION", line.pk)}


def test_what_is_not_set_off_is_paid(case):
    asp, state, _departement, annexe = case
    decide(asp, state, plafond=D("100.00"))
    campagne = sign_and_execute(asp, prepared(asp))
    line = campagne.versements.get(annexe=annexe)
    assert deductions(campagne) == [(state.reference, D("100.00"))]
    assert Virement.objects.get(campagne=campagne).montant == line.montant - D("100.00")
    state.refresh_from_db()
    assert state.recouvre == D("100.00")
    assert faults() == []


def test_the_order_is_paid_off_by_the_last_set_off(case):
    asp, state, _departement, _annexe = case
    record_cash(
        asp.comptable, state, montant=D("1400.00"), recu_le=DECIDED, reference="V", on=DECIDED
    )
    measure = decide(asp, state)
    campagne = sign_and_execute(asp, prepared(asp))
    assert deductions(campagne) == [(state.reference, D("100.00"))]
    state.refresh_from_db()
    measure.refresh_from_db()
    assert (state.etat, measure.etat) == ("SOLDE", "TERMINEE")
    assert deductions(sign_and_execute(asp, prepared(asp, "2018-07"), date(2018, 7, 20))) == []
    assert faults() == []


def test_a_debt_paid_since_the_approval_becomes_a_surplus(case):
    """The figures of a run are frozen at its approval: nothing is lost, nothing is taken twice."""
    asp, state, _departement, _annexe = case
    decide(asp, state)
    campagne = prepared(asp)
    [(_reference, withheld)] = deductions(campagne)
    control_campagne(asp.gestionnaire, campagne)
    approve_campagne(asp.ordonnateur, campagne)
    record_cash(
        asp.comptable, state, montant=D("1500.00"), recu_le=DECIDED, reference="V", on=DECIDED
    )
    visa_campagne(asp.comptable, campagne)
    execute_campagne(asp.comptable, campagne, on=JUNE)
    connection.check_constraints()
    state.refresh_from_db()
    assert (state.etat, state.recouvre) == ("SOLDE", D("1500.00"))
    surplus = Excedent.objects.get()
    assert (surplus.montant, surplus.origine) == (withheld, "COMPENSATION")
    assert faults() == []


JUDGED = date(2018, 6, 15)


def approved_with_set_off(asp, ordre):
    decide(asp, ordre)
    return approve_campagne(asp.ordonnateur, control_campagne(asp.gestionnaire, prepared(asp)))


def open_for(asp, structure):
    return open_procedure(
        asp.comptable,
        structure,
        nature="REDRESSEMENT",
        jugement_le=JUDGED,
        tribunal="Tribunal de commerce d’Arras",
        piece=make_pdf(),
        on=JUDGED,
    )


def test_a_procedure_opened_since_the_approval_forbids_the_set_off(case):
    """Neither the visa nor the execution; the line rejected is paid whole by the next run."""
    asp, state, _departement, annexe = case
    campagne = approved_with_set_off(asp, state)
    open_for(asp, state.structure)
    refusal = (
        f"L’ordre de recouvrer n° {state.numero} ne peut plus être compensé .* une procédure "
        r"collective est ouverte .*jugement du 15/06/2018.*Rejetez les lignes concernées \(ACI"
    )
    with pytest.raises(Refus, match=refusal):
        visa_campagne(asp.comptable, campagne)
    line = campagne.versements.proposed().get(annexe=annexe)
    reject_line(asp.comptable, line, motif="Procédure collective ouverte.")
    campagne = execute_campagne(asp.comptable, visa_campagne(asp.comptable, campagne), on=JUNE)
    assert deductions(campagne) == []
    july = sign_and_execute(asp, prepared(asp, "2018-07"), date(2018, 7, 20))
    assert deductions(july) == []
    assert july.versements.executed().get(annexe=annexe, mois=line.mois).montant == line.montant
    state.refresh_from_db()
    assert state.recouvre == 0
    assert not Encaissement.objects.exists()
    assert faults() == []


def test_a_procedure_opened_since_the_visa_stops_the_execution(case):
    """Nothing is executed, nothing is taken."""
    asp, state, *_ = case
    campagne = visa_campagne(asp.comptable, approved_with_set_off(asp, state))
    open_for(asp, state.structure)
    with pytest.raises(Refus, match="une procédure collective est ouverte"):
        execute_campagne(asp.comptable, campagne, on=JUNE)
    campagne.refresh_from_db()
    assert campagne.etat == "VISEE"
    assert not Encaissement.objects.exists()


def test_a_procedure_of_another_structure_stops_nothing(case):
    asp, state, _departement, _annexe = case
    campagne = approved_with_set_off(asp, state)
    open_for(asp, make_siae().structure)
    execute_campagne(asp.comptable, visa_campagne(asp.comptable, campagne), on=JUNE)
    state.refresh_from_db()
    assert state.recouvre > 0


NOT_YET = [
    ("notice", "the days to answer are not over on the payment day"),
    ("lifted", "the decision was lifted"),
    ("plan", "a plan is respected"),
]


@pytest.mark.parametrize("why", [name for name, _words in NOT_YET])
def test_nothing_is_set_off(case, why):
    asp, state, _departement, _annexe = case
    measure = decide(asp, state, on=date(2018, 6, 6) if why == "notice" else DECIDED)
    if why == "lifted":
        lift_set_off(asp.comptable, measure, motif="Accord", on=DECIDED)
    if why == "plan":
        responsable = make_membership(Role.RESPONSABLE, state.structure.organisation)
        plan = ask_plan(
            responsable, state, nombre=5, premiere=date(2018, 5, 31), motif="T", on=DECIDED
        )
        grant_plan(asp.comptable, plan, on=DECIDED)
    campagne = prepared(asp)
    assert deductions(campagne) == []
    assert propose(campagne) == []


def test_the_last_day_to_answer_is_the_first_to_set_off(case):
    asp, state, _departement, _annexe = case
    measure = decide(asp, state, on=date(2018, 6, 5))
    assert measure.applicable_le == JUNE
    assert len(deductions(prepared(asp))) == 1


def test_neither_another_structure_nor_another_funder(asp, monkeypatch):
    """A debt to the département only, a structure whose annex the State pays alone: nothing."""
    _state, departement = owed(asp)
    other = make_annexe(LATER | {"mois": statements("2018-05", ["151.67"] * 8)})
    assert other.siae.structure_id != departement.structure_id
    run(asp, "2018-05")
    decide(asp, departement)
    assert deductions(prepared(asp)) == []


def test_the_oldest_order_goes_first(case):
    """Two debts to the State: what the first leaves of the line goes to the second."""
    asp, state, _departement, annexe = case
    record_cash(
        asp.comptable, state, montant=D("1300.00"), recu_le=DECIDED, reference="V", on=DECIDED
    )
    younger = OrdreDeRecouvrer.objects.get(pk=state.pk)
    younger.pk, younger.numero, younger.recouvre = None, 99, D(0)
    younger.annexe, younger.versement = annexe, annexe.versements.get(mois=date(2018, 5, 1))
    younger.save()
    decide(asp, younger)
    decide(asp, state)
    campagne = prepared(asp)
    line = campagne.versements.get(annexe=annexe)
    of_state = line.montant - line.part_cd
    assert sorted(deductions(campagne)) == sorted(
        [(state.reference, D("200.00")), (younger.reference, of_state - D("200.00"))]
    )


@pytest.mark.parametrize("role", ["gestionnaire", "ordonnateur"])
def test_who_may_decide(case, role):
    asp, state, _departement, _annexe = case
    with pytest.raises(Refus, match="Seul l’agent comptable"):
        decide_set_off(getattr(asp, role), state, motif="M", on=DECIDED)


def test_refusals_of_a_decision(case):
    asp, state, departement, _annexe = case
    for more, words in (({"motif": " "}, "Dites pourquoi"), ({"plafond": D(0)}, "supérieur à 0")):
        with pytest.raises(Refus, match=words):
            decide(asp, state, **more)
    decide(asp, state)
    with pytest.raises(Refus, match="déjà décidée"):
        decide(asp, state)
    OrdreDeRecouvrer.objects.filter(pk=departement.pk).update(etat="EMIS")
    with pytest.raises(Refus, match="notifié et encore dû"):
        decide(asp, departement)
    assert Compensation.objects.count() == 1
    with pytest.raises(IntegrityError, match="one_set_off"), transaction.atomic():
        Compensation.objects.create(
            ordre=state, motif="M", reste=1, decidee_le=DECIDED, applicable_le=JUNE,
            decidee_par=asp.comptable.user,
        )  # fmt: skip


def test_an_approved_run_keeps_its_figures(case):
    asp, state, _departement, _annexe = case
    measure = decide(asp, state)
    campagne = prepared(asp)
    control_campagne(asp.gestionnaire, campagne)
    approve_campagne(asp.ordonnateur, campagne)
    with pytest.raises(Refus, match="est approuvée et retient"):
        lift_set_off(asp.comptable, measure, motif="Accord", on=DECIDED)
    measure.refresh_from_db()
    assert measure.etat == "DECIDEE"


def test_executing_twice_sets_off_once(case):
    asp, state, _departement, _annexe = case
    decide(asp, state)
    campagne = sign_and_execute(asp, prepared(asp))
    before = ledger.balance_of(state.reference, ledger.ORDRES)
    execute_campagne(asp.comptable, campagne, on=date(2018, 6, 25))
    assert ledger.balance_of(state.reference, ledger.ORDRES) == before
    assert Encaissement.objects.filter(mode="COMPENSATION").count() == 1


def test_proposing_takes_a_fixed_number_of_queries(case):
    asp, state, departement, _annexe = case
    decide(asp, state)
    campagne = prepared(asp)
    counts = []
    for ordre in (None, departement):
        if ordre:
            decide(asp, ordre)
        with CaptureQueriesContext(connection) as queries:
            propose(campagne)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_payment_recorded_during_the_execution_waits_for_no_one(committed_db, monkeypatch):
    """Both write the ledger and the order, in the same order of locks: none is a victim."""
    asp = make_asp()
    state, _departement = owed(asp)
    another_annex(asp, state.structure, monkeypatch)
    run(asp, "2018-05")
    decide(asp, state)
    campagne = prepared(asp)
    control_campagne(asp.gestionnaire, campagne)
    approve_campagne(asp.ordonnateur, campagne)
    visa_campagne(asp.comptable, campagne)
    results = []

    def execute() -> None:
        try:
            results.append(execute_campagne(asp.comptable, campagne, on=JUNE).etat)
        except DatabaseError as error:
            results.append(str(error)[:20])
        finally:
            connections.close_all()

    thread = Thread(target=execute)
    with transaction.atomic():
        lock(state)
        thread.start()
        sleep(2)
        record_cash(
            asp.comptable, state, montant=D("100.00"), recu_le=JUNE, reference="VIR 1", on=JUNE
        )
    thread.join()
    assert results == ["EXECUTEE"]
    state.refresh_from_db()
    assert (state.etat, state.recouvre) == ("NOTIFIE", D("600.00"))
    assert faults() == []
