"""After the certification: a word per finding is kept, the signed statement is attached."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.presence.models import EtatSigne, JustificationEcart
from apps.presence.services import attach_signed, certify_etat, reopen_etat, validate_etat
from tests.presence.world import JANVIER

JOUR = date(2023, 2, 3)
PDF = b"%PDF-1.7\nsigne\n%%EOF\n"


@pytest.fixture(autouse=True)
def third_of_february(settings):
    settings.TODAY = JOUR


def scan(contents: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile("scan.pdf", contents)


def test_each_finding_keeps_its_own_word(world):
    first, second = world.contrat(nom="Alpha"), world.contrat(nom="Bravo")
    etat = certify_etat(
        world.responsable,
        world.typed(hours="140"),
        justifications={
            f"depassement-{first.pk}": " Renfort ",
            f"depassement-{second.pk}": "Remplacement",
        },
        on=JOUR,
    )
    words = JustificationEcart.objects.filter(etat_mensuel=etat, version=1)
    assert [(word.contrat_id, word.code, word.texte) for word in words] == [
        (first.pk, "depassement", "Renfort"),
        (second.pk, "depassement", "Remplacement"),
    ]
    assert "plus de 110 %" in words[0].constat
    assert etat.justification == "Renfort ; Remplacement"


@pytest.mark.parametrize("word", ["", "   ", "x" * 501])
def test_a_finding_without_its_word_refuses_the_certification(world, word):
    first, second = world.contrat(nom="Alpha"), world.contrat(nom="Bravo")
    etat = world.typed(hours="140")
    words = {f"depassement-{first.pk}": "Renfort", f"depassement-{second.pk}": word}
    with pytest.raises(Refus):
        certify_etat(world.responsable, etat, justifications=words, on=JOUR)
    etat.refresh_from_db()
    assert (etat.etat, JustificationEcart.objects.count()) == ("BROUILLON", 0)


def test_the_word_of_a_finding_that_is_not_there_is_ignored(world):
    world.contrat()
    etat = certify_etat(
        world.responsable, world.typed(), justifications={"variation-1": "Rien"}, on=JOUR
    )
    assert (etat.justification, JustificationEcart.objects.count()) == ("", 0)


def test_the_signed_statement_is_attached_then_replaced_until_validated(world):
    world.contrat()
    etat = world.certified()
    attach_signed(world.responsable, etat, scan(), on=JOUR)
    attach_signed(world.responsable, etat, scan(PDF + b"\n"), on=JOUR)
    signe = EtatSigne.objects.get()
    assert (signe.version, signe.depose_le, signe.fichier.taille) == (1, JOUR, len(PDF) + 1)
    assert Entree.objects.filter(action="etat.signe").count() == 2

    validate_etat(world.gestionnaire, etat, on=JOUR)
    with pytest.raises(Refus, match="ne peut plus être remplacé"):
        attach_signed(world.responsable, etat, scan(), on=JOUR)
    assert EtatSigne.objects.get().fichier.taille == len(PDF) + 1


def test_a_new_version_is_to_be_signed_again(world):
    world.contrat()
    etat = world.certified()
    attach_signed(world.responsable, etat, scan(), on=JOUR)
    etat = reopen_etat(world.gestionnaire, etat, motif="Erreur", on=JOUR)
    with pytest.raises(Refus, match="Certifiez"):
        attach_signed(world.responsable, etat, scan(), on=JOUR)
    certify_etat(world.responsable, etat, on=JOUR)
    attach_signed(world.responsable, etat, scan(), on=JOUR)
    assert list(EtatSigne.objects.values_list("version", flat=True)) == [1, 2]


@pytest.mark.parametrize(
    ("contents", "said"),
    [(b"<html>", "n’est pas un PDF"), (PDF + b"0" * 10 * 1024 * 1024, "dépasse 10 Mio")],
)
def test_a_file_that_is_not_a_pdf_is_refused(world, contents, said):
    world.contrat()
    etat = world.certified()
    with pytest.raises(Refus, match=said):
        attach_signed(world.responsable, etat, scan(contents), on=JOUR)
    assert not EtatSigne.objects.exists()


@pytest.mark.parametrize("role", ["saisie", "gestionnaire", "ddets", "lecteur"])
def test_only_the_responsable_attaches_it(world, role):
    world.contrat()
    etat = world.certified()
    with pytest.raises(Refus, match="réservé au responsable"):
        attach_signed(getattr(world, role), etat, scan(), on=JOUR)
    assert not EtatSigne.objects.exists()


def test_it_is_shown_to_the_asp_beside_the_hours(client, world):
    world.contrat()
    etat = world.certified()
    client.force_login(world.responsable.user)
    page = client.get(reverse("presence:saisie", args=[world.annexe.pk, JANVIER]))
    assert "Il reste à signer l’état mensuel" in page.text
    url = reverse("presence:signer", args=[etat.pk])
    assert client.post(url, {}).context["form"].errors == {"signe": ["Choisissez un fichier."]}
    page = client.post(url, {"signe": scan()}, follow=True)
    assert "L’état mensuel signé est déposé" in page.text

    client.force_login(world.gestionnaire.user)
    page = client.get(reverse("presence:valider", args=[etat.pk]))
    assert (
        f'<iframe class="ex-piece" src="{reverse("presence:signe", args=[etat.pk])}"' in page.text
    )
    read = client.get(reverse("presence:signe", args=[etat.pk]))
    assert b"".join(read.streaming_content) == PDF
    assert read["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("version", ["", "2", "x", "²", "99999"])
def test_a_version_that_is_not_signed_is_not_found(client, world, version):
    world.contrat()
    etat = world.certified()
    client.force_login(world.responsable.user)
    url = reverse("presence:signe", args=[etat.pk])
    assert client.get(url, {"version": version}).status_code == 404
