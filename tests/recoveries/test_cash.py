"""Cash on an order: partial, whole, too much; cancelled; the ledger never differs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from threading import Barrier, Thread

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from apps.conventions.models import Financeur
from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.payments import ledger
from apps.payments.models import Ecriture
from apps.payments.services.extournes import reverse_entry
from apps.payments.services.successions import grant_succession, propose_succession
from apps.recoveries.controles import faults
from apps.recoveries.ecritures import entry_of, piece_of
from apps.recoveries.models import Encaissement, Excedent, OrdreDeRecouvrer
from apps.recoveries.services import cancel_cash, pursue, record_cash
from apps.recoveries.services.reduction import apply_cuts, spread_cut
from tests.factories import make_organisation
from tests.recoveries.creances import figures, make_ordre, make_people

ON = date(2023, 5, 2)


@pytest.fixture
def ordre(db):
    return make_ordre("1000.00")


@pytest.fixture
def people(ordre):
    return make_people(ordre)


def cash(people, ordre, montant, reference="VIR 1", **more):
    values = {"recu_le": ON, "on": ON} | more
    return record_cash(people.comptable, ordre, montant=D(montant), reference=reference, **values)


def test_a_part_then_the_rest_pays_the_order_off(people, ordre):
    cash(people, ordre, "400.00")
    assert figures(ordre) == ("NOTIFIE", D(1000), D(400), D(0))
    cash(people, ordre, "599.99", "VIR 2")
    assert figures(ordre) == ("NOTIFIE", D(1000), D("999.99"), D(0))
    cash(people, ordre, "0.01", "VIR 3", mode="CHEQUE")
    assert figures(ordre) == ("SOLDE", D(1000), D(1000), D(0))
    assert faults() == []
    connection.check_constraints()
    posted = Ecriture.objects.filter(evenement="ENCAISSEMENT", reference=ordre.reference)
    assert posted.count() == 3
    assert Entree.objects.filter(action="ordre.encaisse").count() == 3


@pytest.mark.parametrize("de_l_etat", [True, False])
def test_the_money_enters_the_treasury_of_its_funder(db, de_l_etat):
    ordre = make_ordre("1000.00", de_l_etat=de_l_etat)
    people = make_people(ordre)
    before = ledger.balances(comptes=["515"]).get(("515", ordre.financeur_id), D(0))
    cash(people, ordre, "250.00")
    after = ledger.balances(comptes=["515"])[("515", ordre.financeur_id)]
    assert after - before == D("250.00")
    assert ledger.orders_by_annexe([ordre.annexe_id])[
        (ordre.annexe_id, ordre.financeur_id)
    ].recouvre == D("250.00")
    connection.check_constraints()


REFUSED = [
    ({"montant": "1000.01"}, "Il ne reste que 1\xa0000,00\xa0€"),
    ({"montant": "1000.01", "conserver": True}, "avec son motif"),
    ({"montant": "1000.01", "conserver": True, "motif": "  "}, "avec son motif"),
    ({"montant": "0.00"}, "supérieur à 0,00"),
    ({"montant": "-1.00"}, "supérieur à 0,00"),
    ({"montant": "1.00", "recu_le": date(2023, 5, 3)}, "dans l’avenir"),
    ({"montant": "1.00", "recu_le": date(2023, 3, 31)}, "précède l’émission"),
    ({"montant": "1.00", "reference": "   "}, "référence de l’opération"),
    ({"montant": "1.00", "mode": "COMPENSATION"}, "mode de paiement"),
    ({"montant": "1.00", "mode": "ESPECES"}, "mode de paiement"),
]


@pytest.mark.parametrize(("slip", "words"), REFUSED)
def test_a_slip_is_refused_and_changes_nothing(people, ordre, slip, words):
    before = Ecriture.objects.count()
    with pytest.raises(Refus, match=words):
        cash(people, ordre, **slip)
    assert figures(ordre) == ("NOTIFIE", D(1000), D(0), D(0))
    assert Ecriture.objects.count() == before
    assert not Encaissement.objects.exists()


@pytest.mark.parametrize("role", ["gestionnaire", "ordonnateur", "decideur", "responsable"])
def test_only_the_comptable_records(people, ordre, role):
    with pytest.raises(Refus, match="Seul l’agent comptable"):
        record_cash(getattr(people, role), ordre, montant=D(1), recu_le=ON, reference="V", on=ON)


def test_a_line_of_the_bank_is_recorded_once(people, ordre):
    other = make_ordre("50.00")
    cash(people, ordre, "10.00", "VIR  42")
    for target in (ordre, other):
        with pytest.raises(Refus, match="déjà enregistrée sur l’ordre"):
            cash(people, target, "10.00", " VIR 42 ")
    assert Encaissement.objects.count() == 1


def test_what_is_beyond_the_debt_is_kept_by_a_decision(people, ordre):
    received = cash(people, ordre, "1200.00", conserver=True, motif="Double paiement")
    assert figures(ordre) == ("SOLDE", D(1000), D(1000), D(0))
    kept = received.excedent_ne
    assert (kept.montant, kept.reste, kept.origine) == (D(200), D(200), "ENCAISSEMENT")
    assert (kept.motif, kept.decide_par) == ("Double paiement", people.comptable.user)
    assert ledger.balance_of(ordre.reference, ledger.EXCEDENTS) == D("-200.00")
    assert faults() == []


def test_an_order_paid_twice_is_wholly_a_surplus(people, ordre):
    cash(people, ordre, "1000.00")
    with pytest.raises(Refus, match="Plus rien n’est à payer"):
        cash(people, ordre, "1000.00", "VIR 2")
    received = cash(people, ordre, "1000.00", "VIR 2", conserver=True, motif="Payé deux fois")
    assert (received.montant, received.excedent_ne.montant) == (D(0), D(1000))
    assert figures(ordre) == ("SOLDE", D(1000), D(1000), D(0))
    cancelled = cancel_cash(people.comptable, received, motif="Rejeté", on=ON)
    assert cancelled.annule_le == ON
    assert figures(ordre) == ("SOLDE", D(1000), D(1000), D(0))
    assert faults() == []


def test_a_wrong_entry_is_reversed_and_the_debt_claimed_again(people, ordre):
    received = cash(people, ordre, "1100.00", conserver=True, motif="Trop versé")
    cancelled = cancel_cash(people.comptable, received, motif="Chèque impayé", on=date(2023, 5, 9))
    assert (cancelled.annule_le, cancelled.motif_annulation) == (date(2023, 5, 9), "Chèque impayé")
    assert figures(ordre) == ("NOTIFIE", D(1000), D(0), D(0))
    assert ordre.echeance == date(2023, 6, 8)
    assert Excedent.objects.get().reste == 0
    assert ledger.balance_of(ordre.reference, ledger.EXCEDENTS) == 0
    assert faults() == []
    connection.check_constraints()
    with pytest.raises(Refus, match="déjà annulé"):
        cancel_cash(people.comptable, received, motif="Encore", on=date(2023, 5, 9))
    # The line of the bank may be recorded again, where it belongs.
    cash(people, make_ordre("1100.00"), "1100.00", on=date(2023, 5, 9))
    assert faults() == []


def test_a_reversal_from_the_accounts_undoes_the_payment_as_well(people, ordre):
    received = cash(people, ordre, "400.00")
    reverse_entry(people.comptable, received.ecriture, motif="Erreur de compte", on=ON)
    assert figures(ordre) == ("NOTIFIE", D(1000), D(0), D(0))
    received.refresh_from_db()
    assert received.annule_le == ON
    assert faults() == []


def test_a_reversal_needs_the_surplus_reversed_first(people, ordre):
    received = cash(people, ordre, "1100.00", conserver=True, motif="Trop versé")
    with pytest.raises(Refus, match="Un excédent est né"):
        reverse_entry(people.comptable, received.ecriture, motif="Erreur", on=ON)
    assert figures(ordre) == ("SOLDE", D(1000), D(1000), D(0))


def test_a_payment_returned_after_the_clearing_of_the_rest_is_claimed_again(people, ordre):
    """970,00 € paid, 30,00 € cleared, then the cheque comes back: 970,00 € are owed."""
    received = cash(people, ordre, "970.00")
    ordre.refresh_from_db()
    [entry] = ledger.post([entry_of(ordre, "APUREMENT", D("30.00"))], ON)
    assert entry.reference == ordre.reference
    OrdreDeRecouvrer.objects.filter(pk=ordre.pk).update(etat="APURE", abandonne=D("30.00"))
    cancel_cash(people.comptable, received, motif="Chèque impayé", on=ON)
    assert figures(ordre) == ("NOTIFIE", D(1000), D(0), D(30))
    assert ordre.reste == D("970.00")
    assert faults() == []


def test_a_payment_that_a_reduction_gave_back_is_not_cancelled(people, ordre):
    received = cash(people, ordre, "400.00")
    ordre.refresh_from_db()
    cuts, left = spread_cut([ordre], D("800.00"), piece_of(ordre))
    assert left == 0
    [surplus] = apply_cuts(people.ordonnateur, cuts, ON)
    assert surplus.montant == D("200.00")
    assert figures(ordre) == ("SOLDE", D(200), D(200), D(0))
    with pytest.raises(Refus, match="est devenu un excédent"):
        cancel_cash(people.comptable, received, motif="Erreur", on=ON)
    assert figures(ordre) == ("SOLDE", D(200), D(200), D(0))
    assert faults() == []


def test_what_is_paid_after_a_succession_is_the_successor_s(people, ordre):
    """The order keeps its name; its balance, then its cash, are in the successor's accounts."""
    former = ordre.financeur
    heir = Financeur.objects.create(
        type="CD", code="6AE", nom="Collectivité", organisation=make_organisation("CD")
    )
    cash(people, ordre, "400.00")
    succession = propose_succession(
        people.gestionnaire, former, heir, effet=date(2023, 5, 3), texte="Loi", on=ON
    )
    grant_succession(people.ordonnateur, succession, on=date(2023, 5, 4))
    before = ledger.balances(comptes=["515"])
    cash(people, ordre, "600.00", "VIR 2", recu_le=date(2023, 5, 5), on=date(2023, 5, 5))
    connection.check_constraints()
    after = ledger.balances(comptes=["515"])
    assert after["515", heir.pk] - before["515", heir.pk] == D("600.00")
    assert after["515", former.pk] == before["515", former.pk] == 0
    assert figures(ordre) == ("SOLDE", D(1000), D(1000), D(0))
    assert set(ledger.balances(comptes=["463"]).values()) == {0}
    assert faults() == []


