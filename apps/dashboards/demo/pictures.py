"""Which pictures the user manuals hold: the page, as whom, which part of it, after which gesture.

Taken by `captures` on a served demonstration, in which `pending` has left work to do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.urls import reverse

from apps.accounts.models import Organisation
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.conventions.models import Caom
from apps.dashboards.models import EnvoiProgramme
from apps.payments.models import Campagne, Versement
from apps.presence.models import Controle, EtatMensuel
from apps.recoveries.models import OrdreDeRecouvrer
from apps.siae.models import Salarie

Adresse = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Capture:
    """A picture: manual and name of its file, account, address, part of the page.

    It goes from the top of `zone` to the bottom of the last `fin` (of the zone when none is given)
    and is never higher than `hauteur`. `clic` is clicked before. `ecran`: what a window of this
    height shows once scrolled to the zone, with the bar that stays at its bottom.
    """

    manuel: str
    nom: str
    utilisateur: str
    adresse: Adresse
    zone: str = "main"
    fin: str = ""
    hauteur: int = 780
    largeur: int = 1060  # of the window: the narrowest with the whole menu
    clic: str = ""
    ecran: bool = False


def page(name: str, *args: Any, **query: Any) -> Adresse:
    """The address of a page known by its URL name."""
    return lambda: reverse(name, args=args, query=query or None)


def of_annexe(name: str, structure: str, *more: Any, **query: Any) -> Adresse:
    """The address of a page about the first annex of a structure of the demonstration."""

    def address() -> str:
        annexe = AnnexeFinanciere.objects.filter(
            siae__structure__denomination__icontains=structure
        ).earliest("pk")
        return reverse(name, args=[annexe.pk, *more], query=query or None)

    return address


def of_last(name: str, model: type[Model], **values: Any) -> Adresse:
    """The address of a page about the last object of a model with these values."""
    return lambda: reverse(name, args=[model._default_manager.filter(**values).latest("pk").pk])


JARDINS, TERRILS, CLIC = "Haute-Morinie", "Terrils verts", "Clic solidaire"
MOIS_ROUVERT = "2023-12"


def rows(count: int) -> str:
    """The row a picture of a table ends with."""
    return f"main tbody tr:nth-child({count})"


def last_paid(structure: str, nature: Versement.Nature) -> Adresse:
    """« Pourquoi ce montant ? » of the last payment of that kind to a structure."""
    return of_last(
        "payments:versement",
        Versement,
        nature=nature,
        annexe__siae__structure__denomination__icontains=structure,
    )


STRUCTURE = (
    Capture("structure", "accueil", "jardins-morinie", page("dashboards:accueil")),
    Capture(
        "structure",
        "salarie",
        "jardins-morinie",
        of_last("siae:salarie", Salarie, structure__denomination__icontains=JARDINS, numero=5),
        hauteur=600,
    ),
    Capture(
        "structure",
        "saisie",
        "jardins-morinie",
        of_annexe("presence:saisie", JARDINS, MOIS_ROUVERT),
        zone="#grille .ex-grille",
        fin="#grille > .fr-btns-group",
        ecran=True,
        hauteur=700,
    ),
    Capture(
        "structure",
        "certifier",
        "jardins-morinie",
        of_annexe("presence:certifier", JARDINS, MOIS_ROUVERT),
        zone="main h2:has-text('justifier')",
        fin="main form",
    ),
    Capture(
        "structure",
        "controle",
        "jardins-morinie",
        of_last("presence:controle", Controle, etat=Controle.Etat.DEMANDE, pk__lte=1),
        fin="main a.fr-btn:has-text('Déposer')",
    ),
    Capture(
        "structure",
        "echeancier",
        "numerique-lensois",
        of_annexe("payments:echeancier", CLIC),
        fin=rows(12),
    ),
    Capture(
        "structure",
        "pourquoi",
        "jardins-morinie",
        last_paid(JARDINS, Versement.Nature.REGULARISATION),
        zone="main h2:has-text('Pourquoi')",
        fin="main table",
        hauteur=1000,
    ),
    Capture(
        "structure",
        "simulateur",
        "numerique-lensois",
        of_annexe("payments:simulateur", CLIC),
        zone="main h2:has-text('Résultat')",
        fin="main figure",
    ),
)

DDETS = (
    Capture("ddets", "accueil", "ddets", page("dashboards:accueil")),
    Capture(
        "ddets",
        "modifier",
        "ddets",
        of_last("annexes:modifier", VersionAnnexe, etat=VersionAnnexe.Etat.BROUILLON),
        hauteur=830,
    ),
    Capture(
        "ddets",
        "transmettre",
        "ddets",
        of_last("annexes:transmettre", VersionAnnexe, etat=VersionAnnexe.Etat.BROUILLON),
        fin="main table",
    ),
    Capture("ddets", "serie", "ddets", page("annexes:renouveler_serie"), fin=rows(8)),
    Capture(
        "ddets",
        "suivi",
        "ddets",
        page("presence:liste", annee=2023),
        zone="main table",
        fin=rows(8),
    ),
)

ASP = (
    Capture("asp", "accueil", "asp.gestionnaire", page("dashboards:accueil")),
    Capture(
        "asp",
        "annexe-valider",
        "asp.gestionnaire",
        of_last("annexes:valider", VersionAnnexe, etat=VersionAnnexe.Etat.SAISI),
        largeur=1200,
        hauteur=860,
    ),
    Capture("asp", "etats-valider", "asp.gestionnaire", page("presence:a_valider"), largeur=1200),
    Capture(
        "asp",
        "etat-valider",
        "asp.gestionnaire",
        of_last("presence:valider", EtatMensuel, etat=EtatMensuel.Etat.SAISI, version__gt=1),
        fin=rows(3),
        hauteur=1000,
    ),
    Capture(
        "asp",
        "controle",
        "asp.gestionnaire",
        of_last("presence:controle", Controle, etat=Controle.Etat.RECU),
        fin="main table",
    ),
    Capture(
        "asp",
        "lignes",
        "asp.gestionnaire",
        of_last("payments:campagne_lignes", Campagne, numero=12),
        zone="main table",
        largeur=1240,
        fin=rows(8),
    ),
    Capture(
        "asp",
        "comparaison",
        "asp.gestionnaire",
        of_last("payments:campagne_comparaison", Campagne, numero=12),
        fin="main table",
    ),
    Capture(
        "asp",
        "pourquoi",
        "asp.gestionnaire",
        last_paid(TERRILS, Versement.Nature.SOLDE),
        zone="main h2:has-text('Pourquoi')",
        fin="main table",
        hauteur=1000,
    ),
    Capture(
        "asp",
        "referentiel",
        "asp.gestionnaire",
        page("conventions:referentiel", "montants_unitaires", "ACI_DC"),
        fin=rows(8),
    ),
)

DEPARTEMENT = (
    Capture("departement", "accueil", "cd.lecteur", page("dashboards:accueil")),
    Capture("departement", "annexe", "cd.lecteur", of_annexe("annexes:detail", TERRILS)),
    Capture(
        "departement",
        "suivi",
        "cd.lecteur",
        page("presence:liste", annee=2023),
        zone="main table",
        fin=rows(12),
    ),
    Capture(
        "departement",
        "pourquoi",
        "cd.lecteur",
        last_paid(JARDINS, Versement.Nature.FORFAIT),
        zone="main h2:has-text('Pourquoi')",
        fin="main table",
    ),
    Capture(
        "departement",
        "alertes",
        "cd.lecteur",
        page("dashboards:alertes"),
        zone="#resultats table",
        largeur=1260,
        fin="#resultats tbody tr:nth-child(5)",
    ),
    Capture(
        "departement",
        "seuils",
        "cd.decideur",
        page("dashboards:seuils_alertes"),
        hauteur=900,
    ),
    Capture(
        "departement",
        "documents",
        "cd.lecteur",
        of_annexe("annexes:documents", TERRILS),
        hauteur=900,
    ),
    Capture(
        "departement",
        "bilans",
        "cd.lecteur",
        page("dashboards:bilans_emis"),
        largeur=1240,
        fin=rows(8),
        hauteur=1000,
    ),
    Capture(
        "departement",
        "envoi",
        "cd.decideur",
        of_last("dashboards:envoi", EnvoiProgramme, restitution="suivi-annexes"),
        fin="main table",
    ),
    Capture(
        "departement",
        "postes",
        "cd.lecteur",
        of_annexe("dashboards:postes", TERRILS),
        zone="main figure",
    ),
    Capture(
        "departement",
        "bilan",
        "cd.lecteur",
        of_annexe("dashboards:bilan_objectifs", TERRILS),
        fin="main table",
        hauteur=1000,
    ),
    Capture(
        "departement",
        "caom",
        "cd.lecteur",
        of_last("dashboards:suivi_caom_detail", Caom, financeur__code="062", annee=2023),
        fin="main dl",
    ),
    Capture(
        "departement",
        "ordre",
        "cd.lecteur",
        of_last(
            "recoveries:ordre",
            OrdreDeRecouvrer,
            financeur__code="062",
            etat__in=OrdreDeRecouvrer.OUVERTS,
        ),
        fin="main ol",
    ),
    Capture(
        "departement",
        "exports",
        "cd.lecteur",
        page("dashboards:restitutions"),
        fin="main .ex-cartes",
    ),
)

ADMINISTRATEUR = (
    Capture(
        "administrateur",
        "organisation",
        "admin",
        of_last("accounts:organisation_fiche", Organisation, type="ASP"),
    ),
    Capture(
        "administrateur",
        "inviter",
        "admin",
        of_last("accounts:inviter", Organisation, type="ASP"),
    ),
    Capture("administrateur", "comptes", "admin", page("accounts:comptes"), fin=rows(6)),
)

CAPTURES = (*STRUCTURE, *DDETS, *ASP, *DEPARTEMENT, *ADMINISTRATEUR)
