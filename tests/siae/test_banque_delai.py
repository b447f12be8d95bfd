"""Checked bank details wait before they serve; the structure may say that it is not its own act."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Notification
from apps.core import mail
from apps.core.errors import Refus
from apps.core.models import CourrielEnvoye
from apps.journal.models import Entree
from apps.payments.holds import holds_on, situation_of
from apps.siae import notices, services
from apps.siae.models import Contact, CoordonneesBancaires
from apps.siae.tasks import apply_checked_details
from tests.factories import make_bank_details, make_membership, make_version, put_in_effect
from tests.siae.test_banque import RIB, states

# A Friday: the two banking days that follow are the Monday and the Tuesday.
VENDREDI = date(2023, 3, 3)
MARDI = date(2023, 3, 7)


@pytest.fixture
def checked(responsable, structure, gestionnaire):
    """A new account checked on a Friday, the former one being in use."""
    make_bank_details(structure)
    proposal = services.propose_bank_details(responsable, structure, **RIB)
    return services.control_bank_details(gestionnaire, proposal, on=VENDREDI)


@pytest.fixture
def comptable():
    return make_membership("COMPTABLE")


# --- the delay -----------------------------------------------------------------------------------


def test_two_banking_days_pass_before_payments_go_to_the_account(structure, checked):
    assert (checked.etat, checked.effet_le) == ("CONTROLEE", MARDI)
    assert services.apply_bank_details(MARDI - timedelta(days=1)) == []
    assert states(structure) == ["ACTIVE", "CONTROLEE"]
    assert services.apply_bank_details(MARDI) == [checked]
    assert states(structure) == ["REMPLACEE", "ACTIVE"]
    assert services.apply_bank_details(MARDI) == []
    entry = Entree.objects.get(action="banque.activee")
    assert (entry.auteur, entry.objet_id) == ("Traitement automatique", structure.pk)


def test_the_clock_applies_what_is_due(settings, structure, checked):
    settings.TODAY = MARDI
    assert apply_checked_details() == 1
    assert states(structure) == ["REMPLACEE", "ACTIVE"]


def test_during_the_delay_the_former_account_is_the_one_paid(structure, checked):
    in_use = situation_of([], [structure.pk], MARDI).comptes[structure.pk]
    assert CoordonneesBancaires.objects.get(pk=in_use).iban != checked.iban
    services.apply_bank_details(MARDI)
    assert situation_of([], [structure.pk], MARDI).comptes == {structure.pk: checked.pk}


def test_a_later_proposal_replaces_what_was_not_in_effect_yet(responsable, structure, checked):
    services.propose_bank_details(responsable, structure, **RIB | {"titulaire": "Autre"})
    assert states(structure) == ["ACTIVE", "REMPLACEE", "PROPOSEE"]
    assert services.apply_bank_details(MARDI) == []


def test_the_database_refuses_a_control_without_a_date_or_without_a_person(structure, checked):
    rows = CoordonneesBancaires.objects.filter(pk=checked.pk)
    for values, name in (
        ({"effet_le": None}, "siae_bank_effect_is_dated"),
        ({"controle_par": None}, "siae_bank_active_is_checked"),
        ({"controle_par": checked.propose_par}, "siae_bank_four_eyes"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            rows.update(**values)
    assert rows.get().effet_le == MARDI


# --- urgency -------------------------------------------------------------------------------------


def test_the_agent_comptable_does_not_wait_with_a_reason(structure, checked, comptable):
    services.waive_delay(comptable, checked, "Salaires à payer demain.", on=VENDREDI)
    checked.refresh_from_db()
    assert (checked.etat, checked.effet_le, checked.dispense_par) == (
        "ACTIVE",
        VENDREDI,
        comptable.user,
    )
    entry = Entree.objects.get(action="banque.dispensee")
    assert (entry.motif, entry.utilisateur) == ("Salaires à payer demain.", comptable.user)


def test_urgency_has_a_reason(structure, checked, comptable):
    with pytest.raises(Refus, match="Le motif de l’urgence est obligatoire"):
        services.waive_delay(comptable, checked, "  ")
    assert states(structure) == ["ACTIVE", "CONTROLEE"]


@pytest.mark.parametrize("role", ["GESTIONNAIRE", "ORDONNATEUR", "RESPONSABLE"])
def test_others_wait(structure, checked, role):
    acting = make_membership(role, structure.organisation if role == "RESPONSABLE" else None)
    with pytest.raises(Refus, match="Seul l’agent comptable"):
        services.waive_delay(acting, checked, "Urgent")
    assert states(structure) == ["ACTIVE", "CONTROLEE"]


def test_whoever_checked_does_not_waive(responsable, structure, comptable):
    proposal = services.propose_bank_details(responsable, structure, **RIB)
    services.control_bank_details(comptable, proposal)
    with pytest.raises(Refus, match="une autre personne"):
        services.waive_delay(comptable, proposal, "Urgent")
    with pytest.raises(IntegrityError, match="siae_bank_waiver_by_a_third"), transaction.atomic():
        CoordonneesBancaires.objects.filter(pk=proposal.pk).update(
            dispense_par=comptable.user, motif_dispense="Urgent"
        )
    assert states(structure) == ["CONTROLEE"]


# --- « ce n’est pas nous » -----------------------------------------------------------------------


def test_a_contested_change_falls_and_payments_wait(structure, checked):
    """By anyone of the structure: the responsable's account may be the one taken over."""
    saisie = make_membership("SAISIE", structure.organisation)
    services.contest_bank_details(saisie, checked, "Nous n’avons rien demandé.")
    assert states(structure) == ["GELEE", "CONTESTEE"]
    assert services.apply_bank_details(MARDI) == []
    assert situation_of([], [structure.pk], MARDI).comptes == {}


