"""Screens of the bank: the path of the agent comptable, from the file to the last unknown line."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import reverse

from apps.core.clock import today
from apps.dashboards.expectations import expectations_of
from apps.journal.models import Entree
from apps.payments.models import (
    Campagne,
    FichierVirements,
    LigneRetour,
    RetourBancaire,
    Virement,
)
from tests.payments.banque import ANSWERED_ON, answer, confirmed, csv_of, executed, rejected, sent
from tests.payments.dossiers import make_asp


@pytest.fixture
def asp(db: None) -> Any:
    return make_asp()


@pytest.fixture(autouse=True)
def day() -> Any:
    with override_settings(TODAY=ANSWERED_ON):
        yield


def client_of(membership: Any) -> Client:
    client = Client()
    client.force_login(membership.user)
    return client


def send(client: Client, contents: bytes, name: str = "retour.csv") -> Any:
    sent_file = SimpleUploadedFile(name, contents)
    return client.post(reverse("banque:retour_importer"), {"fichier": sent_file}, follow=True)


def text_of(answer: Any) -> str:
    return answer.content.decode()


def test_from_the_file_to_the_settled_run(asp: Any) -> None:
    """Download, import, preview, application, unknown line, settlement."""
    first, second = sent(executed(asp, 2))
    client = client_of(asp.comptable)
    fichier = FichierVirements.objects.get()
    page = client.get(reverse("banque:fichiers"))
    assert "EXTRANET-IAE-VIR-000001.xml" in text_of(page)
    download = client.get(reverse("banque:fichier", args=[fichier.pk]))
    with fichier.fichier.contenu.open("rb") as archived:
        assert b"".join(download.streaming_content) == archived.read()
    assert download["Content-Disposition"].startswith("attachment")
    assert Entree.objects.filter(action="virements.telecharge").count() == 1

    page = send(client, csv_of([rejected(first, "MS03"), "RIEN;RJCT;AC04;;24/01/2018"]))
    assert "Ce que l’application changera" in text_of(page)
    assert "La banque ne donne pas la raison du rejet." in text_of(page)
    assert "Aucun virement émis ne porte la référence" in text_of(page)
    retour = RetourBancaire.objects.get()
    assert retour.etat == "RECU"
    apply = reverse("banque:retour_appliquer", args=[retour.pk])
    assert "de nouveau dus" in text_of(client.get(apply))
    assert Virement.objects.filter(etat="REJETE").count() == 0
    page = client.post(apply, follow=True)
    assert "ligne par ligne : 1 appliquée, 1 inconnue." in text_of(page)
    assert Virement.objects.get(etat="REJETE") == first

    ligne = LigneRetour.objects.unknown().get()
    page = client.get(reverse("banque:ligne", args=[ligne.pk]))
    assert "RIEN;RJCT;AC04;;24/01/2018" in text_of(page)
    decide = {"decision": "RATTACHEE", "reference": "IAE-INCONNU", "motif": "Essai"}
    page = client.post(reverse("banque:ligne", args=[ligne.pk]), decide)
    assert "Aucun virement émis ne porte cette référence" in text_of(page)
    decide["reference"] = f" {second.reference} "
    page = client.post(reverse("banque:ligne", args=[ligne.pk]), decide, follow=True)
    assert "La ligne est rattachée au virement" in text_of(page)
    assert Virement.objects.filter(etat="REJETE").count() == 2
    assert "Le compte est clos." in text_of(client.get(reverse("banque:rejets")))

    campagne = Campagne.objects.get()
    client.post(reverse("payments:denouer", args=[campagne.pk]))
    assert Campagne.objects.get().etat == "DENOUEE"


def test_a_file_refused_says_why_beside_the_field(asp: Any) -> None:
    """Nothing is kept; the same file again is refused with the date of the first."""
    [virement] = sent(executed(asp))
    client = client_of(asp.comptable)
    assert "ni un message pain.002 ni un tableau CSV" in text_of(send(client, b"%PDF-1.7"))
    assert "Ce fichier est vide" in text_of(send(client, b""))
    assert not RetourBancaire.objects.exists()
    send(client, csv_of([confirmed(virement)]))
    page = send(client, csv_of([confirmed(virement)]))
    assert "déjà été importé le 24/01/2018" in text_of(page)
    assert RetourBancaire.objects.count() == 1


def test_a_return_is_set_aside_with_a_reason(asp: Any) -> None:
    [virement] = sent(executed(asp))
    client = client_of(asp.comptable)
    send(client, csv_of([rejected(virement)]))
    retour = RetourBancaire.objects.get()
    page = reverse("banque:retour_ecarter", args=[retour.pk])
    client.post(page, {"motif": ""})
    assert RetourBancaire.objects.get().etat == "RECU"
    client.post(page, {"motif": "Fichier d’essai"})
    assert RetourBancaire.objects.get().etat == "ECARTE"
    shown = text_of(client.get(reverse("banque:retour", args=[retour.pk])))
    assert "Fichier d’essai" in shown
    assert "Appliquer le retour" not in shown


def test_the_settlement_is_refused_on_its_page_before_the_delay(asp: Any) -> None:
    campagne = executed(asp)
    client = client_of(asp.comptable)
    shown = text_of(client.get(reverse("payments:denouer", args=[campagne.pk])))
    assert "Virements sans réponse de la banque : 1." in shown
    assert "à partir du 05/02/2018" in shown
    page = client.post(reverse("payments:denouer", args=[campagne.pk]), follow=True)
    assert "attendez le 05/02/2018" in text_of(page)
    assert Campagne.objects.get().etat == "EXECUTEE"


def test_a_manager_reads_and_is_told_who_acts(asp: Any) -> None:
    """Pages open, without the acts; the acts are refused."""
    [virement] = sent(executed(asp))
    retour = answer(asp, ["RIEN;RJCT;;;"])
    client = client_of(asp.gestionnaire)
    for name in ("fichiers", "virements", "retours", "inconnues", "rejets"):
        assert client.get(reverse(f"banque:{name}")).status_code == 200
    assert "Télécharger" not in text_of(client.get(reverse("banque:fichiers")))
    assert "Importer un retour" not in text_of(client.get(reverse("banque:retours")))
    ligne = LigneRetour.objects.get()
    page = client.get(reverse("banque:ligne", args=[ligne.pk]))
    assert "Seul l’agent comptable peut décider" in text_of(page)
    decide = {"decision": "CLASSEE", "motif": "Essai"}
    assert client.post(reverse("banque:ligne", args=[ligne.pk]), decide).status_code == 403
    assert client.get(reverse("banque:retour_fichier", args=[retour.pk])).status_code == 403
    assert LigneRetour.objects.unknown().count() == 1
    assert str(virement.reference) in text_of(client.get(reverse("banque:virements")))


def test_what_the_bank_expects_of_the_agent_comptable(asp: Any) -> None:
    """Returns to apply, unknown lines, rejected transfers, runs to settle; nothing at zero."""
    first, second = sent(executed(asp, 2))

    def lines(on: date = ANSWERED_ON) -> dict[str, int]:
        found = expectations_of(asp.comptable, on)
        return {line.texte: line.nombre for line in found if "/banque/" in line.url}

    assert lines() == {}
    client = client_of(asp.comptable)
    send(client, csv_of([rejected(first), "RIEN;RJCT;;;"]))
    assert lines() == {"retour bancaire importé, à appliquer": 1}
    client.post(reverse("banque:retour_appliquer", args=[RetourBancaire.objects.get().pk]))
    assert lines() == {
        "ligne inconnue d’un retour bancaire, à traiter": 1,
        "virement rejeté, à émettre de nouveau": 1,
    }
    texts = {line.texte for line in expectations_of(asp.comptable, today())}
    assert "campagne exécutée, à dénouer" not in texts
    later = {line.texte for line in expectations_of(asp.comptable, date(2018, 2, 5))}
    assert "campagne exécutée, à dénouer" in later
    answer(asp, [confirmed(second)])
    texts = {line.texte for line in expectations_of(asp.comptable, today())}
    assert "campagne exécutée, à dénouer" in texts
