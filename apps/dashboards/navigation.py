"""The menu of each role, and what the header of every page shows (context processor).

A menu holds entries and groups of entries, one per place of work. The entry of the page shown is
the one that names it, else the one whose prefix fits it best.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from apps.accounts.models import Role


@dataclass(frozen=True, slots=True)
class Entree:
    """An entry: its label, the name of its URL, the beginnings of URL names it stands for."""

    libelle: str
    url_name: str
    pages: tuple[str, ...] = ()

    def fit(self, view_name: str) -> int:
        """How well the entry stands for a page; 0 when it does not."""
        if view_name == self.url_name:
            return 1000
        return max((len(start) for start in self.pages if view_name.startswith(start)), default=0)


@dataclass(frozen=True, slots=True)
class Groupe:
    """Entries of one place of work, under one title of the menu."""

    libelle: str
    entrees: tuple[Entree, ...]


Menu = tuple[Entree | Groupe, ...]

ACCUEIL = Entree("Accueil", "dashboards:accueil")
ANNEXES = Entree("Annexes financières", "annexes:liste", ("annexes:",))
ANNEXES_A_VALIDER = Entree(
    "Annexes à valider", "annexes:a_valider", ("annexes:valider", "annexes:rejeter")
)
REVALORISATION = Entree("Revalorisation", "annexes:revalorisation")
CAOM = Entree("CAOM et mandats", "conventions:caoms", ("conventions:",))
REFERENTIELS = Entree(
    "Référentiels",
    "conventions:referentiels",
    ("conventions:referentiel", "conventions:valeur", "conventions:codes"),
)
SUIVI = Entree("Suivi mensuel", "presence:liste", ("presence:",))
ETATS_A_VALIDER = Entree("États mensuels à valider", "presence:a_valider", ("presence:valider",))
CONTROLES = Entree("Contrôles sur pièces", "presence:controles", ("presence:controle",))
SALARIES = Entree("Salariés", "siae:salaries", ("siae:salarie", "siae:contrat"))
CONTRATS = Entree("Contrats", "siae:contrats")
OF_STRUCTURES = (
    "siae:structure",
    "siae:contact",
    "siae:banque_proposer",
    "siae:siret",
    "siae:mesure",
)
STRUCTURE = Entree("Structure", "siae:structures", OF_STRUCTURES)
STRUCTURES = Entree("Structures", "siae:structures", OF_STRUCTURES)
BANQUES = Entree("Coordonnées bancaires", "siae:banques", ("siae:banque",))
VERSEMENTS = Entree("Versements", "payments:liste", ("payments:",))
SIMULATEUR = Entree(
    "Simulateur de trésorerie", "payments:simulateur_choix", ("payments:simulateur",)
)
CAMPAGNES = Entree("Campagnes de paiement", "payments:campagnes", ("payments:",))
BANQUE = Entree("Banque", "banque:fichiers", ("banque:",))
RETENUES = Entree("Échéances retenues", "payments:retenues")
BLOCAGES = Entree("Blocages des paiements", "payments:blocages", ("payments:blocage_lever",))
SUPERVISION = Entree(
    "Supervision", "payments:supervision", ("payments:alertes", "payments:job_relancer")
)
ORDRES = Entree("Ordres de recouvrer", "recoveries:liste", ("recoveries:", "apurement:"))
RETARDS = Entree("Créances en retard", "recoveries:retards")
EXCEDENTS = Entree(
    "Excédents de versement",
    "recoveries:excedents",
    ("recoveries:excedent", "recoveries:remboursement"),
)
A_DECIDER = Entree("Créances à décider", "apurement:a_decider")
CONTESTATIONS = Entree("Contestations", "apurement:contestations", ("apurement:contest",))
REMISES = Entree("Demandes de remise", "apurement:remises", ("apurement:remise",))
NON_VALEURS = Entree("Non-valeurs", "apurement:listes", ("apurement:liste", "apurement:ligne"))
EXTINCTIONS = Entree("Extinctions de créance", "apurement:extinctions", ("apurement:extinction",))
PROCEDURES = Entree("Procédures collectives", "apurement:procedures", ("apurement:procedure",))
APUREMENTS = Entree("Apurements automatiques", "apurement:apurements")
DELEGATIONS = Entree(
    "Délégations des départements", "apurement:delegations", ("apurement:delegation",)
)
COMPTABILITE = Entree("Comptabilité", "comptabilite:balance", ("comptabilite:",))
CLOTURES = Entree(
    "Clôtures comptables",
    "comptabilite:clotures",
    ("comptabilite:clo", "comptabilite:verrouiller", "comptabilite:rouvrir", "comptabilite:reouv"),
)
FONDS = Entree("Fonds des départements", "fonds:mandats", ("fonds:",))
FONDS_ET_APPELS = Entree("Fonds et appels", "fonds:mandats", ("fonds:",))
FRAIS = Entree("Frais de gestion", "frais:liste", ("frais:",))
MODULATION = Entree("Parts modulées", "modulation:liste", ("modulation:",))
ALERTES = Entree(
    "Alertes", "dashboards:alertes", ("dashboards:alertes_annexe", "dashboards:seuils_alertes")
)
POSTES = Entree("Postes d’insertion", "dashboards:suivi_postes", ("dashboards:postes",))
BILANS = Entree("Bilans émis", "dashboards:bilans_emis", ("dashboards:bilan",))
SUIVI_CAOM = Entree("Suivi des CAOM", "dashboards:suivi_caom", ("dashboards:suivi_caom",))
DONNEES = Entree("Données des annexes", "dashboards:donnees_annexes")
EXPORTS = Entree(
    "Exports",
    "dashboards:restitutions",
    ("dashboards:export", "dashboards:restitution", "dashboards:realisations", "dashboards:envoi"),
)
DROITS = Entree("Droits des personnes", "rgpd:demandes", ("rgpd:demande", "rgpd:personne"))
DESTRUCTIONS = Entree("Destruction des données", "rgpd:destructions", ("rgpd:destruction",))
REGISTRE = Entree("Registre des traitements", "rgpd:registre", ("rgpd:contact",))
REDDITION = Entree("Reddition des comptes", "reddition:comptes", ("reddition:",))
COMPTES = Entree("Comptes", "accounts:comptes", ("accounts:compte",))
HABILITATIONS = Entree("Habilitations", "accounts:habilitations", ("accounts:habilitation",))
ORGANISATIONS = Entree(
    "Organisations", "accounts:organisations", ("accounts:organisation_", "accounts:inviter")
)
JOURNAL = Entree("Journal", "accounts:journal")
UTILISATEURS = Entree(
    "Utilisateurs",
    "accounts:habilitations",
    ("accounts:habilitation", "accounts:organisation_", "accounts:inviter"),
)

SIAE: Menu = (
    ACCUEIL,
    Groupe("Suivi mensuel", (SUIVI, CONTROLES)),
    Groupe("Salariés", (SALARIES, CONTRATS, DROITS, REGISTRE)),
    ANNEXES,
    Groupe("Paiements", (VERSEMENTS, RETENUES, SIMULATEUR, MODULATION, ORDRES)),
    Groupe("Structure", (STRUCTURE, UTILISATEURS)),
    Groupe("Restitutions", (ALERTES, BILANS, EXPORTS)),
)
# Of the DDETS and of the département, who follow a territory.
TERRITOIRE: Menu = (
    ACCUEIL,
    Groupe("Annexes", (ANNEXES, CAOM, SUIVI_CAOM, REFERENTIELS)),
    Groupe("Suivi", (SUIVI, ALERTES, POSTES, BILANS)),
    Groupe("Structures", (STRUCTURES, SALARIES, DROITS, DESTRUCTIONS, REGISTRE)),
    Groupe("Paiements", (VERSEMENTS, RETENUES, MODULATION, ORDRES, A_DECIDER)),
    Groupe("Comptes", (FONDS_ET_APPELS, COMPTABILITE, FRAIS, REDDITION, DELEGATIONS)),
    Groupe("Restitutions", (EXPORTS, DONNEES)),
)
ASP: Menu = (
    ACCUEIL,
    Groupe("Annexes", (ANNEXES_A_VALIDER, ANNEXES, REVALORISATION, CAOM, SUIVI_CAOM, REFERENTIELS)),
    Groupe("États mensuels", (ETATS_A_VALIDER, SUIVI, CONTROLES)),
    Groupe("Structures", (STRUCTURES, BANQUES, SALARIES, DROITS, DESTRUCTIONS, REGISTRE)),
    Groupe(
        "Paiements",
        (CAMPAGNES, VERSEMENTS, RETENUES, MODULATION, BLOCAGES, BANQUE, SUPERVISION),
    ),
    Groupe(
        "Recouvrement",
        (
            ORDRES,
            RETARDS,
            EXCEDENTS,
            A_DECIDER,
            CONTESTATIONS,
            REMISES,
            NON_VALEURS,
            EXTINCTIONS,
            PROCEDURES,
            APUREMENTS,
            DELEGATIONS,
        ),
    ),
    Groupe("Comptes", (FONDS, COMPTABILITE, CLOTURES, FRAIS, REDDITION)),
    Groupe("Restitutions", (ALERTES, POSTES, BILANS, EXPORTS, DONNEES)),
)
# The fees are between the ASP and the départements; the modulated part is the State's.
OF_FEES = (Role.GESTIONNAIRE, Role.ORDONNATEUR, Role.COMPTABLE, Role.LECTEUR, Role.DECIDEUR)
NOT_OF_CD = tuple(set(Role) - {Role.LECTEUR, Role.DECIDEUR})
# The pages of the instruction are those of one role of the ASP.
OF_GESTIONNAIRE = (ANNEXES_A_VALIDER, REVALORISATION, ETATS_A_VALIDER)

MENUS: dict[str, Menu] = {
    Role.SAISIE: SIAE,
    Role.RESPONSABLE: SIAE,
    Role.INSTRUCTEUR: TERRITOIRE,
    Role.GESTIONNAIRE: ASP,
    Role.ORDONNATEUR: ASP,
    Role.COMPTABLE: ASP,
    Role.LECTEUR: TERRITOIRE,
    Role.DECIDEUR: TERRITOIRE,
    Role.ADMINISTRATEUR: (
        ACCUEIL,
        ORGANISATIONS,
        COMPTES,
        HABILITATIONS,
        JOURNAL,
        SUPERVISION,
        REGISTRE,
    ),
}
# Entries of a shared menu that only some of its roles have.
RESERVED: dict[Entree, tuple[Role, ...]] = {
    COMPTABILITE: (
        Role.GESTIONNAIRE,
        Role.ORDONNATEUR,
        Role.COMPTABLE,
        Role.LECTEUR,
        Role.DECIDEUR,
    ),
    # Not the DDETS, which shares the menu of the départements.
    DROITS: tuple(set(Role) - {Role.INSTRUCTEUR, Role.ADMINISTRATEUR}),
    DESTRUCTIONS: (
        Role.GESTIONNAIRE,
        Role.ORDONNATEUR,
        Role.COMPTABLE,
        Role.LECTEUR,
        Role.DECIDEUR,
    ),
    **dict.fromkeys(OF_GESTIONNAIRE, (Role.GESTIONNAIRE,)),
    FONDS_ET_APPELS: (Role.LECTEUR, Role.DECIDEUR),
    DELEGATIONS: OF_FEES,
    REDDITION: (
        Role.GESTIONNAIRE,
        Role.ORDONNATEUR,
        Role.COMPTABLE,
        Role.LECTEUR,
        Role.DECIDEUR,
    ),
    BANQUES: (Role.GESTIONNAIRE, Role.COMPTABLE),
    UTILISATEURS: (Role.RESPONSABLE,),
    A_DECIDER: (Role.LECTEUR, Role.DECIDEUR, Role.ORDONNATEUR),
    FRAIS: OF_FEES,
    MODULATION: NOT_OF_CD,
}


def menu_of(role: str, view_name: str = "") -> list[dict[str, Any]]:
    """Entries and groups of a role with their addresses; those of the page shown are marked.

    A group left with one entry is that entry; its label is then the entry's own.
    """
    menu = [kept for item in MENUS[role] if (kept := _kept(item, role))]
    shown = _entry_of([entry for item in menu for entry in _entries(item)], view_name)
    return [_drawn(item, shown) for item in menu]


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: brand block, menu, whether one may act for another organisation."""
    acting = getattr(request, "acting", None)
    match = request.resolver_match
    return {
        "brand": settings.BRAND,
        "menu": menu_of(acting.role, match.view_name if match else "") if acting else [],
        "peut_changer_organisation": len(getattr(request, "memberships", ())) > 1,
    }


def _kept(item: Entree | Groupe, role: str) -> Entree | Groupe | None:
    """The item without the entries reserved to other roles; None when nothing is left."""
    entries = [entry for entry in _entries(item) if role in RESERVED.get(entry, (role,))]
    if len(entries) > 1 and isinstance(item, Groupe):
        return Groupe(item.libelle, tuple(entries))
    return entries[0] if entries else None


def _entries(item: Entree | Groupe) -> Iterator[Entree]:
    yield from item.entrees if isinstance(item, Groupe) else (item,)


def _entry_of(entries: list[Entree], view_name: str) -> Entree | None:
    best = max(entries, key=lambda entry: entry.fit(view_name), default=None)
    return best if best and best.fit(view_name) else None


def _drawn(item: Entree | Groupe, shown: Entree | None) -> dict[str, Any]:
    if isinstance(item, Groupe):
        entries = [_drawn(entry, shown) for entry in item.entrees]
        return {
            "libelle": item.libelle,
            "entrees": entries,
            "courante": any(entry["courante"] for entry in entries),
        }
    return {"libelle": item.libelle, "url": reverse(item.url_name), "courante": item == shown}
