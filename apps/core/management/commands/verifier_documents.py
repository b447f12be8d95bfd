"""`manage.py verifier_documents`: every archived file against its row, by its SHA-256.

Tells the files that are missing or were altered on the standard error; exit status 1 when there
is one. Reads only; a file past its expiry is not expected any more.
"""

import hashlib
import sys
from typing import Any

from django.core.management.base import BaseCommand

from apps.core.clock import today
from apps.core.models import Fichier

_FAULTY = 1


class Command(BaseCommand):
    help = "Vérifie l’empreinte de chaque document archivé."

    def handle(self, *args: Any, **options: Any) -> None:
        checked = faults = 0
        for fichier in Fichier.objects.exclude(expire_le__lt=today()).order_by("pk").iterator():
            checked += 1
            if fault := _fault(fichier):
                faults += 1
                self.stderr.write(f"{fichier.nom} ({fichier.contenu.name}) : {fault}.")
        self.stdout.write(f"Documents vérifiés : {checked} ; en défaut : {faults}.")
        if faults:
            sys.exit(_FAULTY)


def _fault(fichier: Fichier) -> str:
    """« fichier manquant », « contenu modifié », or nothing."""
    try:
        with fichier.contenu.open("rb") as contents:
            digest = hashlib.file_digest(contents, "sha256").hexdigest()
    except FileNotFoundError:
        return "fichier manquant"
    return "" if digest == fichier.sha256 else "contenu modifié"
