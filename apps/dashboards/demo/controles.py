"""Controls on documents of the demonstration: one awaited, one received, a sample drawn.

Played once, after the year, through the services; the documents are statements of the structure,
for want of payslips of people who do not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.core.files.base import ContentFile
from django.db import transaction

from apps.dashboards.demo.frame import acting
from apps.presence.documents import statement_file
from apps.presence.models import EtatMensuel, NaturePiece, Tirage
from apps.presence.services import (
    Champ,
    Demande,
    add_piece,
    draw_sample,
    send_pieces,
    target_etat,
)

LE = date(2024, 2, 12)
MOIS = date(2023, 11, 1)
TAILLE = 4
DEMANDE = Demande(
    (NaturePiece.BULLETIN, NaturePiece.HEURES),
    date(2024, 3, 15),
    "Contrôle annuel sur échantillon",
)
# Whose statement is controlled, and whether the documents are already sent.
CIBLES = (("jardins-morinie", False), ("mains-boulonnaises", True))


def play_controls(seed: int, say: Callable[[str], None]) -> None:
    """Ask for documents and receive some; nothing when it is already done."""
    if Tirage.objects.exists():
        return
    say("Contrôles sur pièces : demandes, réponse, échantillon…")
    gestionnaire = acting("asp.gestionnaire")
    with transaction.atomic():
        for username, is_answered in CIBLES:
            structure = acting(username)
            etat = EtatMensuel.objects.visible_to(structure).filter(mois=MOIS).earliest("pk")
            controle = target_etat(gestionnaire, etat, DEMANDE, on=LE)
            if is_answered:
                with statement_file(etat).contenu.open("rb") as source:
                    document = source.read()
                for nature in DEMANDE.pieces:
                    add_piece(structure, controle, nature, ContentFile(document, "p.pdf"), on=LE)
                send_pieces(structure, controle, on=LE)
        champ = Champ(date(2023, 10, 1), date(2023, 12, 1), departement="062")
        draw_sample(gestionnaire, champ, DEMANDE, taille=TAILLE, graine=seed, on=LE)
