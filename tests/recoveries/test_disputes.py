"""Disputes: filed, suspended by written order or not, examined, decided by another person."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connections, transaction

from apps.accounts.models import Notification
from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.payments import ledger
from apps.payments.models import Ecriture
from apps.recoveries.models import Contestation, Excedent
from apps.recoveries.poursuites import suspensions_of
from apps.recoveries.services.contestations import (
    contest,
    decide_dispute,
    examine_dispute,
    keep_pursuit,
    suspend_pursuit,
)
from apps.recoveries.transitions_apurement import CONTESTATION, reached
from tests.factories import make_pdf
from tests.recoveries.creances import ON, figures, make_ordre, make_people, pay

Etat = Contestation.Etat
LATER = date(2023, 5, 20)


@pytest.fixture
def ordre(db):
    return make_ordre("1000.00")


@pytest.fixture
def people(ordre):
    return make_people(ordre)


def filed(ordre, people, **fields) -> Contestation:
    return contest(people.responsable, ordre, motif="Heures oubliées en mars.", on=ON, **fields)


def examined(ordre, people, reduction: str = "0.00") -> Contestation:
    return examine_dispute(
        people.gestionnaire,
        filed(ordre, people),
        avis="Les heures sont dues.",
        reduction=D(reduction),
        on=ON,
    )


def decide(people, contestation, reduction: str) -> Contestation:
    return decide_dispute(
        people.ordonnateur, contestation, reduction=D(reduction), motif="Vu l’avis.", on=LATER
    )


ALLOWED = {
    "suspendre": {"DEPOSEE", "MAINTENUE"},
    "maintenir": {"DEPOSEE", "SUSPENDUE"},
    "rejeter": {"DEPOSEE", "SUSPENDUE", "MAINTENUE"},
    "admettre": {"DEPOSEE", "SUSPENDUE", "MAINTENUE"},
    "admettre_en_partie": {"DEPOSEE", "SUSPENDUE", "MAINTENUE"},
}


@pytest.mark.parametrize("event", sorted(CONTESTATION))
@pytest.mark.parametrize("etat", sorted(Etat.values))
def test_states_and_events(event: str, etat: str) -> None:
    """Every state and every event: reached, or refused with the present state named."""
    found = Contestation(etat=etat)
    if etat in ALLOWED[event]:
        assert reached(found, event) == CONTESTATION[event][1]
        return
    with pytest.raises(Refus, match=f"« {found.get_etat_display()} »"):
        reached(found, event)


def test_a_dispute_stops_nothing_by_itself(ordre, people) -> None:
    found = filed(ordre, people, piece=make_pdf())
    assert (found.etat, found.deposee_le, found.hors_delai) == ("DEPOSEE", ON, False)
    assert found.piece.sha256
    assert suspensions_of(ordre, ON) == []
    assert figures(ordre) == ("NOTIFIE", D("1000.00"), D(0), D(0))
    assert Entree.objects.get(action="contestation.deposee").motif == "Heures oubliées en mars."


@pytest.mark.parametrize(
    ("received", "late"),
    # Notified on 3 April 2023: the two months end on 4 June, the last day not counted.
    [(date(2023, 6, 4), False), (date(2023, 6, 5), True)],
)
def test_past_the_two_months_it_is_kept_and_said_late(ordre, people, received, late) -> None:
    found = contest(
        people.gestionnaire, ordre, motif="Lettre", recue_le=received, on=date(2023, 7, 1)
    )
    assert found.hors_delai is late


def test_the_written_order_suspends_and_the_decision_gives_a_new_deadline(ordre, people) -> None:
    found = examined(ordre, people)
    suspend_pursuit(people.ordonnateur, found, motif="Doute sérieux.", on=ON)
    (suspension,) = suspensions_of(ordre, LATER)
    assert suspension.depuis == ON
    decide(people, found, "0.00")
    assert suspensions_of(ordre, LATER) == []
    ordre.refresh_from_db()
    assert ordre.echeance == date(2023, 6, 19)
    assert figures(ordre) == ("NOTIFIE", D("1000.00"), D(0), D(0))
    assert not Ecriture.objects.filter(evenement="REDUCTION_ORDRE").exists()


def test_a_suspension_is_lifted_or_refused(ordre, people) -> None:
    found = filed(ordre, people)
    suspend_pursuit(people.ordonnateur, found, motif="Doute.", on=ON)
    keep_pursuit(people.ordonnateur, found, motif="Doute levé.", on=LATER)
    found.refresh_from_db()
    assert (found.etat, found.suspension_le) == ("MAINTENUE", LATER)
    assert suspensions_of(ordre, LATER) == []


DECISIONS = [
    # paid, reduction, state of the dispute, of the order, amount, recovered, surplus
    ("", "0.00", "REJETEE", "NOTIFIE", "1000.00", "0.00", None),
    ("", "400.00", "PARTIELLE", "NOTIFIE", "600.00", "0.00", None),
    ("", "1000.00", "ADMISE", "ANNULE", "0.00", "0.00", None),
    ("600.00", "400.00", "PARTIELLE", "SOLDE", "600.00", "600.00", None),
    ("600.00", "700.00", "PARTIELLE", "SOLDE", "300.00", "300.00", "300.00"),
    ("600.00", "1000.00", "ADMISE", "ANNULE", "0.00", "0.00", "600.00"),
    ("1000.00", "250.00", "PARTIELLE", "SOLDE", "750.00", "750.00", "250.00"),
    ("1000.00", "1000.00", "ADMISE", "ANNULE", "0.00", "0.00", "1000.00"),
]


@pytest.mark.parametrize(
    ("paid", "reduction", "dispute", "state", "amount", "recovered", "surplus"), DECISIONS
)
def test_decision(
    ordre, people, paid, reduction, dispute, state, amount, recovered, surplus
) -> None:
    """The order is reduced; what had been paid beyond it is a surplus of the structure."""
    if paid:
        pay(ordre, paid)
    found = decide(people, examined(ordre, people, reduction), reduction)
    assert (found.etat, found.reduction, found.decidee_le) == (dispute, D(reduction), LATER)
    assert figures(ordre) == (state, D(amount), D(recovered), D(0))
    assert list(Excedent.objects.values_list("montant", flat=True)) == (
        [D(surplus)] if surplus else []
    )
    account = -ledger.balance_of(ordre.reference, ledger.EXCEDENTS)
    assert account == D(surplus or 0)
    assert ledger.balance_of(ordre.reference, ledger.AIDE) == -D(amount)
    told = Notification.objects.filter(titre="Contestation décidée")
    assert {n.organisation for n in told} == {
        ordre.structure.organisation,
        ordre.financeur.organisation,
    }


REFUSED = [
    ("responsable", "0.00", "revient à l’ordonnateur"),
    ("comptable", "0.00", "revient à l’ordonnateur"),
    ("ordonnateur", "1000.01", "La réduction va de 0"),
    ("ordonnateur", "-1.00", "La réduction va de 0"),
]


@pytest.mark.parametrize(("who", "reduction", "sentence"), REFUSED)
def test_a_refused_decision_changes_nothing(ordre, people, who, reduction, sentence) -> None:
    found = examined(ordre, people)
    traces = Entree.objects.count()
    with pytest.raises(Refus, match=sentence), transaction.atomic():
        decide_dispute(getattr(people, who), found, reduction=D(reduction), motif="Vu.", on=LATER)
    found.refresh_from_db()
    assert (found.etat, found.decidee_par) == ("DEPOSEE", None)
    assert figures(ordre) == ("NOTIFIE", D("1000.00"), D(0), D(0))
    assert Entree.objects.count() == traces


def test_no_decision_without_an_opinion_nor_twice(ordre, people) -> None:
    found = filed(ordre, people)
    with pytest.raises(Refus, match="pas encore reçu l’avis"):
        decide(people, found, "0.00")
    examine_dispute(people.comptable, found, avis="Avis.", reduction=D(0), on=ON)
    decide(people, found, "100.00")
    with pytest.raises(Refus, match="Seule une contestation en cours"):
        decide(people, found, "100.00")
    assert figures(ordre)[1] == D("900.00")


def test_one_dispute_at_a_time_by_those_concerned(ordre, people) -> None:
    filed(ordre, people)
    with pytest.raises(Refus, match="déjà en cours"):
        filed(ordre, people)
    other = make_ordre("50.00")
    with pytest.raises(Refus, match="présentée par la structure"):
        contest(people.responsable, other, motif="Pas la mienne", on=ON)
    with pytest.raises(Refus, match="motifs"):
        contest(people.gestionnaire, other, motif="  ", on=ON)
    assert Contestation.objects.count() == 1


def test_four_eyes_are_kept_by_the_database(ordre, people) -> None:
    found = decide(people, examined(ordre, people), "0.00")
    with pytest.raises(IntegrityError, match="dispute_four_eyes"), transaction.atomic():
        Contestation.objects.filter(pk=found.pk).update(decidee_par=people.gestionnaire.user)


def test_who_sees_a_dispute(ordre, people) -> None:
    found = filed(ordre, people)
    seen = {
        name: list(Contestation.objects.visible_to(getattr(people, name))) == [found]
        for name in ("gestionnaire", "responsable", "decideur", "lecteur", "autre_decideur")
    }
    assert seen == {
        "gestionnaire": True,
        "responsable": True,
        "decideur": True,
        "lecteur": True,
        "autre_decideur": False,
    }


def test_two_connections_decide_once(committed_db) -> None:
    """Two decisions at the same moment: one reduces the order, the other is refused."""
    ordre = make_ordre("1000.00")
    people = make_people(ordre)
    found = examined(ordre, people, "400.00")
    barrier, results = Barrier(2), []

    def act() -> None:
        try:
            barrier.wait()
            results.append(decide(people, found, "400.00").etat)
        except Refus:
            results.append("refusée")
        finally:
            connections.close_all()

    threads = [Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["PARTIELLE", "refusée"]
    assert figures(ordre) == ("NOTIFIE", D("600.00"), D(0), D(0))
    assert Ecriture.objects.filter(evenement="REDUCTION_ORDRE").count() == 1
