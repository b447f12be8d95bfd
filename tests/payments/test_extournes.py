"""Reversing an entry: once, by the agent comptable, with what it had recorded; sums stay right."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, connections, transaction

from apps.conventions.models import Financeur
from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.payments import ledger
from apps.payments.models import Ecriture, Mouvement
from apps.payments.schemes import simple_entry
from apps.payments.services.extournes import REVERSAL_STEPS, reverse_entry
from apps.payments.services.periodes import lock_month
from apps.rules.explanation import euros
from tests.payments.dossiers import make_annexe, make_asp, run, statements
from tests.payments.test_preparation import REQUEST

D = Decimal
PAID, REVERSED = date(2018, 5, 2), date(2018, 5, 10)


@pytest.fixture
def asp(db):
    return make_asp()


@pytest.fixture
def undone(monkeypatch):
    """What the owner of the row that an entry records is asked to undo."""
    calls = []

    def step(acting, ecriture, motif, on):
        calls.append((acting.role, ecriture.pk, motif, on))

    for event in ("ENCAISSEMENT", "NON_VALEUR"):
        monkeypatch.setitem(REVERSAL_STEPS, event, step)
    return calls


@pytest.fixture
def annexe(asp):
    """An order of the State and one of the département."""
    months = statements("2018-01", ["0.00", "0.00", "0.00"])
    made = make_annexe(REQUEST | {"fin": "2018-03-31", "montant_cd": "5760.24", "mois": months})
    for month in range(1, 5):
        run(asp, f"2018-{month:02d}")
    return made


def post(annexe, evenement: str, montant: str) -> Ecriture:
    order = annexe.ordres.get(financeur__type="CD")
    projet = simple_entry(
        evenement,
        ledger.Piece(annexe.pk, order.structure_id, reference=order.reference),
        D(montant),
        "Essai",
        financeur_id=order.financeur_id,
        mandat_id=order.mandat_id,
    )
    with transaction.atomic():
        [entry] = ledger.post([projet], PAID)
    return entry


def of_cd(annexe) -> ledger.Ordres:
    cd = Financeur.objects.get(code="062")
    return ledger.orders_by_annexe([annexe.pk])[annexe.pk, cd.pk]


def refused(act, sentence: str) -> None:
    before = (Ecriture.objects.count(), Mouvement.objects.count(), Entree.objects.count())
    with pytest.raises(Refus, match=sentence), transaction.atomic():
        act()
    assert before == (Ecriture.objects.count(), Mouvement.objects.count(), Entree.objects.count())


def test_the_contrary_entry_is_linked_to_its_origin(asp, annexe, undone):
    entry = post(annexe, "ENCAISSEMENT", "10.00")
    extourne = reverse_entry(asp.comptable, entry, motif=" Erreur d’ordre ", on=REVERSED)
    connection.check_constraints()
    assert (extourne.evenement, extourne.jour, extourne.extourne) == ("EXTOURNE", REVERSED, entry)
    assert extourne.reference == entry.reference
    assert extourne.libelle == f"Extourne de l’écriture n° {entry.numero} – Erreur d’ordre"

    def sides(of):
        fields = ("compte", "financeur", "mandat", "annexe", "structure", "debit", "credit")
        return list(of.mouvements.order_by("compte").values_list(*fields))

    inverted = [(*row[:5], row[6], row[5]) for row in sides(entry)]
    assert sides(extourne) == inverted
    assert undone == [("COMPTABLE", entry.pk, "Erreur d’ordre", REVERSED)]
    assert Entree.objects.filter(action="ecriture.extournee", objet_id=entry.pk).count() == 1


@pytest.mark.parametrize(
    ("event", "field"), [("ENCAISSEMENT", "recouvre"), ("NON_VALEUR", "abandonne")]
)
def test_the_sums_of_the_orders_are_those_before(asp, annexe, undone, event, field):
    """What was recovered or given up is no longer so; what was paid has not moved."""
    before, paid = of_cd(annexe), ledger.paid_by_annexe([annexe.pk])
    treasury = ledger.treasury()
    entry = post(annexe, event, "10.00")
    assert getattr(of_cd(annexe), field) == D("10.00")
    reverse_entry(asp.comptable, entry, motif="Erreur", on=REVERSED)
    assert of_cd(annexe) == before
    assert of_cd(annexe).reste == before.emis
    assert ledger.balance_of(entry.reference, "463") == before.emis
    assert ledger.paid_by_annexe([annexe.pk]) == paid
    assert ledger.treasury() == treasury


def test_an_entry_is_reversed_once(asp, annexe, undone):
    entry = post(annexe, "ENCAISSEMENT", "10.00")
    extourne = reverse_entry(asp.comptable, entry, motif="Erreur", on=REVERSED)
    again = Ecriture.objects.get(pk=entry.pk)
    refused(lambda: reverse_entry(asp.comptable, again, motif="x"), "déjà été extournée")
    refused(lambda: reverse_entry(asp.comptable, extourne, motif="x"), "ne s’extourne pas")
    with pytest.raises(IntegrityError), transaction.atomic():
        Ecriture.objects.create(
            numero=9999, jour=REVERSED, evenement="EXTOURNE", libelle="x", extourne=entry
        )


def test_what_is_refused(asp, annexe, undone):
    entry = post(annexe, "ENCAISSEMENT", "10.00")
    for acting in (asp.gestionnaire, asp.ordonnateur):
        refused(lambda a=acting: reverse_entry(a, entry, motif="x"), "Seul l’agent comptable")
    refused(lambda: reverse_entry(asp.comptable, entry, motif="  "), "motif de l’extourne")
    early = date(2018, 5, 1)
    refused(lambda: reverse_entry(asp.comptable, entry, motif="x", on=early), "la précéder")
    assert undone == []


# Their correction is a later line, a reduction, a credit note: an act that leaves its own document.
NEVER = ("LIQUIDATION", "PAIEMENT", "REIMPUTATION", "ORDRE", "COMPENSATION", "REPRISE", "EXTOURNE")


@pytest.mark.parametrize("event", NEVER)
def test_events_whose_reversal_would_leave_other_tables_untrue_have_no_step(event):
    assert event not in REVERSAL_STEPS


def test_a_payment_is_not_reversed(asp, annexe):
    entry = Ecriture.objects.filter(evenement="PAIEMENT").first()
    refused(lambda: reverse_entry(asp.comptable, entry, motif="x"), "par l’acte contraire")


def test_a_refusal_of_the_owner_undoes_everything(asp, annexe, monkeypatch):
    def refuse(*_args):
        raise Refus("L’ordre est admis en non-valeur.")

    monkeypatch.setitem(REVERSAL_STEPS, "ENCAISSEMENT", refuse)
    entry = post(annexe, "ENCAISSEMENT", "10.00")
    refused(lambda: reverse_entry(asp.comptable, entry, motif="x"), "admis en non-valeur")


def test_a_reversal_never_overdraws_a_mandate(asp, annexe, monkeypatch):
    """The funds have been paid out since: the receipt cannot be reversed alone."""
    monkeypatch.setitem(REVERSAL_STEPS, "FONDS_RECUS", lambda *_args: None)
    received = Ecriture.objects.get(evenement="FONDS_RECUS")
    paid = -ledger.treasury()[received.mouvements.first().mandat_id] + D("50000000.00")
    refused(
        lambda: reverse_entry(asp.comptable, received, motif="x"),
        f"à découvert de {euros(paid)}",
    )


def test_no_reversal_in_a_locked_month(asp, annexe, undone):
    entry = post(annexe, "ENCAISSEMENT", "10.00")
    months = [(2016 + n // 12, n % 12 + 1) for n in range(29)]
    for year, month in months:
        lock_month(asp.comptable, date(year, month, 1), on=date(2018, 6, 2))
    refused(
        lambda: reverse_entry(asp.comptable, entry, motif="x", on=REVERSED),
        "de mai 2018 sont verrouillés",
    )
    reverse_entry(asp.comptable, entry, motif="Erreur", on=date(2018, 6, 2))


def test_two_connections_reverse_once(committed_db, undone):
    asp = make_asp()
    months = statements("2018-01", ["0.00", "0.00", "0.00"])
    annexe = make_annexe(REQUEST | {"fin": "2018-03-31", "montant_cd": "5760.24", "mois": months})
    for month in range(1, 5):
        run(asp, f"2018-{month:02d}")
    entry = post(annexe, "ENCAISSEMENT", "10.00")
    barrier, results = Barrier(2), []

    def reverse() -> None:
        try:
            barrier.wait()
            reverse_entry(asp.comptable, entry, motif="Erreur", on=REVERSED)
            results.append("fait")
        except Refus as refus:
            results.append(str(refus))
        finally:
            connections.close_all()

    threads = [Thread(target=reverse) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["Cette écriture a déjà été extournée.", "fait"]
    assert Ecriture.objects.filter(evenement="EXTOURNE").count() == 1
