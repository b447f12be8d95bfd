"""Every business object has a history, read on its page or one click away.

The table is the list of the objects with a page; the addresses and readers are the access
matrix's. An object added to the product is added here.
"""

from __future__ import annotations

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from apps.journal.services import record
from tests.security.matrix import ARGUMENTS, ROWS
from tests.security.test_access_matrix import address
from tests.security.world import ACTORS, make_world

pytestmark = pytest.mark.django_db

# Page of the matrix → object it is the history of, of which the address has the key.
HISTORIES = {
    "accounts:compte": "accounts.User",
    "accounts:organisation_fiche": "accounts.Organisation",
    "annexes:historique": "annexes.AnnexeFinanciere",
    "apurement:contestation": "recoveries.Contestation",
    "apurement:extinction": "recoveries.Extinction",
    "apurement:liste": "recoveries.ListeNonValeur",
    "apurement:procedure": "recoveries.ProcedureCollective",
    "apurement:remise": "recoveries.DemandeRemise",
    "banque:retour": "payments.RetourBancaire",
    "comptabilite:cloture": "payments.Cloture",
    "comptabilite:succession": "payments.Succession",
    "comptabilite:ecriture": "payments.Ecriture",
    "conventions:caom": "conventions.Caom",
    "conventions:mandat": "conventions.ConventionMandat",
    "conventions:valeur": "conventions.ValeurReferentiel",
    "dashboards:envoi": "dashboards.EnvoiProgramme",
    "fonds:appel": "payments.AppelDeFonds",
    "fonds:mandat": "conventions.ConventionMandat",
    "fonds:reversement": "payments.ReversementDeFonds",
    "frais:facture": "payments.FactureFrais",
    "frais:tarif": "payments.AvisTarif",
    "modulation:part": "payments.PartModulee",
    "payments:historique": "payments.Campagne",
    "presence:controle": "presence.Controle",
    "presence:historique": "presence.EtatMensuel",
    "recoveries:historique": "recoveries.OrdreDeRecouvrer",
    "reddition:compte": "dashboards.CompteEmploi",
}
READERS = ("gestionnaire", "ordonnateur", "comptable", "lecteur", "decideur", "administrateur")
MOTIF = "Inscrit au journal pour cet objet"


def reader_of(page: str) -> str:
    statuses = dict(zip(ACTORS, ROWS[page], strict=True))
    return next(actor for actor in READERS if statuses[actor] == 200)


def test_each_object_shows_its_history():
    world = make_world()
    author = world.actors["gestionnaire"]
    missing = []
    for page, label in HISTORIES.items():
        key = ARGUMENTS[page](world)["pk"]
        found = apps.get_model(label)._default_manager.get(pk=key)
        record(author, "structure.modifiee", found, motif=MOTIF)
        client = Client()
        client.force_login(world.actors[reader_of(page)].user)
        answer = client.get(address(page, world))
        if answer.status_code != 200 or MOTIF not in answer.content.decode():
            missing.append((page, answer.status_code))
    assert missing == []


def test_structures_people_and_contracts_show_theirs():
    world = make_world()
    author = world.actors["gestionnaire"]
    client = Client()
    client.force_login(author.user)
    for name in ("structure", "salarie", "contrat"):
        record(author, "structure.modifiee", world.objects[name], motif=MOTIF)
        url = reverse("siae:historique", args=[name, world.objects[name].pk])
        assert MOTIF in client.get(url).content.decode(), name


def test_a_departement_reads_organisations_instead_of_names():
    """On the pages it may open: the mandate and its own CAOM among them."""
    world = make_world()
    author = world.actors["gestionnaire"]
    client = Client()
    client.force_login(world.actors["lecteur"].user)
    for page, name in (("conventions:caom", "caom"), ("conventions:mandat", "mandat")):
        record(author, "caom.signee", world.objects[name], motif=MOTIF)
        text = client.get(address(page, world)).content.decode()
        assert MOTIF in text
        assert author.organisation.nom in text
        assert author.user.nom_complet not in text