def test_payments_wait_for_the_check_and_say_so(structure, checked, gestionnaire):
    services.contest_bank_details(gestionnaire, checked, "La structure a appelé.")
    version = make_version()
    situation = situation_of([], [structure.pk], MARDI)
    reasons = {
        hold.motif: hold for hold in holds_on([version], structure.pk, situation, waits=False)
    }
    assert reasons["BANQUE"].cash_only
    assert "contesté" in reasons["BANQUE"].detail


def test_a_person_of_the_asp_releases_the_account(structure, checked, responsable, gestionnaire):
    services.contest_bank_details(responsable, checked, "Nous n’avons rien demandé.")
    frozen = structure.coordonnees_bancaires.get(etat="GELEE")
    with pytest.raises(Refus, match="Un compte gelé est rétabli par"):
        services.release_bank_details(responsable, frozen, "C’est bon")
    with pytest.raises(Refus, match="Ce qui a été vérifié est obligatoire"):
        services.release_bank_details(gestionnaire, frozen, "")
    assert states(structure) == ["GELEE", "CONTESTEE"]
    services.release_bank_details(gestionnaire, frozen, "Présidente jointe au siège.")
    assert states(structure) == ["ACTIVE", "CONTESTEE"]
    assert Entree.objects.get(action="banque.degelee").motif == "Présidente jointe au siège."


def test_another_account_may_follow_a_frozen_one(structure, checked, responsable, gestionnaire):
    services.contest_bank_details(responsable, checked, "Pas nous.")
    proposal = services.propose_bank_details(
        responsable, structure, **RIB | {"titulaire": "Le bon compte"}
    )
    put_in_effect(gestionnaire, proposal)
    assert states(structure) == ["REMPLACEE", "CONTESTEE", "ACTIVE"]


@pytest.mark.parametrize("role", ["INSTRUCTEUR", "LECTEUR", "ORDONNATEUR", "RESPONSABLE"])
def test_others_contest_nothing(structure, checked, role):
    with pytest.raises(Refus, match="Seules la structure et l’ASP"):
        services.contest_bank_details(make_membership(role), checked, "Non")
    assert states(structure) == ["ACTIVE", "CONTROLEE"]


EVENTS = {
    "dispenser": (lambda asp, own, details: services.waive_delay(asp, details, "Urgent")),
    "contester": (lambda asp, own, details: services.contest_bank_details(own, details, "Non")),
    "retablir": (lambda asp, own, details: services.release_bank_details(asp, details, "Vu")),
}
ALLOWED = {
    ("dispenser", "CONTROLEE"): "ACTIVE",
    ("contester", "PROPOSEE"): "CONTESTEE",
    ("contester", "CONTROLEE"): "CONTESTEE",
    ("retablir", "GELEE"): "ACTIVE",
}


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("etat", CoordonneesBancaires.Etat.values)
def test_states_and_events(structure, responsable, comptable, event, etat):
    details = make_bank_details(structure, etat=etat)
    expected = ALLOWED.get((event, etat))
    if expected:
        EVENTS[event](comptable, responsable, details)
    else:
        with pytest.raises(Refus, match="déjà été traitées"):
            EVENTS[event](comptable, responsable, details)
    details.refresh_from_db()
    assert details.etat == (expected or etat)


# --- who is told ---------------------------------------------------------------------------------


