"""A worker killed (SIGKILL) at each stage of a run, in its own process, on a real queue.

The task is taken up again by the next process; the ledger is that of a run nobody interrupted.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from celery import current_app
from django.conf import settings
from django.db import connections, transaction

from apps.core.jobs import start_job
from apps.core.models import Job
from apps.payments.models import Campagne, Ecriture, Mouvement, Versement, Virement
from apps.payments.services import approve_campagne, control_campagne, visa_campagne
from tests.payments.dossiers import make_annexe, make_asp, run, statements
from tests.payments.killing import DIRECTORY, POINTS

REQUEST = {
    "mesure": "ACI_DC",
    "debut": "2018-01-01",
    "fin": "2018-12-31",
    "etp": "6.00",
    "montant_unitaire_annuel": "19655.00",
    "heures_annuelles_etp": "1820",
    "montant_cd": "23040.96",
    "mois": [],
}
WAIT = 60.0  # seconds


def url_of(alias: str) -> str:
    """Where Django is connected now, as the worker's environment gives it."""
    values = connections[alias].settings_dict
    who = f"{quote(values['USER'])}:{quote(values['PASSWORD'] or '')}"
    host = quote(values["HOST"], safe="")
    port = f"&port={values['PORT']}" if values["PORT"] else ""
    return f"postgresql://{who}@/{values['NAME']}?host={host}{port}"


def queue() -> str:
    return f"iae-{connections['default'].settings_dict['NAME']}"


@contextmanager
def worker(points: Path) -> Iterator[None]:
    """A Celery worker of one process on the database and the queue of this test."""
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency", "1"]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": url_of("default"),
        "DATABASE_OWNER_URL": url_of("owner"),
        DIRECTORY: str(points),
    }
    process = subprocess.Popen(
        [*command, "--include", "tests.payments.killing", "--loglevel", "ERROR"],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


class Queued:
    """A task of the product, sent to the queue of this test whatever the settings say."""

    def __init__(self, name: str) -> None:
        self.name = name

    def delay(self, uuid: str) -> None:
        current_app.conf.task_always_eager = False
        try:
            current_app.send_task(self.name, args=[uuid], queue=queue())
        finally:
            current_app.conf.task_always_eager = True


def carry_out(acting: Any, name: str, parametres: dict[str, Any]) -> Job:
    """Ask for a job and wait until the worker has ended it."""
    with transaction.atomic():
        job = start_job(acting, name, name, f"{name}:essai", Queued(name), parametres)
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        job.refresh_from_db()
        if job.etat in (Job.Etat.TERMINE, Job.Etat.ECHEC):
            return job
        time.sleep(0.05)
    raise AssertionError(f"{name}: {job.etat} after {WAIT:.0f} s")


def money() -> dict[str, list[tuple[Any, ...]]]:
    """Everything a run leaves in the accounts, without the keys and the clock."""
    lines = Versement.objects.order_by("pk")
    entries = Ecriture.objects.order_by("numero")
    movements = Mouvement.objects.order_by("ecriture__numero", "pk")
    transfers = Virement.objects.order_by("pk")
    return {
        "lignes": list(lines.values_list("annexe__renouvellement", "mois", "montant", "statut")),
        "écritures": list(entries.values_list("numero", "jour", "evenement", "libelle")),
        "mouvements": list(movements.values_list("ecriture__numero", "compte", "debit", "credit")),
        "virements": list(transfers.values_list("reference", "montant", "etat")),
    }


def make_year() -> Any:
    asp = make_asp()
    make_annexe(REQUEST | {"mois": statements("2018-01", ["910.00"], brsa=4)})
    make_annexe(REQUEST | {"montant_cd": "0.00"})
    return asp


def test_killed_at_each_stage_a_run_is_that_of_a_day_without_trouble(
    committed_db: None, tmp_path: Path
) -> None:
    with transaction.atomic():
        asp = make_year()
        run(asp, "2018-01")
        expected = money()
        transaction.set_rollback(True)
    asp = make_year()
    with worker(tmp_path):
        for point in ("preparation-before-writing", "job-before-its-end"):
            (tmp_path / point).touch()
        job = carry_out(asp.gestionnaire, "payments.prepare", {"mois": "2018-01-01"})
        assert (job.etat, list(tmp_path.iterdir())) == ("TERMINE", [])
        campagne = Campagne.objects.get()
        control_campagne(asp.gestionnaire, campagne)
        approve_campagne(asp.ordonnateur, campagne)
        visa_campagne(asp.comptable, campagne)
        for point in POINTS:
            if not point.startswith("preparation"):
                (tmp_path / point).touch()
        job = carry_out(
            asp.comptable, "payments.execute", {"campagne": campagne.pk, "on": "2018-01-20"}
        )
        assert (job.etat, list(tmp_path.iterdir())) == ("TERMINE", [])
    assert Campagne.objects.get().etat == "EXECUTEE"
    assert money() == expected
