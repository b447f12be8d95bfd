"""Asking for a file, following it, taking it away; reading documents: who may, who may not."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from apps.accounts.middleware import SESSION_KEY
from apps.accounts.models import Notification
from apps.core.errors import Refus
from apps.core.models import Fichier, Job
from apps.core.tasks import expire_files
from apps.dashboards.services import request_export
from apps.dashboards.tasks import produce_export
from apps.journal.models import Entree
from apps.presence.models import EtatMensuel
from tests.documents.conftest import sheet, six_persons
from tests.factories import make_membership
from tests.payments.dossiers import make_annexe

NBSP = "\u00a0"


@pytest.fixture
def annexe(db):
    """Six months of six persons, 100 hours each."""
    return make_annexe(six_persons())


@pytest.fixture
def act(client):
    """Sign in as a membership."""

    def sign_in(membership):
        client.force_login(membership.user)
        session = client.session
        session[SESSION_KEY] = membership.pk
        session.save()
        return client

    return sign_in


def produced(job: Job) -> bytes:
    """Run the job of an export; the file."""
    produce_export(str(job.uuid))
    job.refresh_from_db()
    assert job.etat == Job.Etat.TERMINE, job.message
    with job.fichier.contenu.open("rb") as contents:
        return contents.read()


def test_a_file_tells_what_it_holds_and_for_whom(annexe):
    """Rows, totals, and a second sheet with filters, author, scope, date and definitions."""
    acting = make_membership("LECTEUR", annexe.courante.financeur_cd.organisation)
    job = request_export(
        acting, "realisations-annexe", {"annexe": annexe.pk, "debut": date(2018, 2, 1)}
    )
    contents = produced(job)
    lines = sheet(contents)
    assert len(lines) == 1 + 30 + 1
    assert lines[-1][0] == "Total"
    assert 3000 in lines[-1]
    criteria = {line[0]: line[1] for line in sheet(contents, "Critères")}
    assert criteria["Restitution"] == "Réalisations mensuelles par salarié"
    assert criteria["Annexe financière"] == f"{annexe}, {annexe.siae.structure}"
    assert (criteria["Premier mois"], criteria["Dernier mois"]) == ("février 2018", "sans limite")
    assert criteria["Organisation"] == f"{acting.organisation} (Conseil départemental)"
    assert criteria["Périmètre"] == "les annexes cofinancées par le département, sur leur période"
    assert criteria["Demandé par"] == f"{acting.user.nom_complet}, lecteur"
    assert re.fullmatch(r"\d\d/\d\d/\d{4} à \d\d:\d\d", criteria["Produit le"])
    assert criteria["Fraîcheur des données"].endswith("aucune campagne de paiement exécutée")
    assert criteria["ETP du mois, part département"] == "ETP × taux du département de l’annexe."
    assert (job.fait, job.total) == (30, 30)
    assert job.fichier.expire_le == timezone.localdate() + timedelta(days=30)


def test_the_request_is_journaled_for_the_organisation(annexe):
    """Who asked for which restitution, acting for whom, with which filters."""
    acting = make_membership("GESTIONNAIRE")
    job = request_export(acting, "suivi-annexes", {"mesure": "ACI_DC"})
    entry = Entree.objects.get(action="export.demande")
    assert (entry.utilisateur, entry.organisation) == (acting.user, acting.organisation.nom)
    assert (entry.objet_id, entry.apres["mesure"]) == (job.pk, "ACI_DC")


@pytest.mark.parametrize(
    ("role", "cle", "sentence"),
    [
        ("ADMINISTRATEUR", "suivi-annexes", "n’a accès à aucun dossier"),
        ("LECTEUR", "realisations-annexe", "n’existe pas ou ne vous est pas accessible"),
        ("GESTIONNAIRE", "inconnue", "Cette restitution n’existe pas."),
    ],
)
def test_refused_requests_leave_nothing(annexe, role, cle, sentence):
    """Not for the administration, not for an annex of another département, not an unknown one."""
    with pytest.raises(Refus, match=sentence):
        request_export(make_membership(role), cle, {"annexe": annexe.pk})
    assert Job.objects.count() == 0
    assert Entree.objects.count() == 0


def test_an_annex_and_a_period_in_order_are_required(annexe):
    """The file of one annex names it; the last month does not precede the first."""
    acting = make_membership("GESTIONNAIRE")
    with pytest.raises(Refus, match="Choisissez l’annexe"):
        request_export(acting, "realisations-annexe", {})
    with pytest.raises(Refus, match="Le mois de fin précède"):
        request_export(
            acting, "suivi-annexes", {"debut": date(2018, 5, 1), "fin": date(2018, 4, 1)}
        )
    assert Job.objects.count() == 0


def test_a_file_is_not_written_for_somebody_who_has_left(annexe):
    """A membership ended between the request and the job: no file, a sentence."""
    acting = make_membership("GESTIONNAIRE")
    job = request_export(acting, "suivi-annexes", {})
    acting.fin = timezone.localdate() - timedelta(days=1)
    acting.save()
    produce_export(str(job.uuid))
    job.refresh_from_db()
    assert (job.etat, job.fichier) == (Job.Etat.ECHEC, None)
    assert "n’est plus en vigueur" in job.message
    assert Fichier.objects.count() == 0


def test_from_the_page_to_the_file(annexe, act, django_capture_on_commit_callbacks):
    """List, criteria, progress, download; the download is journaled and is its author's alone."""
    acting = make_membership("LECTEUR", annexe.courante.financeur_cd.organisation)
    client = act(acting)
    page = client.get(reverse("dashboards:restitutions")).content.decode()
    assert "Suivi des annexes financières" in page
    assert "Vous n’avez encore demandé aucun fichier." in page
    url = reverse("dashboards:export_demander", args=["realisations-annexe"])
    assert str(annexe) in client.get(url).content.decode()
    refused = client.post(url, {"annexe": "", "debut": "05/2018", "fin": "04/2018"})
    assert "Le dernier mois précède le premier" in refused.content.decode()
    assert Job.objects.count() == 0
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(url, {"annexe": str(annexe), "debut": "01/2018", "fin": "03/2018"})
    job = Job.objects.get()
    assert answer.url == reverse("core:job", args=[job.uuid])
    assert job.etat == Job.Etat.TERMINE
    assert job.fichier.nom in client.get(reverse("dashboards:restitutions")).content.decode()
    file_url = reverse("core:job_fichier", args=[job.uuid])
    contents = b"".join(client.get(file_url).streaming_content)
    assert len(sheet(contents)) == 1 + 18 + 1
    entry = Entree.objects.get(action="export.telecharge")
    assert entry.utilisateur == acting.user
    assert entry.apres == {"fichier": job.fichier.nom, "sha256": job.fichier.sha256}
    colleague = make_membership("LECTEUR", acting.organisation)
    assert act(colleague).get(file_url).status_code == 404
    assert Entree.objects.filter(action="export.telecharge").count() == 1


