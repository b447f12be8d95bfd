"""Supervision: jobs and their relaunch, alerts of the watch, signs of life, held instalments."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from apps.accounts.models import Role
from apps.core.errors import Refus
from apps.core.models import Job
from apps.core.pulse import note_pulse, pulses
from apps.journal.models import Entree
from apps.journal.services import record
from apps.payments.models import Campagne
from apps.payments.services import restart_job
from apps.payments.tasks import execute, prepare
from apps.payments.views import supervision
from apps.payments.watch import Alerte, Veille
from tests.factories import make_membership
from tests.payments.dossiers import make_annexe, make_asp, run, signed_run
from tests.payments.test_preparation import JANVIER, REQUEST


@pytest.fixture
def asp(db):
    cache.clear()
    return make_asp()


def failed(acting=None, **fields) -> Job:
    values = {
        "nature": "payments.prepare",
        "titre": "Préparation de la campagne de janvier 2018",
        "cle": "payments.prepare:2018-01",
        "parametres": {"mois": "2018-01-01"},
        "etat": "ECHEC",
        "message": "La structure Untel est en défaut.",
        "demande_par": acting.user if acting else None,
        "membership_id": acting.pk if acting else None,
    }
    return Job.objects.create(**values | fields)


def page(membership, name: str, *args) -> str:
    client = Client()
    client.force_login(membership.user)
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    return " ".join(response.content.decode().replace("\u00a0", " ").split())


def test_a_failed_job_is_started_again(asp, django_capture_on_commit_callbacks):
    """Confirmed on its page: the run is prepared once, the act is in the journal."""
    make_annexe(REQUEST)
    job = failed(asp.gestionnaire)
    assert "Relancer" in page(asp.gestionnaire, "payments:supervision")
    assert job.message in page(asp.gestionnaire, "payments:job_relancer", job.uuid)
    client = Client()
    client.force_login(asp.gestionnaire.user)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("payments:job_relancer", args=[job.uuid]))
    job.refresh_from_db()
    assert job.etat == "TERMINE"
    assert Campagne.objects.get().mois == JANVIER
    assert Entree.objects.filter(action="tache.relancee", objet_id=job.pk).exists()


def test_nobody_starts_again_what_another_asked(asp):
    """A run is never executed in somebody else's name; a job that goes on is left alone."""
    theirs = failed(asp.comptable, nature="payments.execute", cle="payments.execute:1")
    with pytest.raises(Refus):
        restart_job(asp.gestionnaire, theirs, prepare)
    going = failed(asp.gestionnaire, etat="EN_COURS")
    with pytest.raises(Refus):
        restart_job(asp.gestionnaire, going, prepare)
    states = set(Job.objects.values_list("nature", "etat"))
    assert states == {("payments.execute", "ECHEC"), ("payments.prepare", "EN_COURS")}


def test_what_the_clock_asked_is_started_again_by_a_manager_only(asp):
    """A job of nobody, twice: while the first goes on, the second is refused."""
    first, second = failed(), failed()
    with pytest.raises(Refus):
        restart_job(asp.ordonnateur, first, prepare)
    assert restart_job(asp.gestionnaire, first, prepare).etat == "EN_ATTENTE"
    with pytest.raises(Refus, match="déjà en cours"):
        restart_job(asp.gestionnaire, second, prepare)


def test_a_queue_that_does_not_answer_leaves_the_job_failed(
    asp, monkeypatch, django_capture_on_commit_callbacks
):
    """No page error, no job that waits for ever: it can be started again once more."""

    def unreachable(_uuid):
        raise OperationalError("no broker")

    monkeypatch.setattr(prepare, "delay", unreachable)
    job = failed(asp.gestionnaire)
    with django_capture_on_commit_callbacks(execute=True):
        restart_job(asp.gestionnaire, job, prepare)
    job.refresh_from_db()
    assert job.etat == "ECHEC"
    assert "relancez" in job.message


def test_a_run_started_again_is_executed_on_the_day_it_really_is(
    asp, django_capture_on_commit_callbacks
):
    """Asked on the 20th, it failed; started again on the 23rd, its entries are of the 23rd."""
    make_annexe(REQUEST)
    campagne = signed_run(asp, "2018-01")
    asked = {"campagne": campagne.pk, "on": "2018-01-20"}
    cle = f"payments.execute:{campagne.pk}"
    job = failed(asp.comptable, nature="payments.execute", cle=cle, parametres=asked)
    with django_capture_on_commit_callbacks(execute=True):
        restart_job(asp.comptable, job, execute, on=date(2018, 1, 23))
    assert set(campagne.ecritures.values_list("jour", flat=True)) == {date(2018, 1, 23)}


