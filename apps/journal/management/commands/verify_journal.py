"""`manage.py verify_journal`: every entry of the journal and every seal, computed again.

Exit status 1 when one is altered, missing or added, each named on the standard error. The seals
published outside (line `journal.seal` of the log, monthly e-mail) are given as `--temoin
NUMERO:EMPREINTE`: without one, a journal of which the end was cut off, seals included, looks whole.
"""

from __future__ import annotations

import argparse
import re
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.journal.verification import verify_journal

_FAULTY = 1


class Command(BaseCommand):
    help = "Vérifie les empreintes et les scellés du journal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--temoin",
            action="append",
            default=[],
            type=_witness,
            metavar="NUMERO:EMPREINTE",
            help="Scellé publié hors de la base, à retrouver tel quel (peut être répété).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        result = verify_journal(dict(options["temoin"]))
        for phrase in result.phrases:
            self.stderr.write(phrase)
        if result.anomalies > len(result.phrases):
            self.stderr.write(f"… et {result.anomalies - len(result.phrases)} autres.")
        self.stdout.write(
            f"Entrées vérifiées : {result.entrees}, dont {result.non_scellees} pas encore "
            f"scellées ; scellés : {result.scelles} ; anomalies : {result.anomalies}."
        )
        if result.dernier is not None:
            self.stdout.write(f"{result.dernier} : {result.dernier.empreinte}")
        if result.anomalies:
            sys.exit(_FAULTY)


def _witness(text: str) -> tuple[int, str]:
    found = re.fullmatch(r"(\d+):([0-9a-f]{64})", text.strip().lower())
    if found is None:
        raise argparse.ArgumentTypeError("un témoin s’écrit NUMERO:EMPREINTE (64 caractères)")
    return int(found[1]), found[2]
