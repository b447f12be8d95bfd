"""The menu of each role, and what the header of every page shows (context processor).

One entry per place of work; the current one is found by the application of the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

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
STRUCTURE = Entree("Structure", "siae:structures", ("siae:structure", "siae:banque"))
STRUCTURES = Entree("Structures", "siae:structures", ("siae:",))
SUIVI = Entree("Suivi mensuel", "presence:liste", ("presence:",))
PAIEMENTS = Entree("Paiements", "payments:liste", ("payments:",))
CAMPAGNES = Entree("Campagnes", "payments:campagnes", ("payments:",))
ORDRES = Entree("Ordres de recouvrer", "recoveries:liste", ("recoveries:",))
CAOM = Entree("CAOM et mandats", "conventions:caoms", ("conventions:",))
EXPORTS = Entree("Exports", "dashboards:restitutions", ("dashboards:export", "dashboards:rest"))
HABILITATIONS = Entree("Habilitations", "accounts:habilitations")

SIAE = (ACCUEIL, SUIVI, SALARIES, ANNEXES, PAIEMENTS, ORDRES, STRUCTURE, EXPORTS)
ASP = (ACCUEIL, ANNEXES, SUIVI, STRUCTURES, CAMPAGNES, ORDRES, CAOM, EXPORTS)
DEPARTEMENT = (ACCUEIL, ANNEXES, SUIVI, STRUCTURES, PAIEMENTS, ORDRES, CAOM, EXPORTS)

MENUS: dict[str, tuple[Entree, ...]] = {
    Role.SAISIE: SIAE,
    Role.RESPONSABLE: SIAE,
    Role.INSTRUCTEUR: (ACCUEIL, ANNEXES, SUIVI, STRUCTURES, PAIEMENTS, ORDRES, CAOM, EXPORTS),
    Role.GESTIONNAIRE: ASP,
    Role.ORDONNATEUR: ASP,
    Role.COMPTABLE: ASP,
    Role.LECTEUR: DEPARTEMENT,
    Role.DECIDEUR: DEPARTEMENT,
    Role.ADMINISTRATEUR: (ACCUEIL, HABILITATIONS),
}


def menu_of(role: str, view_name: str = "") -> list[dict[str, Any]]:
    """Entries of a role with their addresses; the one of the page `view_name` is marked."""
    entries = []
    for entry in MENUS[role]:
        try:
            url = reverse(entry.url_name)
        except NoReverseMatch:
            continue
        current = view_name == entry.url_name or bool(
            entry.pages and view_name.startswith(entry.pages)
        )
        entries.append({"libelle": entry.libelle, "url": url, "courante": current})
    return entries


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: brand block, menu, whether one may act for another organisation."""
    acting = getattr(request, "acting", None)
    match = request.resolver_match
    return {
        "brand": settings.BRAND,
        "menu": menu_of(acting.role, match.view_name if match else "") if acting else [],
        "peut_changer_organisation": len(getattr(request, "memberships", ())) > 1,
    }