def test_the_administrator_sees_no_case(asp):
    """Kinds and states, neither titles nor messages."""
    failed(asp.gestionnaire)
    text = page(make_membership(Role.ADMINISTRATEUR), "payments:supervision")
    assert "Préparation d’une campagne" in text
    assert "janvier 2018" not in text
    assert "Untel" not in text


def test_as_many_queries_for_one_job_as_for_ten(asp):
    failed(asp.gestionnaire)
    counts = []
    for more in (0, 9):
        for rank in range(more):
            failed(asp.gestionnaire, cle=f"cle {rank}")
        page(asp.gestionnaire, "payments:supervision")
        with CaptureQueriesContext(connection) as queries:
            page(asp.gestionnaire, "payments:supervision")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_worker_silent_for_three_minutes_is_said_mute(asp):
    now = timezone.now()
    note_pulse("celery@un", now)
    note_pulse("celery@deux", now - timedelta(minutes=4))
    assert [(s.travailleur, s.vivant) for s in pulses(now)] == [
        ("celery@un", True),
        ("celery@deux", False),
    ]
    assert "Muet" in page(asp.gestionnaire, "payments:supervision")


def test_alerts_name_the_annex_and_their_counts_are_a_fragment(asp, settings):
    """February held since January's statement is missing: an alert 45 days later."""
    annexe = make_annexe(REQUEST)
    run(asp, "2018-01")
    run(asp, "2018-02")
    run(asp, "2018-03")
    run(asp, "2018-04")
    settings.TODAY = date(2018, 4, 21)
    text = page(asp.gestionnaire, "payments:alertes")
    assert str(annexe) in text
    assert "Échéances retenues depuis plus de 45 jours" in text
    client = Client()
    client.force_login(asp.gestionnaire.user)
    fragment = client.get(reverse("payments:alertes"), headers={"HX-Request": "true"})
    assert b"<h1" not in fragment.content


def test_the_watch_is_not_computed_again_at_each_act(asp, settings, monkeypatch):
    """An act of the journal changes nothing to it; a new run does."""
    asked = []
    monkeypatch.setattr(supervision, "watch", lambda on: asked.append(on) or Veille([], [], [], []))
    make_annexe(REQUEST)
    settings.TODAY = date(2018, 1, 21)
    page(asp.gestionnaire, "payments:alertes")
    record(asp.gestionnaire, "tache.relancee", failed(asp.gestionnaire))
    page(asp.gestionnaire, "payments:alertes")
    assert len(asked) == 1
    run(asp, "2018-01")
    page(asp.gestionnaire, "payments:alertes")
    assert len(asked) == 2


def test_an_alert_kept_of_an_annex_that_is_gone_is_left_out(asp, settings, monkeypatch):
    """The watch is kept some minutes: what it speaks of may have moved meanwhile."""
    settings.TODAY = date(2018, 1, 21)
    gone = Alerte(999_999, date(2018, 1, 1), "forfait", Decimal(1), date(2018, 1, 20), "EMP")
    monkeypatch.setattr(supervision, "watch", lambda on: Veille([gone], [], [], []))
    assert "<h1" in page(asp.gestionnaire, "payments:alertes")


def test_a_structure_of_which_everything_is_held_reads_why(asp):
    """Its page says the reason and what will release it; it was told, and nobody else was."""
    annexe, paid = make_annexe(REQUEST), make_annexe(REQUEST)
    annexe.siae.structure.coordonnees_bancaires.update(etat="REJETEE")
    run(asp, "2018-01")
    acting = make_membership("RESPONSABLE", annexe.siae.structure.organisation)
    text = page(acting, "payments:retenues")
    assert "Coordonnées bancaires absentes ou rejetées" in text
    assert "La structure propose ses coordonnées bancaires" in text

    def titles(organisation) -> list[str]:
        return list(organisation.notifications.values_list("titre", flat=True))

    assert titles(annexe.siae.structure.organisation) == [
        "Aucun versement par la campagne de janvier 2018"
    ]
    assert titles(paid.siae.structure.organisation) == [
        "Versement de l’aide au poste : campagne de janvier 2018"
    ]
    (cd,) = [paid.courante.financeur_cd.organisation]
    assert titles(cd) == ["Campagne de paiement de janvier 2018 exécutée"]
    told = asp.gestionnaire.organisation.notifications.values_list("titre", "roles")
    assert {title.split(" : ")[1]: roles for title, roles in told} == {
        "préparée": ["GESTIONNAIRE"],
        "contrôlée": ["ORDONNATEUR"],
        "approuvée": ["COMPTABLE"],
        "visée": ["COMPTABLE"],
        "exécutée": ["GESTIONNAIRE", "ORDONNATEUR"],
    }
