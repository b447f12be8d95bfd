"""The stages of a run as the screens show them: what each does, who did it, what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.accounts.models import Membership
from apps.core.verdicts import Verdict
from apps.payments.models import Campagne
from apps.payments.permissions import can

Etat = Campagne.Etat


@dataclass(frozen=True, slots=True)
class Etape:
    """An act on a run: its page's title, button and explanation, the sentence once done."""

    titre: str
    libelle: str
    explication: str
    succes: str = ""


ETAPES = {
    "controler": Etape(
        "Contrôler la campagne",
        "Contrôler",
        "Le contrôle vérifie que les lignes s’additionnent, que les parts des financeurs et les "
        "plafonds sont respectés, et que chaque échéance due figure dans la campagne, payée, "
        "retenue ou écartée.",
        "La campagne est contrôlée. Un ordonnateur peut l’approuver.",
    ),
    "approuver": Etape(
        "Approuver la campagne",
        "Approuver",
        "L’approbation fige les montants, les virements et les coordonnées bancaires des "
        "structures ; les fonds reçus depuis la préparation sont utilisés. Elle ne peut pas être "
        "donnée par la personne qui a préparé la campagne.",
        "La campagne est approuvée. L’agent comptable peut la viser.",
    ),
    "viser": Etape(
        "Viser la campagne",
        "Viser",
        "Le visa porte sur la qualité du signataire, les crédits, l’imputation, le calcul et les "
        "pièces. Il ne peut être donné ni par la personne qui a préparé la campagne, ni par celle "
        "qui l’a approuvée.",
        "La campagne est visée. Elle peut être exécutée.",
    ),
    "executer": Etape(
        "Exécuter la campagne",
        "Exécuter et payer",
        "L’exécution paie les lignes dans la limite des fonds de chaque département, envoie les "
        "virements à la banque, passe les écritures comptables, émet les avis de paiement et les "
        "ordres de recouvrer. Elle est définitive. Elle ne peut être décidée ni par la personne "
        "qui a préparé la campagne, ni par celle qui l’a approuvée.",
    ),
    "denouer": Etape(
        "Dénouer la campagne",
        "Dénouer",
        "Le dénouement constate que la banque a répondu : chaque virement est confirmé ou rejeté. "
        "Après le délai d’attente, les virements sans rejet sont tenus pour payés. Un rejet reçu "
        "plus tard s’applique encore.",
        "La campagne est dénouée.",
    ),
    "abandonner": Etape(
        "Abandonner la campagne",
        "Abandonner",
        "Aucune ligne n’est payée. Tout ce qui est dû sera proposé par la prochaine campagne.",
        "La campagne est abandonnée.",
    ),
}


@dataclass(frozen=True, slots=True)
class Passage:
    """A stage on the run's page: done by whom and when, or still to come."""

    libelle: str
    par: str
    le: datetime | None


def passages(campagne: Campagne) -> list[Passage]:
    """The six stages in their order, with their authors."""
    automatic = "Traitement automatique"
    return [
        Passage("Préparée", str(campagne.prepare_par or automatic), campagne.prepare_le),
        Passage("Contrôlée", str(campagne.controle_par or ""), campagne.controle_le),
        Passage("Approuvée", str(campagne.approuve_par or ""), campagne.approuve_le),
        Passage("Visée", str(campagne.vise_par or ""), campagne.vise_le),
        Passage("Exécutée", str(campagne.execute_par or ""), campagne.execute_le),
        Passage("Dénouée", str(campagne.denoue_par or ""), campagne.denoue_le),
    ]


def next_acts(acting: Membership, campagne: Campagne) -> list[dict[str, Any]]:
    """The next stage, allowed or with the reason why not; abandonment when it is allowed."""
    following = {
        Etat.PREPAREE: "controler",
        Etat.CONTROLEE: "approuver",
        Etat.APPROUVEE: "viser",
        Etat.VISEE: "executer",
        Etat.EXECUTEE: "denouer",
    }.get(campagne.etat)
    acts = [(following, can(following, acting, campagne))] if following else []
    abandon: Verdict = can("abandonner", acting, campagne)
    if abandon:
        acts.append(("abandonner", abandon))
    return [
        {"evenement": event, "etape": ETAPES[event], "verdict": verdict} for event, verdict in acts
    ]
