"""`manage.py simulate_year --seed N [--count K]`: random years of money, checked at each event.

Played in a transaction that is rolled back. Exit status 1 at the first invariant broken, with the
seed and the events that led there: the same seed plays them again.
"""

from __future__ import annotations

import gc
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.dashboards.simulation.annee import InvariantRompu, simulate
from apps.payments.models import Campagne


class Command(BaseCommand):
    help = (
        "Joue des années de paiement tirées au hasard et vérifie les invariants après chaque "
        "événement ; ne laisse rien dans la base."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="graine de la première année (1)")
        parser.add_argument("--count", type=int, default=1, help="nombre d’années (1)")

    def handle(self, *, seed: int, count: int, verbosity: int, **options: Any) -> None:
        if count < 1:
            raise CommandError("Le nombre d’années doit être d’au moins 1.")
        if Campagne.objects.exists():
            raise CommandError(
                "Cette base a déjà des campagnes de paiement : la simulation se joue dans une base "
                "qui n’en a pas."
            )
        gc.set_threshold(100_000, 50, 50)  # a tenth of the time: nothing long-lived is let go
        started = time.monotonic()
        events = refused = 0
        for graine in range(seed, seed + count):
            try:
                annee = simulate(graine)
            except InvariantRompu as broken:
                raise CommandError(str(broken)) from broken
            events += len(annee.evenements)
            refused += annee.refus
            if count == 1 or verbosity > 1:
                self.stdout.write("\n".join(annee.evenements))
        self.stdout.write(
            f"Années jouées : {count} ; événements : {events}, dont refusés : {refused} ; "
            f"invariants rompus : 0 ; durée : {time.monotonic() - started:.1f} s."
        )