def test_each_step_is_told_without_the_account(structure, responsable, gestionnaire):
    proposal = services.propose_bank_details(responsable, structure, **RIB)
    put_in_effect(gestionnaire, proposal)
    told = Notification.objects.filter(nature="BANQUE").order_by("pk")
    assert [(n.organisation, n.titre, n.roles) for n in told] == [
        (
            gestionnaire.organisation,
            "Coordonnées bancaires à contrôler",
            ["GESTIONNAIRE", "COMPTABLE"],
        ),
        (structure.organisation, "Coordonnées bancaires proposées", ["RESPONSABLE"]),
        (structure.organisation, "Coordonnées bancaires contrôlées", ["RESPONSABLE"]),
        (structure.organisation, "Coordonnées bancaires activées", ["RESPONSABLE"]),
    ]
    assert not any(proposal.iban[-4:] in n.texte for n in told)


def test_the_addresses_known_before_the_change_are_written_to(
    structure, responsable, gestionnaire, mailoutbox
):
    """Even one that was replaced the day before, as whoever takes over an account would do."""
    structure.courriel = "president@structure.example"
    structure.save()
    Contact.objects.create(
        structure=structure, nom="M. Tresor", fonction="AUTRE", courriel="tresor@structure.example"
    )
    services.update_structure(responsable, structure, courriel="pirate@ailleurs.example")
    proposal = services.propose_bank_details(responsable, structure, **RIB)
    services.control_bank_details(gestionnaire, proposal, on=VENDREDI)
    mail.send_waiting()
    known = {"president@structure.example", "tresor@structure.example", "pirate@ailleurs.example"}
    sent = [message for message in mailoutbox if set(message.to) & known]
    assert {address for message in sent for address in message.to} == known
    assert len(sent) == 2 * len(known)
    texts = "".join(str(message.body) for message in sent)
    assert "à partir du 07/03/2023" in texts
    assert "Ce n’est pas nous" in texts
    assert RIB["iban"][-3:] not in texts
    assert CourrielEnvoye.objects.filter(modele="banque", envoye_le__isnull=True).count() == 0


def test_an_address_left_long_ago_is_not_written_to(structure, responsable):
    structure.courriel = "ancien@structure.example"
    structure.save()
    services.update_structure(responsable, structure, courriel="actuel@structure.example")
    structure.refresh_from_db()
    assert notices.known_addresses(structure) == [
        "actuel@structure.example",
        "ancien@structure.example",
    ]
    later = timezone.now() + notices.KNOWN_FOR + timedelta(days=1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("apps.siae.notices.timezone.now", lambda: later)
        assert notices.known_addresses(structure) == ["actuel@structure.example"]


# --- screens -------------------------------------------------------------------------------------


def test_the_structure_contests_from_its_page(client, structure, responsable, checked):
    client.force_login(responsable.user)
    page = client.get(reverse("siae:structure", args=[structure.pk])).content.decode()
    url = reverse("siae:banque_contester", args=[checked.pk])
    assert f'href="{url}"' in page
    assert "à partir du 07/03/2023" in page
    response = client.post(url, {"motif": ""})
    assert response.context["form"].errors
    assert states(structure) == ["ACTIVE", "CONTROLEE"]
    page = client.post(url, {"motif": "Pas nous."}, follow=True).content.decode()
    assert "Le changement est annulé." in page
    assert states(structure) == ["GELEE", "CONTESTEE"]
    assert "déjà été traitées" in client.get(url, follow=True).content.decode()


def test_the_asp_releases_a_frozen_account_from_its_queue(
    client, structure, responsable, gestionnaire, checked
):
    services.contest_bank_details(responsable, checked, "Pas nous.")
    frozen = structure.coordonnees_bancaires.get(etat="GELEE")
    client.force_login(gestionnaire.user)
    queue = client.get(reverse("siae:banques"))
    assert [row.record for row in queue.context["table"].rows] == [frozen]
    response = client.get(reverse("siae:banque_controler", args=[frozen.pk]))
    url = reverse("siae:banque_retablir", args=[frozen.pk])
    assert response["Location"] == url
    assert "à un numéro que vous connaissez déjà" in client.get(url).content.decode()
    client.post(url, {"motif": "Présidente jointe."})
    assert states(structure) == ["ACTIVE", "CONTESTEE"]


def test_the_agent_comptable_waives_from_the_page_of_the_structure(
    client, structure, checked, comptable
):
    client.force_login(comptable.user)
    page = client.get(reverse("siae:structure", args=[structure.pk])).content.decode()
    url = reverse("siae:banque_dispenser", args=[checked.pk])
    assert f'href="{url}"' in page
    client.post(url, {"motif": "Salaires"})
    assert states(structure) == ["REMPLACEE", "ACTIVE"]
