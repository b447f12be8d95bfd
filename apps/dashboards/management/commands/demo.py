"""`manage.py demo`: load the demonstration and play its year with a Celery worker.

Resumable: each finished step is counted in the database (sequence "demonstration"), in the
transaction of the step itself. `bin/demo` starts the servers and the worker around it.
"""

from __future__ import annotations

import time
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from apps.core.models import Sequence
from apps.core.services import next_number
from apps.dashboards.demo.argent import before_run, close_the_year
from apps.dashboards.demo.controles import play_controls
from apps.dashboards.demo.documents import produce_documents
from apps.dashboards.demo.fonds import call_advances
from apps.dashboards.demo.frame import build_frame, build_people
from apps.dashboards.demo.population import (
    build_structure,
    dossiers_of,
    hire,
    plan_turnover,
    sign_annexes,
)
from apps.dashboards.demo.restitutions import deliver_files
from apps.dashboards.demo.runs import RunFigures, play_run
from apps.dashboards.demo.scenario import load
from apps.dashboards.demo.summary import print_summary
from apps.dashboards.demo.year import MOIS_JOUES, enter_month

ETAPES = "demonstration"
DERNIER_JOUR = date(2024, 2, 21)  # the day it is served on


class Command(BaseCommand):
    help = "Charge la démonstration (Pas-de-Calais, 2023) et joue ses campagnes de paiement."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=2023, help="graine du tirage (2023)")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        seed: int = options["seed"]
        done = _steps_done()
        if done:
            self.say(f"Reprise de la démonstration : {done} étape(s) déjà jouée(s).")
        if done == 0:
            self._populate(seed)
        figures = self._play(seed, _steps_done())
        play_controls(seed, self.say)
        files = produce_documents(self.say)
        print_summary(self.say, figures, files)
        self.say(f"Durée : {time.monotonic() - started:.0f} s")

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _populate(self, seed: int) -> None:
        """Frame, structures, annexes and employees: one step, one transaction."""
        self.say("Chargement du cadre, des structures, des annexes et des salariés…")
        with transaction.atomic():
            build_frame()
            call_advances(2023)
            fiches = load()
            turnover = plan_turnover(fiches, seed)
            for number, fiche in enumerate(fiches, start=1):
                siae = build_structure(fiche, number)
                hire(fiche, siae, seed, turnover)
            build_people()
            next_number(ETAPES)

    def _play(self, seed: int, done: int) -> list[RunFigures]:
        figures, fiches = [], load()
        for index, month in enumerate(MOIS_JOUES, start=1):
            if index >= done:
                self.say(f"{month.label.capitalize()} : annexes, états mensuels, validations…")
                with transaction.atomic():
                    sign_annexes(fiches, month)
                    enter_month(dossiers_of(fiches), month, seed)
                    before_run(month)
                    next_number(ETAPES)
            figures.append(play_run(month, self.say))
            deliver_files(month)
        if done <= len(MOIS_JOUES) + 1:
            with transaction.atomic():
                close_the_year(DERNIER_JOUR)
                next_number(ETAPES)
        return figures


def _steps_done() -> int:
    return Sequence.objects.filter(name=ETAPES).values_list("last", flat=True).first() or 0
