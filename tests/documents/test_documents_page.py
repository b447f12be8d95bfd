"""The documents of an annex on its page: every kind as archived, within what one may open."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role
from apps.annexes.archives import archives_of
from apps.payments.documents import notice_file
from apps.payments.models import AvisDePaiement
from tests.factories import make_membership


def kinds(archives) -> dict[str, int]:
    names = [archive.nature for archive in archives]
    return {name: names.count(name) for name in dict.fromkeys(names)}


def test_the_page_lists_what_each_reader_may_open(annee, client: Client):
    """Statements, notices, two orders; no notice for the département, its own order only;
    the hash of what is archived, whole."""
    annexe = annee.ecourtee
    asp = make_membership(Role.GESTIONNAIRE)
    seen = kinds(archives_of(asp, annexe))
    assert seen["Avis de paiement"] == annexe.avis.count() > 0
    assert seen["État mensuel de présence"] == annexe.etats_mensuels.count() > 0
    assert seen["Ordre de recouvrer"] == 2
    of_cd = kinds(archives_of(annee.lecteur, annexe))
    assert "Avis de paiement" not in of_cd
    assert of_cd["Ordre de recouvrer"] == 1

    avis = AvisDePaiement.objects.filter(annexe=annexe).first()
    fichier = notice_file(avis.pk)
    client.force_login(asp.user)
    page = client.get(reverse("annexes:documents", args=[annexe.pk])).text
    assert f"n° {avis.numero}" in page
    assert fichier.sha256 in page
    assert "Archivé à la première ouverture" in page


def test_five_queries_whatever_the_number_of_documents(annee, django_assert_num_queries):
    asp = make_membership(Role.GESTIONNAIRE)
    with django_assert_num_queries(5):
        archives_of(asp, annee.ecourtee)
