"""Register of the processing activities (GDPR, article 30), as one table.

Read by the page « Registre des activités de traitement » and by docs/rgpd.md, which a test keeps
equal to it. The categories processed for each département (article 30, 2) take their names and
contacts from the data: `sous_traitance`.
"""

from __future__ import annotations

from dataclasses import dataclass

from apps.conventions.models import Financeur
from apps.dashboards.models import ContactRgpd

MISSION = (
    "Mission d’intérêt public (règlement, article 6, 1, e) : insertion par l’activité économique, "
    "code du travail, articles L. 5132-1 et suivants"
)
OBLIGATION = "Obligation légale (règlement, article 6, 1, c)"
ASP_ETAT = "ASP, pour la part de l’État ; département, pour ses bénéficiaires du RSA"


@dataclass(frozen=True, slots=True)
class Traitement:
    """One processing activity; `regles` are keys of the retention table."""

    nom: str
    finalites: tuple[str, ...]
    responsable: str
    base: str
    personnes: str
    donnees: tuple[str, ...]
    destinataires: tuple[str, ...]
    regles: tuple[str, ...]


TRAITEMENTS: tuple[Traitement, ...] = (
    Traitement(
        "Versement de l’aide au poste",
        (
            "suivre les salariés en insertion, leurs contrats et leurs heures",
            "calculer, contrôler et verser l’aide",
            "faire le relais auprès des employeurs et suivre la convention de chaque département",
        ),
        ASP_ETAT,
        MISSION,
        "Salariés en insertion, dont bénéficiaires du RSA",
        (
            "identité, date et lieu de naissance",
            "adresse, téléphone, courriel",
            "PASS IAE, numéro d’allocataire de la CAF, identifiant France Travail",
            "situation familiale, situation et difficultés à l’entrée (dont RQTH, AAH)",
            "contrats, heures déclarées, salaire brut, sorties",
            "numéro de sécurité sociale : seulement si l’exploitant l’a activé, chiffré",
        ),
        (
            "la structure qui emploie la personne",
            "la DDETS du territoire",
            "l’ASP",
            "le département, pour les annexes qu’il cofinance et leurs périodes, sans "
            "l’adresse, le téléphone ni le courriel",
        ),
        ("salaries", "etats_signes", "etats_archives"),
    ),
    Traitement(
        "Contrôles sur pièces",
        ("vérifier les heures déclarées sur des pièces justificatives",),
        ASP_ETAT,
        MISSION,
        "Salariés en insertion",
        ("bulletins de salaire, contrats, relevés d’heures transmis par la structure",),
        ("la structure", "l’ASP"),
        ("pieces_controle",),
    ),
    Traitement(
        "Tenue des comptes et recouvrement",
        (
            "tenir les comptes de chaque convention de mandat et en rendre compte",
            "recouvrer les sommes indues",
        ),
        "ASP",
        OBLIGATION,
        "Représentants des structures, agents signataires",
        (
            "coordonnées bancaires des structures",
            "nom et qualité des signataires",
            "montants par annexe : aucun salarié n’est nommé dans les écritures",
        ),
        ("l’ASP", "le département, pour ses conventions", "le juge des comptes"),
        ("comptabilite", "banque", "delegations"),
    ),
    Traitement(
        "Relations avec les structures",
        ("écrire aux correspondants des structures",),
        "ASP",
        MISSION,
        "Correspondants et contacts des structures",
        ("nom, fonction, téléphone et courriel professionnels",),
        ("la structure", "la DDETS", "l’ASP", "le département"),
        ("contacts",),
    ),
    Traitement(
        "Comptes des utilisateurs et sécurité",
        (
            "ouvrir et fermer les accès",
            "garder la preuve des actes et des consultations",
            "prévenir les utilisateurs",
        ),
        "ASP",
        OBLIGATION + " : sécurité du traitement (article 32)",
        "Utilisateurs de l’extranet",
        (
            "nom, identifiant, courriel, habilitations",
            "connexions, actes et consultations inscrits au journal",
            "notifications, courriels envoyés, tâches demandées",
        ),
        ("les administrateurs de l’extranet", "le responsable de la structure, pour la sienne"),
        (
            "comptes_inactifs",
            "comptes_anciens",
            "journal",
            "notifications",
            "courriels",
            "taches",
            "imports",
            "imports_en_attente",
            "exports",
            "sessions",
            "traces",
        ),
    ),
    Traitement(
        "Exercice des droits des personnes",
        ("recevoir les demandes, les transmettre au département, y répondre dans le mois",),
        ASP_ETAT,
        OBLIGATION + " : articles 12 à 22 du règlement",
        "Personnes qui exercent leurs droits",
        ("nom et moyen de réponse du demandeur, texte de la demande et de la réponse",),
        ("la structure", "l’ASP", "le département concerné"),
        ("demandes_droits",),
    ),
)
MESURES: tuple[str, ...] = (
    "accès par compte personnel et par rôle ; chaque organisation ne voit que ses dossiers, ce "
    "qu’un test vérifie pour chaque page et chaque rôle",
    "compte de base de données de l’application sans droit de modifier le journal ni les écritures",
    "journal des actes, des exports et des consultations de fiches par les départements",
    "échanges chiffrés (HTTPS), cookies protégés, politique de sécurité du contenu stricte",
    "numéro de sécurité sociale désactivé par défaut, chiffré lorsqu’il est recueilli",
    "courriels sans nom de salarié : ils renvoient à une page de l’extranet",
    "conservation limitée, purge et anonymisation journalisées",
    "aucun transfert hors de l’Union européenne, aucun service tiers appelé par les pages",
)
# Categories of processing carried out for a département, in the words of annexe 2.
CATEGORIES_DEPARTEMENT: tuple[str, ...] = (
    "effectuer les versements de la convention",
    "faire le relais auprès des employeurs",
    "suivre la réalisation de la convention",
)


@dataclass(frozen=True, slots=True)
class SousTraitance:
    """A département for which the ASP processes data, and whom to write to there."""

    financeur: Financeur
    conventions: tuple[str, ...]
    contact: ContactRgpd | None


def sous_traitance() -> list[SousTraitance]:
    """Every département that has, or has had, a signed mandate; two queries."""
    departements = (
        Financeur.objects.filter(type=Financeur.Type.CD, mandats__signee_le__isnull=False)
        .distinct()
        .select_related("contact_rgpd", "successeur")
        .prefetch_related("mandats")
        .order_by("code")
    )
    return [
        SousTraitance(
            financeur,
            tuple(m.reference for m in financeur.mandats.all() if m.signee_le),
            getattr(financeur, "contact_rgpd", None),
        )
        for financeur in departements
    ]