def test_a_debt_paid_before_its_notification_is_notified_once_claimed_again(db):
    """It never had a day to pay: the night job notifies it as any order issued."""
    ordre = make_ordre("1000.00", etat="EMIS")
    people = make_people(ordre)
    paid = cash(people, ordre, "1000.00")
    cancel_cash(people.comptable, paid, motif="Chèque impayé", on=ON)
    assert figures(ordre) == ("EMIS", D(1000), D(0), D(0))
    assert (ordre.notifie_le, ordre.echeance) == (None, None)
    pursue(None, ordre, "notifier", on=ON)
    ordre.refresh_from_db()
    assert (ordre.etat, ordre.notifie_le) == ("NOTIFIE", ON)


def test_queries_do_not_depend_on_what_was_recorded_before(people, ordre):
    counts = []
    for number in range(4):
        with CaptureQueriesContext(connection) as queries:
            cash(people, ordre, "10.00", f"VIR {number}")
        counts.append(len(queries))
    assert counts[1] == counts[3]


def test_two_connections_record_a_line_of_the_bank_once(committed_db):
    """On two orders at once: one is paid, the other refused in words."""
    with transaction.atomic():
        orders = [make_ordre("100.00"), make_ordre("100.00")]
    people = make_people(orders[0])
    barrier, results = Barrier(2), []

    def record(ordre: OrdreDeRecouvrer) -> None:
        try:
            barrier.wait()
            cash(people, ordre, "100.00")
            results.append("recorded")
        except Refus as refus:
            results.append(str(refus)[:24])
        finally:
            connections.close_all()

    threads = [Thread(target=record, args=[ordre]) for ordre in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["L’opération bancaire « V", "recorded"]
    assert Encaissement.objects.count() == 1
    assert sorted(OrdreDeRecouvrer.objects.values_list("etat", flat=True)) == ["NOTIFIE", "SOLDE"]
    assert faults() == []


def test_two_connections_never_pay_more_than_the_debt(committed_db):
    with transaction.atomic():
        ordre = make_ordre("100.00")
    people = make_people(ordre)
    barrier, results = Barrier(2), []

    def record(reference: str) -> None:
        try:
            barrier.wait()
            cash(people, ordre, "60.00", reference)
            results.append("recorded")
        except Refus as refus:
            results.append(str(refus)[:16])
        finally:
            connections.close_all()

    threads = [Thread(target=record, args=[f"VIR {number}"]) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["Il ne reste que ", "recorded"]
    assert figures(ordre) == ("NOTIFIE", D(100), D(60), D(0))
