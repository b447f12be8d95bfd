"""Files made on a schedule: their dates, made once, whose they are, what stops them."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from apps.accounts.models import Membership, Notification
from apps.annexes.models import VersionAnnexe
from apps.core.errors import Refus
from apps.core.models import Job
from apps.core.tasks import expire_files
from apps.dashboards import services_envois
from apps.dashboards.envois import next_date, period_of
from apps.dashboards.models import Envoi, EnvoiProgramme
from apps.dashboards.restitutions.registry import RESTITUTIONS
from apps.dashboards.services_envois import (
    create_schedule,
    produce_files,
    produce_now,
    resume_schedule,
    stop_schedule,
)
from apps.dashboards.services_envois_actes import modify_schedule, request_now
from apps.dashboards.tasks_envois import produce_scheduled
from apps.journal.models import Entree
from apps.rules.periods import Month
from config.celery import app
from tests.annexes.test_concurrency import together
from tests.factories import make_financeur, make_membership, make_siae, make_version

CREATED = date(2023, 2, 20)


@pytest.fixture
def lecteur(db: None) -> Membership:
    version = make_version(siae=make_siae(departement="062"))
    return make_membership("LECTEUR", version.financeur_cd.organisation)


def monthly(acting: Membership, **changes) -> EnvoiProgramme:
    asked = {"rythme": "MENSUEL", "jour": 5, "on": CREATED} | changes
    return create_schedule(acting, "suivi-annexes", {}, **asked)


def rows_of(envoi: Envoi) -> int:
    with envoi.fichier.contenu.open("rb") as source:
        book = load_workbook(io.BytesIO(source.read()))
    rows = book.worksheets[0].iter_rows(min_row=2, values_only=True)
    return sum(1 for row in rows if any(row)) - 1  # the last one holds the totals


@pytest.mark.parametrize(
    ("rythme", "jour", "after", "expected", "first", "last"),
    [
        ("MENSUEL", 5, date(2023, 12, 4), date(2023, 12, 5), Month(2023, 11), Month(2023, 11)),
        ("MENSUEL", 5, date(2023, 12, 5), date(2024, 1, 5), Month(2023, 12), Month(2023, 12)),
        ("MENSUEL", 28, date(2023, 1, 31), date(2023, 2, 28), Month(2023, 1), Month(2023, 1)),
        ("MENSUEL", 28, date(2024, 2, 29), date(2024, 3, 28), Month(2024, 2), Month(2024, 2)),
        ("TRIMESTRIEL", 1, date(2023, 1, 1), date(2023, 4, 1), Month(2023, 1), Month(2023, 3)),
        ("TRIMESTRIEL", 10, date(2023, 11, 2), date(2024, 1, 10), Month(2023, 10), Month(2023, 12)),
    ],
)
def test_dates_and_periods(rythme, jour, after, expected, first, last):
    assert next_date(rythme, jour, after) == expected
    assert period_of(rythme, expected) == (first, last)


def test_each_missed_date_is_made_once(lecteur):
    """From February to 7 May: the files of 5 March, April and May; nothing more the second time."""
    programme = monthly(lecteur)
    assert produce_files(programme.pk, date(2023, 5, 7)) == 3
    assert produce_files(programme.pk, date(2023, 5, 7)) == 0
    files = list(programme.envois.order_by("prevu_le"))
    assert [(f.prevu_le, f.debut, f.fin) for f in files] == [
        (date(2023, month, 5), date(2023, month - 1, 1), date(2023, month - 1, 1))
        for month in (3, 4, 5)
    ]
    assert {f.fichier.expire_le for f in files} == {None}
    assert [f.lignes for f in files] == [rows_of(f) for f in files]
    assert files[0].lignes == 1
    programme.refresh_from_db()
    assert programme.prochain_le == date(2023, 6, 5)
    told = Notification.objects.filter(organisation=lecteur.organisation)
    assert {n.url for n in told} == {reverse("dashboards:envoi", args=[programme.pk])}


def test_a_month_without_a_row_is_a_file_that_says_so(lecteur):
    programme = create_schedule(
        lecteur, "realisations-structures", {}, rythme="MENSUEL", jour=5, on=date(2021, 2, 20)
    )
    assert produce_files(programme.pk, date(2021, 3, 5)) == 1
    envoi = programme.envois.get()
    assert envoi.lignes == 0
    with envoi.fichier.contenu.open("rb") as source:
        book = load_workbook(io.BytesIO(source.read()))
    said = [str(cell) for row in book["Critères"].iter_rows(values_only=True) for cell in row]
    assert "aucune pour ces critères dans votre périmètre" in said
    assert "Chaque mois, le 5 ; février 2021" in said
    first = book.worksheets[0]["A2"].value
    assert first == "Aucune ligne pour ces critères dans votre périmètre."


def test_a_situation_is_that_of_its_date_and_holds_what_has_ended(lecteur):
    """Made together in July, the files of June and of July count the delays of their own day; in
    February of the next year, the annex that has ended is still there."""
    VersionAnnexe.objects.update(etat="VALIDE")
    programme = monthly(lecteur, on=date(2023, 5, 20))
    assert produce_files(programme.pk, date(2023, 7, 20)) == 2
    late = []
    for envoi in programme.envois.order_by("prevu_le"):
        with envoi.fichier.contenu.open("rb") as source:
            book = load_workbook(io.BytesIO(source.read()))
        lines = list(book.worksheets[0].iter_rows(max_row=2, values_only=True))
        told = dict(row[:2] for row in book["Critères"].iter_rows(values_only=True))
        late.append((lines[1][lines[0].index("Mois en retard")], told["Envoi programmé"]))
    assert late == [
        (4, "Chaque mois, le 5 ; situation au 05/06/2023"),
        (5, "Chaque mois, le 5 ; situation au 05/07/2023"),
    ]
    EnvoiProgramme.objects.update(prochain_le=date(2024, 2, 5))
    assert produce_files(programme.pk, date(2024, 2, 5)) == 1
    assert programme.envois.latest("prevu_le").lignes == 1


def test_two_connections_make_one_file_of_a_date(committed_db):
    """Both write theirs at the same moment: one is archived, announced and journaled."""
    version = make_version(siae=make_siae(departement="062"))
    programme = monthly(make_membership("LECTEUR", version.financeur_cd.organisation))
    made: list[int] = []
    outcome = together(*[lambda: made.append(produce_files(programme.pk, date(2023, 3, 5)))] * 2)
    assert (outcome, sorted(made)) == ([None, None], [0, 1])
    assert [f.prevu_le for f in programme.envois.all()] == [date(2023, 3, 5)]
    assert Entree.objects.filter(action="envoi.produit").count() == 1
    assert Notification.objects.filter(titre__contains="disponible").count() == 1
    programme.refresh_from_db()
    assert programme.prochain_le == date(2023, 4, 5)


def test_two_workers_archive_one_file(lecteur, monkeypatch):
    """The other one has finished while this one was writing: its file is not archived."""
    programme = monthly(lecteur)
    write = services_envois._write

    def slow(*asked):
        made = write(*asked)
        monkeypatch.setattr(services_envois, "_write", write)
        assert produce_files(programme.pk, date(2023, 3, 5)) == 1
        return made

    monkeypatch.setattr(services_envois, "_write", slow)
    assert produce_files(programme.pk, date(2023, 3, 5)) == 0
    assert programme.envois.count() == 1
    assert Entree.objects.filter(action="envoi.produit").count() == 1


def test_a_failure_is_kept_and_tried_again(lecteur, monkeypatch):
    programme = monthly(lecteur)
    with monkeypatch.context() as broken:

        def fail(*args):
            raise OSError("disk full")

        broken.setattr(services_envois, "_write", fail)
        with pytest.raises(OSError, match="disk full"):
            produce_files(programme.pk, date(2023, 3, 5))
    assert "tentative" in programme.envois.get().echec
    assert produce_files(programme.pk, date(2023, 3, 6)) == 1
    envoi = programme.envois.get()
    assert (envoi.echec, envoi.prevu_le) == ("", date(2023, 3, 5))


def test_an_ended_membership_stops_the_schedule_and_another_takes_it_over(lecteur):
    programme = monthly(lecteur)
    Membership.objects.filter(pk=lecteur.pk).update(
        debut=date(2020, 1, 1), fin=timezone.localdate() - timedelta(days=1)
    )
    assert produce_files(programme.pk, date(2023, 3, 5)) == 0
    programme.refresh_from_db()
    assert programme.arrete_le == date(2023, 3, 5)
    assert "a pris fin" in programme.arrete_motif
    assert Notification.objects.filter(titre__contains="arrêté").count() == 1
    other = make_membership("DECIDEUR", lecteur.organisation)
    resume_schedule(other, programme, on=date(2023, 4, 10))
    assert produce_files(programme.pk, date(2023, 5, 5)) == 1
    assert [f.prevu_le for f in programme.envois.all()] == [date(2023, 5, 5)]


def test_what_is_refused(lecteur):
    programme = monthly(lecteur)
    with pytest.raises(Refus, match="déjà programmée"):
        monthly(lecteur)
    with pytest.raises(Refus, match="une seule annexe"):
        create_schedule(lecteur, "realisations-annexe", {}, rythme="MENSUEL", jour=5)
    with pytest.raises(Refus, match="administration"):
        monthly(make_membership("ADMINISTRATEUR"))
    stop_schedule(lecteur, programme, on=CREATED)
    with pytest.raises(Refus, match="déjà arrêté"):
        stop_schedule(lecteur, programme, on=CREATED)
    again = monthly(lecteur)
    with pytest.raises(Refus, match="déjà programmée"):
        resume_schedule(lecteur, programme, on=CREATED)
    assert again.pk != programme.pk


def test_the_clock_queues_one_job_per_schedule(lecteur, settings, monkeypatch):
    settings.TODAY = date(2023, 3, 5)
    monthly(lecteur)
    monthly(lecteur, rythme="TRIMESTRIEL")  # due in April
    assert (produce_scheduled(), produce_scheduled()) == (1, 0)
    assert Job.objects.filter(nature="envoi", demande_par=None).count() == 1
    names = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert "dashboards.produce_scheduled" in names


def test_the_archive_is_that_of_its_organisation(lecteur, client: Client):
    """Every member downloads, which is journaled; another département finds nothing."""
    programme = monthly(lecteur)
    produce_files(programme.pk, date(2023, 3, 5))
    address = reverse("dashboards:envoi_fichier", args=[programme.envois.get().pk])
    colleague = make_membership("DECIDEUR", lecteur.organisation)
    client.force_login(colleague.user)
    assert b"".join(client.get(address).streaming_content)[:2] == b"PK"
    assert Entree.objects.filter(action="envoi.telecharge", utilisateur=colleague.user).count() == 1
    stranger = make_membership("DECIDEUR", make_financeur("080").organisation)
    client.force_login(stranger.user)
    pages = [
        address,
        *(
            reverse(f"dashboards:{page}", args=[programme.pk])
            for page in ("envoi", "envoi_arreter", "envoi_reprendre")
        ),
    ]
    assert {client.get(page).status_code for page in pages} == {404}
    assert client.post(pages[2]).status_code == 404
    # Nor through a job: the file belongs to none.
    assert not Job.objects.filter(fichier=programme.envois.get().fichier).exists()


def test_the_form_and_the_list(lecteur, client: Client, settings):
    settings.TODAY = CREATED
    client.force_login(lecteur.user)
    address = reverse("dashboards:envoi_creer")
    wrong = client.post(address, {"restitution": "suivi-annexes", "rythme": "MENSUEL", "jour": 31})
    assert "Donnez un jour compris entre 1 et 28" in wrong.text
    asked = {"restitution": "suivi-annexes", "rythme": "MENSUEL", "jour": 5, "courriel": "on"}
    page = client.post(address, asked, follow=True)
    assert "premier fichier le 05/03/2023" in page.text
    programme = EnvoiProgramme.objects.get()
    client.post(reverse("dashboards:envoi_arreter", args=[programme.pk]))
    page = client.post(reverse("dashboards:envoi_reprendre", args=[programme.pk]), follow=True)
    assert "L’envoi est repris à votre nom" in page.text


def test_queries_of_the_list_do_not_depend_on_its_length(lecteur, client: Client):
    client.force_login(lecteur.user)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("dashboards:envois")).status_code == 200
        return len(captured)

    monthly(lecteur)
    few = queries()
    for key in ("suivi-postes", "donnees-annexes", "alertes"):
        create_schedule(lecteur, key, {}, rythme="MENSUEL", jour=1, on=CREATED)
    assert queries() == few


def test_a_restitution_offered_no_more_stops_its_schedule_alone(lecteur, monkeypatch):
    """The other schedules of the night are made; its organisation is told."""
    gone, kept = (
        monthly(lecteur),
        create_schedule(lecteur, "suivi-postes", {}, rythme="MENSUEL", jour=5, on=CREATED),
    )
    monkeypatch.delitem(RESTITUTIONS, "suivi-annexes")
    assert produce_scheduled() == 2
    for programme in (gone, kept):
        produce_files(programme.pk, date(2023, 3, 5))
        programme.refresh_from_db()
    assert gone.arrete_motif == "Cette restitution n’existe pas."
    assert Notification.objects.filter(titre__contains="arrêté").count() == 1
    assert kept.arrete_le is None
    assert kept.envois.count() >= 1


def test_rows_are_never_those_of_another_organisation(lecteur):
    """The membership was moved to another organisation: nothing is written, the schedule stops."""
    programme = monthly(lecteur)
    elsewhere = make_financeur("080").organisation
    Membership.objects.filter(pk=lecteur.pk).update(organisation=elsewhere)
    assert produce_files(programme.pk, date(2023, 3, 5)) == 0
    programme.refresh_from_db()
    assert programme.arrete_le is not None
    assert not programme.envois.exists()


def test_a_file_of_persons_is_deleted_after_twelve_months_and_its_row_stays(
    lecteur, client: Client, settings
):
    settings.TODAY = date(2023, 3, 5)
    programme = create_schedule(
        lecteur, "realisations-structures", {}, rythme="MENSUEL", jour=5, on=CREATED
    )
    assert produce_files(programme.pk, date(2023, 3, 5)) == 1
    fichier = programme.envois.get().fichier
    name, digest = fichier.nom, fichier.sha256
    assert name == "realisations-structures-2023-02-CD062.xlsx"
    with fichier.contenu.open("rb") as source:
        book = load_workbook(io.BytesIO(source.read()))
    told = dict(row[:2] for row in book["Critères"].iter_rows(values_only=True))
    assert "douze mois" in told["Conservation"]
    assert expire_files("2024-03-04") == 0
    assert expire_files("2024-03-05") == 1
    envoi = programme.envois.get()
    assert (envoi.fichier, envoi.nom, envoi.sha256) == (None, name, digest)
    client.force_login(lecteur.user)
    page = client.get(reverse("dashboards:envoi", args=[programme.pk]))
    assert "Supprimé au bout de douze mois" in page.text
    assert digest in page.text
    assert client.get(reverse("dashboards:envoi_fichier", args=[envoi.pk])).status_code == 404


def test_a_schedule_is_changed_without_cutting_its_archive(lecteur, client: Client, settings):
    settings.TODAY = date(2023, 3, 6)
    programme = monthly(lecteur)
    assert produce_files(programme.pk, date(2023, 3, 5)) == 1
    client.force_login(make_membership("DECIDEUR", lecteur.organisation).user)
    address = reverse("dashboards:envoi_modifier", args=[programme.pk])
    wrong = client.post(address, {"rythme": "MENSUEL", "jour": 10, "mesure": "ZZZ"})
    assert "« ZZZ » n’est pas proposé" in wrong.text
    client.post(address, {"rythme": "MENSUEL", "jour": 10, "mesure": "ACI_DC"})
    programme.refresh_from_db()
    assert programme.prochain_le == date(2023, 3, 10)
    assert (programme.parametres, programme.courriel) == ({"mesure": "ACI_DC"}, False)
    assert programme.envois.count() == 1
    assert Entree.objects.get(action="envoi.modifie").apres["mesure"] == "ACI"
    other = monthly(lecteur)
    with pytest.raises(Refus, match="déjà programmée"):
        modify_schedule(
            lecteur, other, {"mesure": "ACI_DC"}, rythme="MENSUEL", jour=1, courriel=True
        )


def test_a_file_made_now_leaves_the_next_date_and_is_made_once_a_day(
    lecteur, client: Client, settings
):
    settings.TODAY = date(2023, 3, 20)
    programme = monthly(lecteur, on=date(2023, 3, 19))
    client.force_login(lecteur.user)
    address = reverse("dashboards:envoi_produire", args=[programme.pk])
    assert "Produire maintenant" in client.get(address).text
    client.post(address)
    assert Job.objects.get(nature="envoi").parametres["maintenant"] is True
    assert produce_now(programme.pk, date(2023, 3, 20)) == 1
    assert produce_now(programme.pk, date(2023, 3, 20)) == 0
    assert [f.prevu_le for f in programme.envois.all()] == [date(2023, 3, 20)]
    programme.refresh_from_db()
    assert programme.prochain_le == date(2023, 4, 5)
    with pytest.raises(Refus, match="déjà produit"):
        request_now(lecteur, programme)
    assert produce_files(programme.pk, date(2023, 4, 5)) == 1
