"""Remissions: refused to legal persons, proposed, transmitted, decided or accepted by silence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import Delegation, Notification
from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.payments import ledger
from apps.payments.models import Ecriture
from apps.recoveries.models import DemandeRemise
from apps.recoveries.services.remises import (
    SILENCE,
    ask_remission,
    decide_remission,
    propose_remission,
    receive_remission,
    return_remission,
    transmit_remission,
)
from apps.recoveries.tasks_apurement import settle_silence
from apps.recoveries.transitions_apurement import REMISE, reached
from apps.siae.codes import PERSONNES_PHYSIQUES, FormeJuridique
from tests.factories import delegate
from tests.recoveries.creances import ON, figures, make_ordre, make_people, pay

Etat = DemandeRemise.Etat
RECEIVED = date(2023, 10, 31)
TEXT = (
    "Les demandes de remise gracieuse des personnes morales ne sont pas admises par l’ASP, ces "
    "dernières pouvant bénéficier des dispositions relatives aux procédures collectives."
)


@pytest.fixture
def ordre(db):
    return make_ordre("1000.00", forme="INDIVIDUELLE")


@pytest.fixture
def people(ordre):
    return make_people(ordre)


def asked(ordre, people) -> DemandeRemise:
    return ask_remission(people.responsable, ordre, motif="Gêne.", on=ON)


def proposed(ordre, people, montant: str = "700.00") -> DemandeRemise:
    return propose_remission(
        people.gestionnaire,
        asked(ordre, people),
        synthese="Ressources faibles.",
        montant=D(montant),
        on=ON,
    )


def received(ordre, people, montant: str = "700.00") -> DemandeRemise:
    sent = transmit_remission(people.ordonnateur, proposed(ordre, people, montant), on=ON)
    return receive_remission(people.decideur, sent, recue_le=RECEIVED, on=RECEIVED)


ALLOWED = {
    "proposer": {"INSTRUCTION", "PROPOSEE"},
    "transmettre": {"PROPOSEE"},
    "recevoir": {"TRANSMISE"},
    "completer": {"A_DECIDER"},
    "accorder": {"PROPOSEE", "A_DECIDER"},
    "rejeter": {"PROPOSEE", "A_DECIDER"},
}


@pytest.mark.parametrize("event", sorted(REMISE))
@pytest.mark.parametrize("etat", sorted(Etat.values))
def test_states_and_events(event: str, etat: str) -> None:
    found = DemandeRemise(etat=etat)
    if etat in ALLOWED[event]:
        assert reached(found, event) == REMISE[event][1]
        return
    with pytest.raises(Refus, match=f"« {found.get_etat_display()} »"):
        reached(found, event)


@pytest.mark.parametrize("forme", sorted(set(FormeJuridique.values) - PERSONNES_PHYSIQUES))
def test_a_legal_person_is_refused_at_once_with_the_sentence_of_the_convention(db, forme) -> None:
    """Recorded and told, word for word; nothing else happens to the debt."""
    ordre = make_ordre("1000.00", forme=forme)
    people = make_people(ordre)
    found = asked(ordre, people)
    assert (found.etat, found.decision, found.decidee_le) == ("NON_ADMISE", TEXT, ON)
    told = Notification.objects.get(titre="Demande de remise non admise")
    assert (told.organisation, told.texte) == (ordre.structure.organisation, TEXT)
    assert figures(ordre) == ("NOTIFIE", D("1000.00"), D(0), D(0))
    with pytest.raises(Refus, match="pendant l’instruction"):
        propose_remission(people.gestionnaire, found, synthese="x", montant=D(1), on=ON)


DECISIONS = [
    # granted, state of the request, of the order, given up
    ("0.00", "REJETEE", "NOTIFIE", "0.00"),
    ("700.00", "ACCORDEE", "NOTIFIE", "700.00"),
    ("1000.00", "ACCORDEE", "REMIS", "1000.00"),
]


@pytest.mark.parametrize(("granted", "state", "order", "given_up"), DECISIONS)
def test_the_departement_decides(ordre, people, granted, state, order, given_up) -> None:
    found = decide_remission(
        people.decideur,
        received(ordre, people),
        montant=D(granted),
        motif="Vu la fiche.",
        on=date(2024, 2, 29),
    )
    assert (found.etat, found.montant_accorde, found.tacite) == (state, D(granted), False)
    assert figures(ordre) == (order, D("1000.00"), D(0), D(given_up))
    assert ledger.balance_of(ordre.reference, ledger.REMISES) == D(given_up)


SILENCES = [
    # day of the night job, accepted; the file was received complete on 31 October 2023
    ("2024-02-28", False),
    ("2024-02-29", False),
    ("2024-03-01", True),
    ("2024-03-09", True),
]


@pytest.mark.parametrize(("day", "accepted"), SILENCES)
def test_silence_of_four_months_accepts_the_proposal(ordre, people, day, accepted) -> None:
    found = received(ordre, people)
    assert settle_silence(day) == {"remises": int(accepted), "non_valeurs": 0}
    found.refresh_from_db()
    if not accepted:
        assert (found.etat, found.tacite) == ("A_DECIDER", False)
        assert figures(ordre) == ("NOTIFIE", D("1000.00"), D(0), D(0))
        return
    assert (found.etat, found.tacite, found.decision) == ("ACCORDEE", True, SILENCE)
    # The acceptance is dated from the day after the last one to answer, however late the job.
    assert (found.decidee_le, found.decidee_par) == (date(2024, 3, 1), None)
    assert figures(ordre) == ("NOTIFIE", D("1000.00"), D(0), D("700.00"))
    assert Entree.objects.filter(action="remise.tacite", utilisateur=None).count() == 1
    assert settle_silence(day)["remises"] == 0
    assert Ecriture.objects.filter(evenement="REMISE").count() == 1


def test_silence_accepts_a_proposal_to_refuse(ordre, people) -> None:
    found = received(ordre, people, "0.00")
    settle_silence("2024-03-01")
    found.refresh_from_db()
    assert (found.etat, found.tacite, found.montant_accorde) == ("REJETEE", True, D(0))
    assert figures(ordre)[3] == D(0)


def test_what_was_paid_meanwhile_is_not_remitted(ordre, people) -> None:
    found = received(ordre, people)
    pay(ordre, "600.00")
    settle_silence("2024-03-01")
    found.refresh_from_db()
    assert found.montant_accorde == D("400.00")
    assert figures(ordre) == ("REMIS", D("1000.00"), D("600.00"), D("400.00"))


def test_after_the_four_months_the_departement_no_longer_decides(ordre, people) -> None:
    found = received(ordre, people)
    with pytest.raises(Refus, match="vaut acceptation"):
        decide_remission(people.decideur, found, montant=D(0), motif="Non.", on=date(2024, 3, 1))
    assert figures(ordre)[3] == D(0)


def test_a_missing_document_stops_the_clock_which_starts_again(ordre, people) -> None:
    found = return_remission(
        people.decideur, received(ordre, people), manque="Avis d’imposition", on=date(2024, 2, 1)
    )
    assert (found.etat, found.recue_le, found.echeance) == ("TRANSMISE", None, None)
    assert settle_silence("2024-12-31")["remises"] == 0
    again = receive_remission(
        people.gestionnaire,
        found,
        recue_le=date(2024, 2, 10),
        reference="AR 1A 234",
        on=date(2024, 2, 12),
    )
    assert again.echeance == date(2024, 6, 10)


def test_the_asp_proves_the_receipt(ordre, people) -> None:
    sent = transmit_remission(people.ordonnateur, proposed(ordre, people), on=ON)
    for day, reference, sentence in (
        (ON, "", "accusé de réception"),
        (date(2023, 4, 1), "AR 1", "n’a été transmis que le"),
        (date(2023, 12, 1), "AR 1", "ne peut pas être postérieure"),
    ):
        with pytest.raises(Refus, match=sentence):
            receive_remission(
                people.gestionnaire, sent, recue_le=day, reference=reference, on=RECEIVED
            )
    sent.refresh_from_db()
    assert (sent.etat, sent.recue_le) == ("TRANSMISE", None)


def test_the_decideur_needs_a_delegation_valid_that_day(ordre, people) -> None:
    found = received(ordre, people)
    Delegation.objects.filter(user=people.decideur.user).delete()
    delegate(people.decideur, fin=date(2023, 10, 31))
    with pytest.raises(Refus, match="Aucune délégation de signature"):
        decide_remission(people.decideur, found, montant=D(0), motif="Non.", on=date(2023, 11, 1))
    for who in (people.lecteur, people.autre_decideur, people.ordonnateur):
        with pytest.raises(Refus, match="revient au décideur"):
            decide_remission(who, found, montant=D(0), motif="Non.", on=RECEIVED)
    decide_remission(people.decideur, found, montant=D(0), motif="Non.", on=RECEIVED)


def test_who_proposes_does_not_transmit(ordre, people) -> None:
    found = asked(ordre, people)
    propose_remission(people.comptable, found, synthese="Avis.", montant=D(1), on=ON)
    with pytest.raises(Refus, match="une autre personne"):
        transmit_remission(people.comptable, found, on=ON)
    with pytest.raises(IntegrityError, match="remission_four_eyes"), transaction.atomic():
        DemandeRemise.objects.update(transmise_par=people.comptable.user)


def test_the_share_of_the_state_is_decided_by_the_ordonnateur(db) -> None:
    ordre = make_ordre("500.00", forme="INDIVIDUELLE", de_l_etat=True)
    people = make_people(ordre)
    found = proposed(ordre, people, "500.00")
    with pytest.raises(Refus, match="sans transmission"):
        transmit_remission(people.comptable, found, on=ON)
    with pytest.raises(Refus, match="revient à l’ordonnateur"):
        decide_remission(people.decideur, found, montant=D(500), motif="Oui.", on=ON)
    decide_remission(people.ordonnateur, found, montant=D("500.00"), motif="Oui.", on=ON)
    assert figures(ordre) == ("REMIS", D("500.00"), D(0), D("500.00"))


def test_a_departement_never_sees_the_request_of_another(ordre, people) -> None:
    found = received(ordre, people)
    assert list(DemandeRemise.objects.visible_to(people.decideur)) == [found]
    assert list(DemandeRemise.objects.visible_to(people.autre_decideur)) == []