def test_an_expired_file_says_so_and_is_asked_for_again(annexe, act):
    """The address of the file leads to its page, which leads to the form with the same criteria."""
    acting = make_membership("GESTIONNAIRE")
    criteres = {"annexe": annexe.pk, "debut": date(2018, 2, 1)}
    job = request_export(acting, "realisations-annexe", criteres)
    produced(job)
    client = act(acting)
    assert expire_files((timezone.localdate() + timedelta(days=30)).isoformat()) == 0
    assert expire_files((timezone.localdate() + timedelta(days=31)).isoformat()) == 1
    page = client.get(reverse("core:job_fichier", args=[job.uuid]), follow=True).content.decode()
    assert "Le fichier a expiré" in page
    again = f"{reverse('dashboards:export_demander', args=['realisations-annexe'])}?"
    again += urlencode({"annexe": str(annexe), "debut": "02/2018"})
    assert escape(again) in page
    assert escape(again) in client.get(reverse("dashboards:restitutions")).content.decode()
    form = client.get(again).context["form"]
    assert (form["annexe"].value(), form["debut"].value()) == (str(annexe), "02/2018")


def test_a_file_that_took_long_is_notified_to_its_asker_alone(annexe):
    """Not the one that was ready while its page was still open."""
    acting = make_membership("GESTIONNAIRE")
    colleague = make_membership("GESTIONNAIRE", acting.organisation)
    produced(request_export(acting, "suivi-annexes", {}))
    assert Notification.objects.count() == 0
    job = request_export(acting, "suivi-annexes", {"mesure": "ACI_DC"})
    Job.objects.filter(pk=job.pk).update(cree_le=timezone.now() - timedelta(minutes=1))
    produced(job)
    told = Notification.objects.visible_to(acting).get()
    assert (told.titre, told.nature) == ("Votre fichier est prêt", "TRAITEMENT")
    assert told.url == reverse("core:job", args=[job.uuid])
    assert not Notification.objects.visible_to(colleague).exists()


