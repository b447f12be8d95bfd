"""Rights requests: states and events, deadlines, forwarding to the département, who sees what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from django.core import mail as outbox
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Membership, Notification
from apps.core.errors import Refus
from apps.core.mail import send_waiting
from apps.core.models import CourrielEnvoye
from apps.dashboards.models import ContactRgpd, DemandeDroit
from apps.dashboards.services_rgpd import (
    DEMANDE,
    answer_request,
    extend_request,
    months_later,
    record_request,
    set_contact,
)
from apps.journal.models import Entree
from apps.siae.models import Salarie
from tests.factories import (
    make_contrat,
    make_etat,
    make_financeur,
    make_membership,
    make_siae,
    make_version,
)

Etat = DemandeDroit.Etat
RECUE, ON = date(2023, 6, 1), date(2023, 6, 2)


@dataclass
class World:
    saisie: Membership
    gestionnaire: Membership
    comptable: Membership
    lecteur: Membership
    decideur: Membership
    autre_cd: Membership
    brsa: Salarie
    other: Salarie


@pytest.fixture
def world(db: None) -> World:
    """A beneficiary of the Pas-de-Calais and a colleague who is nobody's."""
    siae = make_siae(departement="062")
    version = make_version(siae=siae)
    brsa, other = make_contrat(siae, rsa="OUI-M"), make_contrat(siae)
    make_etat(version.annexe, date(2023, 1, 1), [(brsa, Decimal(10)), (other, Decimal(10))])
    cd = make_financeur("062")
    asp = make_membership("GESTIONNAIRE")
    return World(
        make_membership("SAISIE", siae.structure.organisation),
        asp,
        make_membership("COMPTABLE", asp.organisation),
        make_membership("LECTEUR", cd.organisation),
        make_membership("DECIDEUR", cd.organisation),
        make_membership("DECIDEUR", make_financeur("059").organisation),
        brsa.salarie,
        other.salarie,
    )


def received(world: World, salarie: Salarie | None = None, **fields: Any) -> DemandeDroit:
    values = {"nature": "ACCES", "recue_le": RECUE, "on": ON} | fields
    return record_request(world.saisie, salarie=salarie or world.brsa, **values)


@pytest.mark.parametrize(
    ("day", "months", "due"),
    [
        (date(2023, 6, 1), 1, date(2023, 7, 1)),
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 12, 15), 1, date(2024, 1, 15)),
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
    ],
)
def test_deadlines_in_months(day: date, months: int, due: date) -> None:
    assert months_later(day, months) == due


@pytest.mark.parametrize(("state", "event"), list(product(Etat.values, DEMANDE)))
def test_states_and_events(world: World, state: str, event: str) -> None:
    """Every event from every state: allowed exactly where the table says."""
    demande = received(world)
    closed = state in (Etat.REPONDUE, Etat.REFUSEE)
    DemandeDroit.objects.update(
        etat=state,
        close_le=ON if closed else None,
        motif_prolongation="" if state == Etat.RECUE else "complexe",
    )
    acts = {
        "prolonger": lambda: extend_request(world.gestionnaire, demande, motif="Complexe", on=ON),
        "repondre": lambda: answer_request(world.gestionnaire, demande, reponse="Copie", on=ON),
        "refuser": lambda: answer_request(
            world.gestionnaire, demande, reponse="Infondée", refus=True, on=ON
        ),
    }
    before = Entree.objects.count()
    sources, target = DEMANDE[event]
    if state in sources:
        assert acts[event]().etat == target
        assert Entree.objects.count() == before + 1
    else:
        with pytest.raises(Refus):
            acts[event]()
        demande.refresh_from_db()
        assert (demande.etat, Entree.objects.count()) == (state, before)


def test_a_beneficiary_s_request_is_forwarded_at_once(world: World) -> None:
    """Clause h: an e-mail to the service on reception, that names nobody."""
    set_contact(
        world.decideur, make_financeur("062"), service="Service RSA", courriel_droits="rsa@cd.fr"
    )
    demande = received(world)
    assert (demande.echeance, demande.transmise_le) == (date(2023, 7, 1), ON)
    assert [f.code for f in demande.financeurs.all()] == ["062"]
    row = CourrielEnvoye.objects.get(destinataire="rsa@cd.fr")
    assert row.cle == f"demande_droit:{demande.pk}:{make_financeur('062').pk}"
    told = Notification.objects.get(organisation=world.decideur.organisation)
    send_waiting()
    (sent,) = [message for message in outbox.outbox if message.to == ["rsa@cd.fr"]]
    link = reverse("rgpd:demande", args=[demande.pk])
    assert link in sent.body
    assert "01/07/2023" in sent.body
    whole = f"{sent.subject} {sent.body} {sent.alternatives[0][0]} {told.titre} {told.texte}"
    for private in (world.brsa.nom, world.brsa.prenom, world.brsa.pass_iae):
        assert private.upper() not in whole.upper()
    actions = Entree.objects.filter(objet_id=demande.pk, objet_type="dashboards.demandedroit")
    assert set(actions.values_list("action", flat=True)) == {"droit.enregistre", "droit.transmis"}
    assert world.brsa.nom not in "".join(f"{e.objet}{e.avant}{e.apres}" for e in actions)


