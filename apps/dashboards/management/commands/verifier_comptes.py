"""`verifier_comptes`: every signed compte d’emploi against the ledger; status 1 for a fault."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.dashboards.comptes.verification import faults
from apps.dashboards.models import CompteEmploi


class Command(BaseCommand):
    help = "Vérifie l’empreinte et les chiffres de chaque compte d’emploi signé."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(faults())
        for sentence in found:
            self.stderr.write(sentence)
        if found:
            raise CommandError(f"Comptes d’emploi à examiner : {len(found)}.")
        count = CompteEmploi.objects.signed().count()
        self.stdout.write(f"Comptes d’emploi vérifiés : {count}. Aucune anomalie.")
