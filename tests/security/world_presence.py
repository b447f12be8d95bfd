"""What `world` holds of the presences: statements in three states, a control and its documents."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from apps.presence.models import (
    Controle,
    EtatMensuel,
    EtatSigne,
    LignePresence,
    PieceControle,
    Tirage,
)
from tests.factories import make_user
from tests.security.texts import MARKUP, stored_file


def statements(objects: dict[str, Any]) -> dict[str, Any]:
    someone = make_user()

    def etat(month: int, state: str) -> EtatMensuel:
        made = EtatMensuel.objects.create(
            annexe=objects["annexe"],
            mois=date(2023, month, 1),
            etat=state,
            certifie_par=None if state == "BROUILLON" else someone,
            certifie_le=None if state == "BROUILLON" else date(2023, month + 1, 5),
            valide_par=someone if state == "VALIDE" else None,
            valide_le=date(2023, month + 1, 10) if state == "VALIDE" else None,
        )
        LignePresence.objects.create(
            etat_mensuel=made,
            contrat=objects["contrat"],
            salarie=objects["salarie"],
            heures_declarees=Decimal("100.00"),
            heures_eligibles=Decimal("100.00") if state == "VALIDE" else None,
        )
        return made

    return {
        "etat_valide": etat(1, "VALIDE"),
        "etat_certifie": etat(2, "SAISI"),
        "etat_brouillon": etat(3, "BROUILLON"),
    }


def controls(objects: dict[str, Any]) -> dict[str, Any]:
    """A control whose documents are asked for, with one of them; a signed statement; archives."""
    someone, day = make_user(), date(2023, 3, 10)
    EtatSigne.objects.create(
        etat_mensuel=objects["etat_certifie"],
        version=1,
        fichier=stored_file(),
        depose_par=someone,
        depose_le=day,
    )
    for etat in (objects["etat_certifie"], objects["etat_valide"]):
        etat.documents.create(version=1, etat=etat.etat, fichier=stored_file())
    tirage = Tirage.objects.create(
        methode="CIBLE",
        debut=date(2023, 1, 1),
        fin=date(2023, 1, 1),
        population=1,
        taille=1,
        pieces=["BULLETIN", "HEURES"],
        motif=f"Contrôle {MARKUP}",
        tire_par=someone,
        tire_le=day,
    )
    controle = Controle.objects.create(
        tirage=tirage, etat_mensuel=objects["etat_valide"], version=1, echeance=date(2023, 4, 10)
    )
    piece = PieceControle.objects.create(
        controle=controle,
        nature="BULLETIN",
        fichier=stored_file(),
        depose_par=someone,
        depose_le=day,
    )
    return {"controle": controle, "piece_controle": piece}
