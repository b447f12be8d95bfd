"""`manage.py purge`: what has reached the end of its retention; `--execute` erases it.

Without `--execute` nothing is written. `--on` tells the day to reckon from (today by default, or
the fixed day of the demonstration); a day to come can be looked at, never executed.
"""

from __future__ import annotations

import sys
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.tasks import expire_files
from apps.dashboards.rgpd.purge import Echu, purge, review

_REFUSED = 2


class Command(BaseCommand):
    help = "Compte les données au terme de leur conservation ; --execute les efface."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--execute", action="store_true", help="effacer ce qui est échu")
        parser.add_argument("--on", default="", help="jour de référence, AAAA-MM-JJ")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            day = date.fromisoformat(options["on"]) if options["on"] else today()
        except ValueError:
            raise CommandError(
                f"--on : « {options['on']} » n’est pas un jour (AAAA-MM-JJ)."
            ) from None
        try:
            found = purge(day) if options["execute"] else review(day)
        except Refus as refus:
            self.stderr.write(str(refus))
            sys.exit(_REFUSED)
        for line in _table(found):
            self.stdout.write(line)
        if options["execute"]:
            self.stdout.write(f"Fichiers supprimés : {expire_files(day.isoformat())}.")
        elif any(echu.nombre for echu in found):
            self.stdout.write("Rien n’est effacé : ajoutez --execute.")


def _table(found: list[Echu]) -> list[str]:
    lines = [f"{'données':<20} {'échues':>9}  plus ancienne  durée"]
    for echu in found:
        oldest = f"{echu.plus_ancien:%d/%m/%Y}" if echu.plus_ancien else ""
        regle = echu.regle
        lines.append(f"{regle.cle:<20} {echu.nombre:>9}  {oldest:<13}  {regle.duree_en_mots}")
        if echu.retenus:
            lines.append(f"  en attente : {echu.retenus} ({regle.attente})")
    return lines
