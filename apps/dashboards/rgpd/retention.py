"""How long each kind of personal data is kept, from when, and what is done of it then: one table.

Read by `manage.py purge`, by the monthly report, by the page « Registre » and by docs/rgpd.md,
which a test keeps equal to it. Sources: CNIL, referential of the social sector (délibération
2023-095: two years after the last contact), code de commerce L. 123-22 (ten years), CNIL
délibération 2021-122 (logs), convention de mandat, annexe 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet

from apps.dashboards.rgpd import echus, effacement


class Sort(StrEnum):
    """What becomes of data at the end of its retention."""

    ANONYMISER = "Anonymisées"
    SUPPRIMER = "Supprimées"
    CONSERVER = "Conservées"
    AUTOMATIQUE = "Supprimées chaque nuit"


@dataclass(frozen=True, slots=True)
class Regle:
    """A kind of data. `trouver` and `appliquer` are those of what `purge` deals with.

    `retenus` finds what is past its term and must wait, with the reason in `attente`.
    """

    cle: str
    donnees: str
    annees: int
    depuis: str
    sort: Sort
    pourquoi: str
    trouver: Callable[[date], QuerySet[Any]] | None = None
    appliquer: Callable[[QuerySet[Any], date], int] | None = None
    retenus: Callable[[date], QuerySet[Any]] | None = None
    attente: str = ""
    duree: str = ""

    @property
    def duree_en_mots(self) -> str:
        return self.duree or ("1 an" if self.annees == 1 else f"{self.annees} ans")

    def limite(self, on: date) -> date:
        """The first day that is still kept: what runs from before it has reached its term."""
        try:
            return on.replace(year=on.year - self.annees)
        except ValueError:  # 29 February
            return on.replace(year=on.year - self.annees, month=3, day=1)


REGLES: tuple[Regle, ...] = (
    Regle(
        "salaries",
        "Fiches des salariés en insertion : identité, coordonnées, numéros, situation à l’entrée, "
        "commentaires des états mensuels",
        2,
        "la fin du dernier contrat ou la dernière demande de droits ; sans contrat, la fin du PASS "
        "IAE",
        Sort.ANONYMISER,
        "Référentiel de la CNIL pour le secteur social (délibération 2023-095) : deux ans après le "
        "dernier contact. Contrats, heures et montants restent, sans le nom : ils justifient les "
        "paiements.",
        echus.salaries,
        effacement.anonymise,
        echus.salaries_held,
        "une annexe n’est pas encore clôturée, ou une demande de droits n’a pas de réponse",
    ),
    Regle(
        "pieces_controle",
        "Pièces transmises pour un contrôle (bulletins de salaire, contrats)",
        2,
        "la conclusion du contrôle, une fois l’annexe clôturée",
        Sort.SUPPRIMER,
        "La conclusion du contrôle suffit ensuite ; les pièces nomment les personnes.",
        echus.control_pieces,
        effacement.drop_with_files,
    ),
    Regle(
        "etats_signes",
        "États mensuels signés déposés par les structures (fichiers)",
        10,
        "la fin de l’année du mois déclaré",
        Sort.SUPPRIMER,
        "Pièces justificatives d’une dépense publique : dix ans (code de commerce, article L. "
        "123-22). Elles nomment les personnes : l’archive ne s’ouvre qu’à l’ASP, à la DDETS et à "
        "la structure, et au département pour ses périodes.",
        echus.signed_statements,
        effacement.drop_with_files,
    ),
    Regle(
        "etats_archives",
        "États mensuels archivés en PDF",
        10,
        "la fin de l’année du mois déclaré",
        Sort.SUPPRIMER,
        "Même règle que les états signés : pièces justificatives, dix ans.",
        echus.statements,
        effacement.drop_with_files,
    ),
    Regle(
        "contacts",
        "Contacts et correspondants des structures",
        2,
        "la fin de la dernière annexe de la structure",
        Sort.SUPPRIMER,
        "Coordonnées professionnelles, sans objet une fois la structure sans annexe.",
        echus.contacts,
        effacement.delete_contacts,
    ),
    Regle(
        "comptes_inactifs",
        "Comptes des utilisateurs : adresse électronique et mot de passe",
        2,
        "la fin de la dernière habilitation, sinon la création du compte",
        Sort.SUPPRIMER,
        "Personne n’a plus à se connecter ni à être prévenu. Le nom reste dix ans à côté des actes "
        "signés.",
        echus.idle_accounts,
        effacement.close_accounts,
    ),
    Regle(
        "comptes_anciens",
        "Comptes des utilisateurs : nom, prénom, identifiant",
        10,
        "la fin de la dernière habilitation, sinon la création du compte",
        Sort.ANONYMISER,
        "L’auteur d’un acte comptable est connu pendant la durée de conservation des pièces.",
        echus.old_accounts,
        effacement.anonymise_accounts,
    ),
    Regle(
        "demandes_droits",
        "Demandes de droits : demandeur, texte de la demande et de la réponse",
        5,
        "la clôture de la demande",
        Sort.ANONYMISER,
        "Preuve de la réponse pendant la prescription de droit commun (code civil, article 2224). "
        "Le droit exercé, les dates et l’issue restent.",
        echus.rights_requests,
        effacement.forget_requesters,
    ),
    Regle(
        "notifications",
        "Notifications et leurs lectures",
        1,
        "la réception",
        Sort.SUPPRIMER,
        "Elles ne font qu’annoncer ce que les dossiers disent.",
        echus.notifications,
        effacement.delete_notifications,
    ),
    Regle(
        "courriels",
        "Courriels envoyés : destinataire et sujet",
        1,
        "l’envoi",
        Sort.SUPPRIMER,
        "Preuve de l’envoi, utile le temps d’une contestation. Le texte n’est jamais conservé.",
        echus.mails,
        effacement.delete,
    ),
    Regle(
        "taches",
        "Tâches terminées : qui a demandé quoi",
        1,
        "la demande",
        Sort.SUPPRIMER,
        "Suivi technique ; les exports sont au journal.",
        echus.jobs,
        effacement.delete_jobs,
    ),
    Regle(
        "imports",
        "Imports de salariés appliqués : nom du fichier et auteur",
        1,
        "l’envoi du fichier",
        Sort.SUPPRIMER,
        "Les lignes sont vidées dès l’import ; le journal garde qui a importé quoi.",
        echus.imports,
        effacement.delete,
    ),
    Regle(
        "sessions",
        "Sessions de connexion",
        0,
        "leur expiration, douze heures au plus après la connexion",
        Sort.SUPPRIMER,
        "Techniques.",
        echus.sessions,
        effacement.delete,
        duree="dès l’expiration",
    ),
    Regle(
        "imports_en_attente",
        "Lignes d’un import non confirmé",
        0,
        "l’envoi du fichier",
        Sort.AUTOMATIQUE,
        "Personne ne les a confirmées.",
        duree="7 jours",
    ),
    Regle(
        "exports",
        "Fichiers des exports et des envois programmés",
        0,
        "la production ; un an pour un envoi programmé qui nomme des personnes",
        Sort.AUTOMATIQUE,
        "Copies des dossiers, refaites sur demande.",
        duree="30 jours",
    ),
    Regle(
        "comptabilite",
        "Écritures, versements, ordres de recouvrer, comptes d’emploi, bilans, avis de paiement",
        10,
        "la clôture de l’exercice",
        Sort.CONSERVER,
        "Code de commerce, article L. 123-22, et responsabilité de l’agent comptable. Ils ne "
        "nomment aucun salarié ; aucune suppression automatique.",
    ),
    Regle(
        "banque",
        "Coordonnées bancaires des structures",
        10,
        "le dernier paiement fait sur le compte",
        Sort.CONSERVER,
        "Pièces des paiements ; ce sont celles d’une personne morale ou d’un indépendant. Aucune "
        "suppression automatique.",
    ),
    Regle(
        "delegations",
        "Délégations de signature : nom et fonction du signataire",
        10,
        "la fin de la délégation",
        Sort.CONSERVER,
        "Elles établissent qui pouvait signer un acte. Aucune suppression automatique.",
    ),
    Regle(
        "journal",
        "Journal des actes, dont ceux qui nomment une personne",
        10,
        "l’acte",
        Sort.CONSERVER,
        "Preuve : la base refuse toute modification, et l’empreinte de chaque entrée la "
        "révélerait. L’historique d’une fiche anonymisée n’est plus consultable ; au terme, "
        "l’exploitant supprime les entrées les plus anciennes (docs/rgpd.md).",
    ),
    Regle(
        "traces",
        "Traces techniques du serveur (adresses des pages, erreurs)",
        0,
        "l’enregistrement",
        Sort.CONSERVER,
        "CNIL, délibération 2021-122 : six mois à un an. Elles sont écrites sur la sortie du "
        "serveur : la rotation est à régler chez l’hébergeur, l’extranet ne peut pas la faire.",
        duree="6 à 12 mois",
    ),
)
PURGEES = tuple(regle for regle in REGLES if regle.trouver is not None)
