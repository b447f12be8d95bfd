"""Issued documents: drawn once, at whatever moment two people ask, and never lost from the list."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import connections
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role
from apps.annexes.documents import notification_file
from apps.annexes.models import VersionAnnexe
from apps.core.models import Fichier
from apps.core.pdf import Drawn
from apps.core.services import store_file
from apps.core.tasks import expire_files
from apps.payments.documents import notice_file
from apps.payments.models import AvisDePaiement
from apps.presence import documents as statements
from apps.presence.documents import statement_file
from apps.presence.models import DocumentEtat, EtatMensuel
from apps.recoveries.documents import order_file
from apps.recoveries.models import OrdreDeRecouvrer
from tests.documents.conftest import Annee, case
from tests.factories import make_membership
from tests.payments.dossiers import make_annexe


def issue_all(annee: Annee) -> dict[str, Fichier]:
    """A document of each kind that a run gives birth to."""
    etat = annee.ecourtee.etats_mensuels.order_by("mois").first()
    return {
        "notification": notification_file(annee.ecourtee.courante_id),
        "emp": statement_file(etat),
        "avis": notice_file(annee.ecourtee.avis.first().pk),
        "ordre": order_file(OrdreDeRecouvrer.objects.first().pk),
    }


def test_an_issued_document_is_never_drawn_again(annee):
    """Its row cannot be deleted while an object shows it, the daily cleaning leaves it, and what
    it was drawn from may change: asked for again, it is the same file and the same contents."""
    transfers = Fichier.objects.count()  # the file of each run, there already
    issued = issue_all(annee)
    store_file(b"x", nom="x.xlsx", titre="X", type_mime="x/x", expire_le=date(2018, 1, 1))
    for fichier in issued.values():
        with pytest.raises(ProtectedError):
            fichier.delete()
    assert expire_files("2099-01-01") == 1

    structure = annee.ecourtee.siae.structure
    structure.denomination = "Un autre nom"
    structure.save()
    AvisDePaiement.objects.update(montant=1)
    OrdreDeRecouvrer.objects.update(montant=1)
    VersionAnnexe.objects.update(motif_avenant="Autre objet")
    before = {nom: fichier.sha256 for nom, fichier in issued.items()}
    assert {nom: fichier.sha256 for nom, fichier in issue_all(annee).items()} == before
    assert Fichier.objects.count() == transfers + len(issued)


def test_two_requests_at_once_archive_one_document(committed_db, monkeypatch):
    """Two connections ask for the same letter and the same statement at the same moment."""
    annexe = make_annexe(case("annexe-de-six-mois"))
    etat = annexe.etats_mensuels.order_by("mois").first()
    barrier = Barrier(2)

    def ask(_rank: int) -> tuple[int, int]:
        try:
            barrier.wait(timeout=30)
            letter = notification_file(annexe.courante_id)
            barrier.wait(timeout=30)
            return letter.pk, statement_file(EtatMensuel.objects.get(pk=etat.pk)).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as people:
        first, second = people.map(ask, range(2))
    assert first == second
    assert Fichier.objects.count() == 2
    assert DocumentEtat.objects.count() == 1


@pytest.fixture
def _quick_drawing(monkeypatch) -> None:
    """What is drawn does not matter here, only what is kept: the state is the contents."""

    def draw(etat: EtatMensuel) -> Drawn:
        return Drawn(statements.document_name(etat), str(etat), f"%PDF {etat.etat}".encode())

    monkeypatch.setattr(statements, "draw_emp", draw)


@pytest.mark.usefixtures("_quick_drawing")
def test_what_was_certified_stays_readable_once_validated_then_reopened(annee, client: Client):
    """Both archives on the page of the statement and on that of the documents, each opened by its
    address; a département reads them too, and nothing of what is typed again."""
    annexe = annee.ecourtee
    etat = annexe.etats_mensuels.order_by("mois").first()
    EtatMensuel.objects.filter(pk=etat.pk).update(etat="SAISI")
    statement_file(etat)
    EtatMensuel.objects.filter(pk=etat.pk).update(etat="VALIDE")
    statement_file(etat)
    EtatMensuel.objects.filter(pk=etat.pk).update(etat="DEBLOQUE", version=2)
    certified, validated = etat.documents.order_by("pk")
    assert [str(certified), str(validated)] == ["version 1, certifié", "version 1, validé"]

    address = reverse("presence:emp_pdf", args=[etat.pk])
    for acting in (make_membership(Role.GESTIONNAIRE), annee.lecteur):
        client.force_login(acting.user)
        for archive, contents in ((certified, b"%PDF SAISI"), (validated, b"%PDF VALIDE")):
            link = f"{address}?archive={archive.pk}"
            assert client.get(link).content == contents
            for name, args in (
                ("presence:saisie", [annexe.pk, etat.mois]),
                ("annexes:documents", [annexe.pk]),
            ):
                page = client.get(reverse(name, args=args)).text
                assert link in page
                assert archive.fichier.sha256 in page
    assert client.get(address).status_code == 404

    other = annexe.etats_mensuels.exclude(pk=etat.pk).first()
    for asked in (f"{certified.pk}", "x", "²", "9" * 20):
        wrong = reverse("presence:emp_pdf", args=[other.pk], query={"archive": asked})
        assert client.get(wrong).status_code == 404
    client.force_login(make_membership(Role.RESPONSABLE).user)
    assert client.get(f"{address}?archive={certified.pk}").status_code == 404


def test_each_page_tells_the_archive_of_its_document(annee, client: Client):
    """Reference, date of issue, hash whole on demand: notice, order, statement."""
    issued = issue_all(annee)
    client.force_login(make_membership(Role.GESTIONNAIRE).user)
    avis, ordre = annee.ecourtee.avis.first(), OrdreDeRecouvrer.objects.first()
    etat = annee.ecourtee.etats_mensuels.order_by("mois").first()
    line = avis.campagne.versements.filter(annexe=annee.ecourtee).first()
    pages = {
        "avis": reverse("payments:versement", args=[line.pk]),
        "ordre": reverse("recoveries:ordre", args=[ordre.pk]),
        "emp": reverse("presence:saisie", args=[etat.annexe_id, etat.mois]),
        "notification": reverse("annexes:documents", args=[etat.annexe_id]),
    }
    for nom, address in pages.items():
        page = client.get(address).text
        assert issued[nom].sha256 in page, nom
        assert issued[nom].titre in page, nom
    assert f"Émis le {ordre.emis_le:%d/%m/%Y}, archivé le" in client.get(pages["ordre"]).text
