"""The menu of each role, and what the header of every page shows (context processor).

One entry per place of work; the current one is found by the application of the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from apps.accounts.models import Role


@dataclass(frozen=True, slots=True)
class Entree:
    """An entry: its label, the name of its URL, the URL names it stands for besides."""

    libelle: str
    url_name: str
    pages: tuple[str, ...] = ()


ACCUEIL = Entree("Accueil", "dashboards:accueil")
ANNEXES = Entree("Annexes financières", "annexes:liste", ("annexes:",))
SALARIES = Entree("Salariés", "siae:salaries", ("siae:salarie", "siae:contrat"))
OF_STRUCTURES = ("siae:structure", "siae:banque", "siae:siret")
STRUCTURE = Entree("Structure", "siae:structures", OF_STRUCTURES)
STRUCTURES = Entree("Structures", "siae:structures", OF_STRUCTURES)
SUIVI = Entree("Suivi mensuel", "presence:liste", ("presence:",))
PAIEMENTS = Entree("Paiements", "payments:liste", ("payments:",))
CAMPAGNES = Entree("Campagnes", "payments:campagnes", ("payments:",))
ORDRES = Entree("Ordres de recouvrer", "recoveries:liste", ("recoveries:",))
CAOM = Entree("CAOM et mandats", "conventions:caoms", ("conventions:",))
EXPORTS = Entree(
    "Exports", "dashboards:restitutions", ("dashboards:export", "dashboards:realisations")
)
HABILITATIONS = Entree("Habilitations", "accounts:habilitations")

SIAE = (ACCUEIL, SUIVI, SALARIES, ANNEXES, PAIEMENTS, ORDRES, STRUCTURE, EXPORTS)
ASP = (ACCUEIL, ANNEXES, SUIVI, STRUCTURES, SALARIES, CAMPAGNES, ORDRES, CAOM, EXPORTS)
TERRITOIRE = (ACCUEIL, ANNEXES, SUIVI, STRUCTURES, SALARIES, PAIEMENTS, ORDRES, CAOM, EXPORTS)

MENUS: dict[str, tuple[Entree, ...]] = {
    Role.SAISIE: SIAE,
    Role.RESPONSABLE: SIAE,
    Role.INSTRUCTEUR: TERRITOIRE,
    Role.GESTIONNAIRE: ASP,
    Role.ORDONNATEUR: ASP,
    Role.COMPTABLE: ASP,
    Role.LECTEUR: TERRITOIRE,
    Role.DECIDEUR: TERRITOIRE,
    Role.ADMINISTRATEUR: (ACCUEIL, HABILITATIONS),
}


def menu_of(role: str, view_name: str = "") -> list[dict[str, Any]]:
    """Entries of a role with their addresses; the one of the page `view_name` is marked."""
    return [
        {
            "libelle": entry.libelle,
            "url": reverse(entry.url_name),
            "courante": view_name == entry.url_name or view_name.startswith(entry.pages),
        }
        for entry in MENUS[role]
    ]


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: brand block, menu, whether one may act for another organisation."""
    acting = getattr(request, "acting", None)
    match = request.resolver_match
    return {
        "brand": settings.BRAND,
        "menu": menu_of(acting.role, match.view_name if match else "") if acting else [],
        "peut_changer_organisation": len(getattr(request, "memberships", ())) > 1,
    }
