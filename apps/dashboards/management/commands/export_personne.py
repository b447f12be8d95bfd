"""`manage.py export_personne FICHE --as USERNAME --out FILE`: what is held on a person.

The extension of the file says what is written: `.json` (portability) or `.pdf` (to be read). Same
contents and same scope as the page « Droits des personnes » of that account, journaled likewise.
Exit status 2 and a sentence when the request is refused; no file is left.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.errors import Refus
from apps.dashboards.rgpd.personne import as_json, draw_person, gather
from apps.dashboards.services_rgpd import note_person_export
from apps.siae.models import Salarie

_REFUSED = 2


class Command(BaseCommand):
    help = "Réunit les données détenues sur un salarié, en JSON ou en PDF."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("fiche", type=int, help="identifiant de la fiche (dans son adresse)")
        parser.add_argument("--as", dest="compte", required=True, help="identifiant du compte")
        parser.add_argument("--out", dest="fichier", required=True, help="fichier .json ou .pdf")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(_export(options["fiche"], options["compte"], options["fichier"]))
        except Refus as refus:
            self.stderr.write(str(refus))
            sys.exit(_REFUSED)


def _export(fiche: int, compte: str, fichier: str) -> str:
    out = Path(fichier)
    if out.suffix not in (".json", ".pdf"):
        raise Refus(f"« {fichier} » : donnez au fichier l’extension .json ou .pdf.")
    acting = _acting(compte)
    salarie = (
        Salarie.objects.visible_to(acting).select_related("structure").filter(pk=fiche).first()
    )
    if salarie is None:
        raise Refus(f"La fiche {fiche} n’existe pas ou n’est pas accessible à ce compte.")
    with transaction.atomic():
        note_person_export(acting, salarie, out.suffix[1:].upper())
        dossier = gather(salarie, acting)
        if out.suffix == ".json":
            contents = as_json(dossier).encode()
        else:
            contents = draw_person(dossier, today()).contents
        try:
            # Readable by its owner alone; an existing file is not overwritten.
            descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise Refus(
                f"Le fichier « {fichier} » n’a pas pu être créé : {error.strerror}."
            ) from None
        with os.fdopen(descriptor, "wb") as target:
            target.write(contents)
    return f"{out} : données de {dossier.nom}."


def _acting(compte: str) -> Membership:
    """The one membership in force of an account."""
    found = list(
        Membership.objects.active(timezone.localdate())
        .filter(user__username=compte, user__is_active=True)
        .select_related("organisation", "user")[:2]
    )
    if len(found) != 1:
        raise Refus(f"Le compte « {compte} » n’a pas une habilitation en vigueur et une seule.")
    return found[0]