def test_without_an_address_the_users_are_told(world: World) -> None:
    received(world)
    assert Notification.objects.filter(organisation=world.decideur.organisation).count() == 1
    assert not CourrielEnvoye.objects.filter(modele="demande_droit").exists()


def test_a_request_that_is_no_departement_s_is_not_forwarded(world: World) -> None:
    demande = received(world, world.other)
    assert (demande.transmise_le, demande.financeurs.count()) == (None, 0)
    assert not Notification.objects.filter(organisation=world.decideur.organisation).exists()
    # Recorded by a structure, it is told to the ASP, which answers.
    assert Notification.objects.filter(organisation=world.gestionnaire.organisation).count() == 1
    for acting in (world.decideur, world.lecteur):
        assert not DemandeDroit.objects.visible_to(acting).exists()


def test_who_sees_it(world: World) -> None:
    received(world)
    unknown = record_request(
        world.gestionnaire, nature="OPPOSITION", recue_le=RECUE, demandeur="Untel", on=ON
    )
    stranger = make_membership("SAISIE", make_siae().structure.organisation)
    seen = {
        "saisie": DemandeDroit.objects.visible_to(world.saisie).count(),
        "asp": DemandeDroit.objects.visible_to(world.comptable).count(),
        "cd": DemandeDroit.objects.visible_to(world.lecteur).count(),
        "autre_cd": DemandeDroit.objects.visible_to(world.autre_cd).count(),
        "autre_structure": DemandeDroit.objects.visible_to(stranger).count(),
    }
    assert seen == {"saisie": 1, "asp": 2, "cd": 1, "autre_cd": 0, "autre_structure": 0}
    assert unknown.structure is None


def test_who_may_act(world: World) -> None:
    demande = received(world)
    for acting in (world.saisie, world.comptable, world.lecteur):
        with pytest.raises(Refus, match="La réponse est enregistrée par"):
            answer_request(acting, demande, reponse="Copie", on=ON)
    for acting in (world.comptable, world.decideur):
        with pytest.raises(Refus, match="enregistrée par la structure"):
            record_request(acting, nature="ACCES", recue_le=RECUE, demandeur="X", on=ON)
    with pytest.raises(Refus, match="pas dans votre périmètre"):
        record_request(
            make_membership("SAISIE", make_siae().structure.organisation),
            nature="ACCES",
            recue_le=RECUE,
            salarie=world.brsa,
            on=ON,
        )
    with pytest.raises(Refus, match="Les contacts d’un département"):
        set_contact(world.autre_cd, make_financeur("062"), dpo="Moi")
    assert DemandeDroit.objects.get() == demande
    assert not ContactRgpd.objects.exists()
    assert answer_request(world.decideur, demande, reponse="Copie remise", on=ON).close_le == ON


def test_an_extension_comes_in_time_and_with_its_reason(world: World) -> None:
    demande = received(world)
    with pytest.raises(Refus, match="Indiquez pourquoi"):
        extend_request(world.gestionnaire, demande, motif=" ", on=ON)
    with pytest.raises(Refus, match="dépassé depuis le 01/07/2023"):
        extend_request(world.gestionnaire, demande, motif="Complexe", on=date(2023, 7, 2))
    kept = extend_request(world.gestionnaire, demande, motif="Complexe", on=date(2023, 7, 1))
    assert kept.echeance == date(2023, 9, 1)
    assert DemandeDroit.objects.late(date(2023, 9, 2)).get() == demande


def test_what_a_request_must_say(world: World) -> None:
    with pytest.raises(Refus, match="postérieure à aujourd’hui"):
        received(world, recue_le=date(2023, 6, 3))
    with pytest.raises(Refus, match="Indiquez qui exerce son droit"):
        record_request(world.gestionnaire, nature="ACCES", recue_le=RECUE, on=ON)
    with pytest.raises(Refus, match="Indiquez ce qui a été répondu"):
        answer_request(world.gestionnaire, received(world), reponse="", on=ON)


def test_recorded_and_answered_on_the_screens(world: World, client: Client) -> None:
    client.force_login(world.saisie.user)
    person = reverse("rgpd:personne", args=[world.brsa.pk])
    found = client.get(reverse("rgpd:personnes"), {"q": world.brsa.nom}).text
    assert person in found
    assert world.other.nom not in found
    entry = f"{reverse('rgpd:demande_creer')}?personne={world.brsa.pk}"
    assert "Choisissez le droit exercé." in client.post(entry, {"nature": ""}).text
    answer = client.post(entry, {"nature": "EFFACEMENT", "recue_le": "2023-06-01"}, follow=True)
    assert "Elle est transmise au département." in answer.text
    demande = DemandeDroit.objects.get()
    client.force_login(world.decideur.user)
    shown = client.get(reverse("rgpd:demande", args=[demande.pk])).text
    assert str(world.brsa) in shown
    page = reverse("rgpd:demande_repondre", args=[demande.pk])
    assert "Indiquez ce qui a été répondu" in client.post(page, {"reponse": ""}).text
    done = client.post(page, {"reponse": "Motifs donnés", "refus": "on"}, follow=True).text
    assert "La réponse est enregistrée." in done
    demande.refresh_from_db()
    assert demande.etat == Etat.REFUSEE
    again = client.post(page, {"reponse": "Encore"}, follow=True).text
    assert "Cette demande a déjà reçu sa réponse (« Refusée »)." in again
