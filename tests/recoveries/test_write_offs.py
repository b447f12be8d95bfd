"""Non-valeurs: lists, clock of the département, decisions line by line; extinctions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connections, transaction

from apps.accounts.models import Notification, Role
from apps.conventions.models import Financeur
from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.payments import ledger
from apps.payments.models import Ecriture
from apps.payments.services.successions import grant_succession, propose_succession
from apps.recoveries.models import Extinction, LigneNonValeur, ListeNonValeur
from apps.recoveries.services.abandons import (
    add_line,
    complete_line,
    prepare_list,
    receive_list,
    remove_line,
    return_list,
    submit_list,
)
from apps.recoveries.services.admissions import decide_line
from apps.recoveries.services.extinctions import decide_extinction, propose_extinction
from apps.recoveries.tasks_apurement import settle_silence
from apps.recoveries.transitions_apurement import EXTINCTION, LISTE, reached
from tests.factories import (
    delegate,
    make_financeur_etat,
    make_membership,
    make_organisation,
    make_pdf,
)
from tests.recoveries.creances import ON, figures, make_ordre, make_people, pay

RECEIVED = date(2023, 6, 15)
LAST, AFTER = date(2023, 10, 15), date(2023, 10, 16)
ELEMENTS = "Nouvelle adresse : 3 rue du Port, Lens."


@pytest.fixture
def ordre(db):
    return make_ordre("1000.00")


@pytest.fixture
def people(ordre):
    return make_people(ordre)


def presented(people, *ordres) -> list[LigneNonValeur]:
    liste = prepare_list(people.gestionnaire, ordres[0].financeur, on=ON)
    return [
        add_line(people.gestionnaire, liste, ordre, motif="DISSOLUTION", piece=make_pdf())
        for ordre in ordres
    ]


def submitted(people, *ordres) -> list[LigneNonValeur]:
    lignes = presented(people, *ordres)
    submit_list(people.comptable, lignes[0].liste, on=ON)
    return lignes


def received(people, *ordres) -> list[LigneNonValeur]:
    lignes = submitted(people, *ordres)
    receive_list(people.decideur, lignes[0].liste, recue_le=RECEIVED, on=RECEIVED)
    return lignes


LIST_EVENTS = {
    "soumettre": {"PREPARATION"},
    "recevoir": {"SOUMISE"},
    "completer": {"RECUE"},
    "clore": {"SOUMISE", "RECUE"},
}
EXTINCTION_EVENTS = {"prononcer": {"PROPOSEE"}, "rejeter": {"PROPOSEE"}}


@pytest.mark.parametrize(
    ("model", "table", "allowed"),
    [(ListeNonValeur, LISTE, LIST_EVENTS), (Extinction, EXTINCTION, EXTINCTION_EVENTS)],
    ids=["liste", "extinction"],
)
def test_states_and_events(model, table, allowed) -> None:
    assert set(table) == set(allowed)
    for event in table:
        for etat in model.Etat.values:
            found = model(etat=etat)
            if etat in allowed[event]:
                assert reached(found, event) == table[event][1]
                continue
            with pytest.raises(Refus, match=f"« {found.get_etat_display()} »"):
                reached(found, event)


def test_the_departement_admits(ordre, people) -> None:
    """Ledger, two people, trace, and the list closed with its last decision."""
    (ligne,) = received(people, ordre)
    done = decide_line(people.decideur, ligne, admise=True, on=LAST)
    assert (done.decision, done.decidee_par, done.tacite) == ("ADMISE", people.decideur.user, False)
    assert figures(ordre) == ("NON_VALEUR", D("1000.00"), D(0), D("1000.00"))
    assert ledger.balance_of(ordre.reference, ledger.NON_VALEURS) == D("1000.00")
    assert ListeNonValeur.objects.get().etat == "CLOSE"
    assert Entree.objects.filter(action="nonvaleur.admise").count() == 1
    told = Notification.objects.filter(titre="Liste de non-valeurs décidée")
    assert {n.organisation for n in told} == {
        people.comptable.organisation,
        ordre.financeur.organisation,
    }
    # The debt is not forgiven: its debtor is told nothing.
    assert not Notification.objects.filter(organisation=ordre.structure.organisation).exists()


def test_a_refusal_gives_the_elements_and_the_recovery_goes_on(ordre, people) -> None:
    (ligne,) = received(people, ordre)
    with pytest.raises(Refus, match="éléments qui permettent de reprendre"):
        decide_line(people.decideur, ligne, admise=False, elements=" ", on=LAST)
    assert ListeNonValeur.objects.get().etat == "RECUE"
    done = decide_line(people.decideur, ligne, admise=False, elements=ELEMENTS, on=LAST)
    assert (done.decision, done.elements) == ("REFUSEE", ELEMENTS)
    assert figures(ordre) == ("NOTIFIE", D("1000.00"), D(0), D(0))
    assert not Ecriture.objects.filter(evenement="NON_VALEUR").exists()
    with pytest.raises(IntegrityError, match="refusal_gives_elements"), transaction.atomic():
        LigneNonValeur.objects.update(elements="")


@pytest.mark.parametrize(("day", "admitted"), [(LAST, 0), (AFTER, 1), (date(2023, 11, 2), 1)])
def test_silence_of_four_months_admits(ordre, people, day, admitted) -> None:
    received(people, ordre)
    assert settle_silence(day.isoformat()) == {"remises": 0, "non_valeurs": admitted}
    ligne = LigneNonValeur.objects.get()
    if not admitted:
        assert (ligne.decision, figures(ordre)[0]) == ("", "NOTIFIE")
        return
    assert (ligne.decision, ligne.tacite, ligne.decidee_le) == ("ADMISE", True, AFTER)
    assert figures(ordre) == ("NON_VALEUR", D("1000.00"), D(0), D("1000.00"))
    assert Entree.objects.filter(action="nonvaleur.tacite", utilisateur=None).count() == 1
    assert settle_silence(day.isoformat())["non_valeurs"] == 0
    assert Ecriture.objects.filter(evenement="NON_VALEUR").count() == 1


def test_without_the_receipt_of_the_complete_file_no_clock_runs(ordre, people) -> None:
    (ligne,) = submitted(people, ordre)
    assert settle_silence("2030-01-01")["non_valeurs"] == 0
    receive_list(people.decideur, ligne.liste, recue_le=RECEIVED, on=RECEIVED)
    returned = return_list(
        people.decideur, ligne.liste, manque="Jugement illisible", on=date(2023, 10, 1)
    )
    assert (returned.etat, returned.recue_le) == ("SOUMISE", None)
    assert settle_silence("2030-01-01")["non_valeurs"] == 0
    before = ligne.piece.sha256
    complete_line(people.gestionnaire, ligne, piece=make_pdf(contents=b"%PDF-1.7\nnet\n%%EOF\n"))
    ligne.refresh_from_db()
    assert ligne.piece.sha256 != before
    # Its receipt is not dated back to before it was complete: the clock would have run already.
    with pytest.raises(Refus, match="incomplet le 01/10/2023"):
        receive_list(
            people.gestionnaire,
            ligne.liste,
            recue_le=RECEIVED,
            reference="AR",
            on=date(2023, 10, 10),
        )
    assert settle_silence("2030-01-01")["non_valeurs"] == 0
    again = receive_list(
        people.decideur, ligne.liste, recue_le=date(2023, 10, 10), on=date(2023, 10, 10)
    )
    assert again.echeance == date(2024, 2, 10)


def test_after_a_succession_the_successor_alone_decides(ordre, people) -> None:
    """The debt, hence the loss, is in its accounts: the former département decides no more."""
    (ligne,) = received(people, ordre)
    heir = Financeur.objects.create(
        type="CD", code="6AE", nom="Collectivité", organisation=make_organisation("CD")
    )
    decideur = make_membership(Role.DECIDEUR, heir.organisation)
    delegate(decideur)
    with pytest.raises(Refus, match="revient au décideur"):
        decide_line(decideur, ligne, admise=True, on=RECEIVED)
    succession = propose_succession(
        people.gestionnaire, ordre.financeur, heir, effet=date(2023, 7, 1), texte="Loi", on=ON
    )
    grant_succession(people.ordonnateur, succession, on=date(2023, 7, 1))
    with pytest.raises(Refus, match="revient au décideur"):
        decide_line(people.decideur, ligne, admise=True, on=date(2023, 7, 2))
    assert figures(ordre) == ("NOTIFIE", D(1000), D(0), D(0))
    decide_line(decideur, ligne, admise=True, on=date(2023, 7, 2))
    assert figures(ordre) == ("NON_VALEUR", D(1000), D(0), D(1000))
    assert ledger.balances(comptes=["6541"]) == {("6541", heir.pk): D(1000)}


def test_a_list_is_decided_line_by_line_and_the_silence_takes_the_rest(ordre, people) -> None:
    second, paid = make_ordre("200.00"), make_ordre("300.00")
    first_line, *_rest = received(people, ordre, second, paid)
    pay(paid, "300.00")
    decide_line(people.decideur, first_line, admise=False, elements=ELEMENTS, on=LAST)
    assert settle_silence(AFTER.isoformat())["non_valeurs"] == 1
    rows = LigneNonValeur.objects.order_by("ordre__numero").values_list("decision", "tacite")
    assert list(rows) == [("REFUSEE", False), ("ADMISE", True), ("SANS_OBJET", False)]
    assert ListeNonValeur.objects.get().etat == "CLOSE"
    assert figures(second)[0] == "NON_VALEUR"
    assert figures(paid) == ("SOLDE", D("300.00"), D("300.00"), D(0))


WHO = [
    ("lecteur", "revient au décideur"),
    ("autre_decideur", "revient au décideur"),
    ("ordonnateur", "revient au décideur"),
    ("responsable", "revient au décideur"),
]


@pytest.mark.parametrize(("who", "sentence"), WHO)
def test_a_refused_decision_changes_nothing(ordre, people, who, sentence) -> None:
    (ligne,) = received(people, ordre)
    traces = Entree.objects.count()
    with pytest.raises(Refus, match=sentence), transaction.atomic():
        decide_line(getattr(people, who), ligne, admise=True, on=LAST)
    ligne.refresh_from_db()
    assert ligne.decision == ""
    assert figures(ordre) == ("NOTIFIE", D("1000.00"), D(0), D(0))
    assert Entree.objects.count() == traces


def test_past_the_delay_only_the_silence_decides(ordre, people) -> None:
    (ligne,) = received(people, ordre)
    with pytest.raises(Refus, match="vaut acceptation"):
        decide_line(people.decideur, ligne, admise=False, elements=ELEMENTS, on=AFTER)


def test_two_people_of_the_asp(ordre, people) -> None:
    (ligne,) = presented(people, ordre)
    other = people.comptable
    second = add_line(
        other, ligne.liste, make_ordre("80.00"), motif="AUTRE", detail="Précis.", piece=make_pdf()
    )
    with pytest.raises(Refus, match="une autre personne"):
        submit_list(other, ligne.liste, on=ON)
    submit_list(people.ordonnateur, ligne.liste, on=ON)
    with pytest.raises(IntegrityError, match="write_off_four_eyes"), transaction.atomic():
        LigneNonValeur.objects.filter(pk=second.pk).update(soumise_par=other.user)
    with pytest.raises(IntegrityError, match="list_four_eyes"), transaction.atomic():
        ListeNonValeur.objects.update(soumise_par=people.gestionnaire.user)


def test_what_is_not_presented(ordre, people) -> None:
    (ligne,) = presented(people, ordre)
    liste = ligne.liste
    cases = [
        (ordre, "DISSOLUTION", "déjà présenté"),
        (make_ordre("30.00"), "DISSOLUTION", "l’apurement est automatique"),
        (make_ordre("100.00", de_l_etat=True), "DISSOLUTION", "n’est pas pour ce financeur"),
        (make_ordre("100.00"), "AUTRE", "Précisez le motif"),
    ]
    for order, motif, sentence in cases:
        with pytest.raises(Refus, match=sentence), transaction.atomic():
            add_line(people.gestionnaire, liste, order, motif=motif, piece=make_pdf())
    with pytest.raises(Refus, match="ni un PDF ni une image"), transaction.atomic():
        add_line(
            people.gestionnaire,
            liste,
            make_ordre("100.00"),
            motif="DISSOLUTION",
            piece=make_pdf(contents=b"MZ"),
        )
    assert liste.lignes.count() == 1
    remove_line(people.gestionnaire, ligne)
    with pytest.raises(Refus, match="est vide"):
        submit_list(people.comptable, liste, on=ON)


def test_the_state_s_list_is_decided_by_the_ordonnateur_without_any_clock(db) -> None:
    ordre = make_ordre("1000.00", de_l_etat=True)
    people = make_people(ordre)
    (ligne,) = submitted(people, ordre)
    assert ligne.liste.financeur == make_financeur_etat()
    with pytest.raises(Refus, match="sans délai ni silence"):
        receive_list(people.gestionnaire, ligne.liste, recue_le=ON, reference="AR", on=ON)
    assert settle_silence("2030-01-01")["non_valeurs"] == 0
    decide_line(people.ordonnateur, ligne, admise=True, on=ON)
    assert figures(ordre)[0] == "NON_VALEUR"


def test_a_departement_sees_its_lists_once_submitted(ordre, people) -> None:
    (ligne,) = presented(people, ordre)
    mine = LigneNonValeur.objects.visible_to
    assert list(mine(people.decideur)) == []
    submit_list(people.comptable, ligne.liste, on=ON)
    assert list(mine(people.decideur)) == [ligne]
    for who in (people.autre_decideur, people.responsable):
        assert list(mine(who)) == []
        assert list(ListeNonValeur.objects.visible_to(who)) == []


def test_two_connections_decide_once(committed_db) -> None:
    """The décideur and the night job at the same moment: written off once."""
    ordre = make_ordre("1000.00")
    people = make_people(ordre)
    (ligne,) = received(people, ordre)
    barrier, results = Barrier(2), []

    def act() -> None:
        try:
            barrier.wait()
            results.append(decide_line(people.decideur, ligne, admise=True, on=LAST).decision)
        except Refus:
            results.append("refusée")
        finally:
            connections.close_all()

    threads = [Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["ADMISE", "refusée"]
    assert Ecriture.objects.filter(evenement="NON_VALEUR").count() == 1


@pytest.mark.parametrize("motif", sorted(Extinction.Motif.values))
def test_an_extinction_does_not_go_before_the_departement(ordre, people, motif) -> None:
    """Insufficient assets, debt cancelled, death: accountant, then ordonnateur."""
    pay(ordre, "250.00")
    found = propose_extinction(people.comptable, ordre, motif=motif, piece=make_pdf(), on=ON)
    assert figures(ordre)[0] == "NOTIFIE"
    with pytest.raises(Refus, match="revient à l’ordonnateur"):
        decide_extinction(people.comptable, found, prononcee=True, on=ON)
    done = decide_extinction(people.ordonnateur, found, prononcee=True, on=ON)
    assert (done.etat, done.montant) == ("PRONONCEE", D("750.00"))
    assert figures(ordre) == ("ETEINT", D("1000.00"), D("250.00"), D("750.00"))
    assert ledger.balance_of(ordre.reference, ledger.EXTINCTIONS) == D("750.00")
    with pytest.raises(Refus, match="Seule une extinction proposée"):
        decide_extinction(people.ordonnateur, found, prononcee=True, on=ON)


def test_an_extinction_rejected_leaves_the_debt(ordre, people) -> None:
    found = propose_extinction(people.comptable, ordre, motif="DECES", piece=make_pdf(), on=ON)
    with pytest.raises(Refus, match="Motivez le rejet"):
        decide_extinction(people.ordonnateur, found, prononcee=False, on=ON)
    decide_extinction(people.ordonnateur, found, prononcee=False, motif="Erreur.", on=ON)
    assert figures(ordre) == ("NOTIFIE", D("1000.00"), D(0), D(0))
    with pytest.raises(Refus, match="agent comptable"):
        propose_extinction(people.gestionnaire, ordre, motif="DECES", piece=make_pdf(), on=ON)