def test_the_administration_has_no_file_to_ask_for(annexe, act):
    """Its page says so, and the request is not there for it."""
    client = act(make_membership("ADMINISTRATEUR"))
    assert "Aucun export" in client.get(reverse("dashboards:restitutions")).content.decode()
    url = reverse("dashboards:export_demander", args=["suivi-annexes"])
    assert client.post(url, {}).status_code == 404
    assert Job.objects.count() == 0


def test_realisations_on_screen_are_those_of_the_file(annexe, act):
    """Same totals on the page as in the file, whatever the page of the table and the months."""
    acting = make_membership("RESPONSABLE", annexe.siae.structure.organisation)
    client = act(acting)
    url = reverse("dashboards:realisations", args=[annexe.pk])
    page = client.get(url).content.decode()
    assert "36 lignes." in page
    assert f"3{NBSP}600,00{NBSP}h" in page
    assert "23,74" in page
    page = client.get(f"{url}?{urlencode({'debut': 'mars 2018', 'fin': '03/2018'})}")
    assert "6 lignes." in page.content.decode()
    assert f"600,00{NBSP}h" in page.content.decode()
    wrong = client.get(f"{url}?{urlencode({'debut': '03/2018', 'fin': '01/2018'})}")
    assert "Le dernier mois précède le premier" in wrong.content.decode()


def test_pages_of_another_s_annex_do_not_exist(annexe, act):
    """Another structure, another département, another territory: 404 for each page and document."""
    etat = EtatMensuel.objects.order_by("pk").first()
    urls = [
        reverse("dashboards:realisations", args=[annexe.pk]),
        reverse("presence:emp_pdf", args=[etat.pk]),
        reverse("annexes:notification", args=[annexe.courante_id]),
    ]
    for role in ("RESPONSABLE", "LECTEUR", "ADMINISTRATEUR"):
        client = act(make_membership(role))
        assert [client.get(url).status_code for url in urls] == [404] * 3, role
    assert Fichier.objects.count() == 0


def test_documents_are_shown_under_their_name(annexe, act):
    """The statement and the letter open as PDF; neither is stored by the browser."""
    client = act(make_membership("RESPONSABLE", annexe.siae.structure.organisation))
    etat = EtatMensuel.objects.order_by("mois").first()
    answer = client.get(reverse("presence:emp_pdf", args=[etat.pk]))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == (
        f'inline; filename="EMP-{annexe.numero}-A0-2018-01-v1-valide.pdf"'
    )
    assert "no-store" in answer["Cache-Control"]
    assert answer.content.startswith(b"%PDF-")
    letter = client.get(reverse("annexes:notification", args=[annexe.courante_id]))
    assert letter.content.startswith(b"%PDF-")
    assert Fichier.objects.count() == 2


def test_an_open_statement_gives_a_draft_that_is_not_kept(annexe, act):
    """The structure prints its draft; nothing is archived."""
    client = act(make_membership("SAISIE", annexe.siae.structure.organisation))
    EtatMensuel.objects.update(etat="DEBLOQUE", valide_le=None)
    etat = EtatMensuel.objects.order_by("pk").first()
    assert client.get(reverse("presence:emp_pdf", args=[etat.pk])).content.startswith(b"%PDF-")
    assert Fichier.objects.count() == 0


def test_notices_and_orders_on_line(annee, act, django_capture_on_commit_callbacks):
    """A structure opens its notice and its orders; a département the order of its own share only,
    and no notice, which names an account; another structure nothing."""
    avis = annee.ecourtee.avis.get(campagne__mois=date(2018, 6, 1))
    orders = {ordre.financeur_id: ordre for ordre in annee.ecourtee.ordres.all()}
    urls = [
        reverse("payments:avis", args=[avis.pk]),
        reverse("recoveries:ordre_pdf", args=[orders[annee.etat.pk].pk]),
        reverse("recoveries:ordre_pdf", args=[orders[annee.cd.pk].pk]),
    ]
    structure = annee.ecourtee.siae.structure.organisation
    transfers = Fichier.objects.count()  # the file of each run, there already

    def codes(membership):
        client = act(membership)
        return [client.get(url).status_code for url in urls]

    assert codes(make_membership("RESPONSABLE")) == [404, 404, 404]
    assert Fichier.objects.count() == transfers
    assert codes(make_membership("RESPONSABLE", structure)) == [200, 200, 200]
    assert codes(annee.lecteur) == [404, 404, 200]
    assert Fichier.objects.count() == transfers + 3
    assert avis.montant == Decimal("0.00")
