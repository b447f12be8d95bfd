"""State tables of the disputes, remissions, lists, extinctions and procedures (spec 05 §5).

One table per object; whatever is not in it is refused with the sentence of the event, which
names the present state. Called by the services; tests walk states × events.
"""

from __future__ import annotations

from typing import Any

from apps.core.transitions import Table, next_state
from apps.recoveries.models import (
    Contestation,
    DemandeRemise,
    Extinction,
    ListeNonValeur,
    ProcedureCollective,
)

_C = Contestation.Etat
_R = DemandeRemise.Etat
_L = ListeNonValeur.Etat
_E = Extinction.Etat
_P = ProcedureCollective.Etat
_EN_COURS = frozenset(Contestation.OUVERTES)
# The State's share goes straight from the proposal to the ordonnateur.
_DECIDABLES = frozenset({_R.PROPOSEE, _R.A_DECIDER})

CONTESTATION: Table = {
    "suspendre": (frozenset({_C.DEPOSEE, _C.MAINTENUE}), _C.SUSPENDUE),
    "maintenir": (frozenset({_C.DEPOSEE, _C.SUSPENDUE}), _C.MAINTENUE),
    "rejeter": (_EN_COURS, _C.REJETEE),
    "admettre": (_EN_COURS, _C.ADMISE),
    "admettre_en_partie": (_EN_COURS, _C.PARTIELLE),
}
REMISE: Table = {
    "proposer": (frozenset({_R.INSTRUCTION, _R.PROPOSEE}), _R.PROPOSEE),
    "transmettre": (frozenset({_R.PROPOSEE}), _R.TRANSMISE),
    "recevoir": (frozenset({_R.TRANSMISE}), _R.A_DECIDER),
    "completer": (frozenset({_R.A_DECIDER}), _R.TRANSMISE),
    "accorder": (_DECIDABLES, _R.ACCORDEE),
    "rejeter": (_DECIDABLES, _R.REJETEE),
}
LISTE: Table = {
    "soumettre": (frozenset({_L.PREPARATION}), _L.SOUMISE),
    "recevoir": (frozenset({_L.SOUMISE}), _L.RECUE),
    "completer": (frozenset({_L.RECUE}), _L.SOUMISE),
    # A list for the State is decided by the ordonnateur as soon as it is submitted.
    "clore": (frozenset({_L.SOUMISE, _L.RECUE}), _L.CLOSE),
}
EXTINCTION: Table = {
    "prononcer": (frozenset({_E.PROPOSEE}), _E.PRONONCEE),
    "rejeter": (frozenset({_E.PROPOSEE}), _E.REJETEE),
}
PROCEDURE: Table = {
    "publier": (frozenset({_P.OUVERTE}), _P.OUVERTE),
    "declarer": (frozenset({_P.OUVERTE}), _P.OUVERTE),
    "convertir": (frozenset({_P.OUVERTE}), _P.OUVERTE),
    "clore": (frozenset({_P.OUVERTE}), _P.CLOSE),
}

TABLES: dict[type, Table] = {
    Contestation: CONTESTATION,
    DemandeRemise: REMISE,
    ListeNonValeur: LISTE,
    Extinction: EXTINCTION,
    ProcedureCollective: PROCEDURE,
}
SENTENCES: dict[type, dict[str, str]] = {
    Contestation: {
        "suspendre": "Les poursuites ne se suspendent que pendant l’examen d’une contestation",
        "maintenir": "Les poursuites ne se maintiennent que pendant l’examen d’une contestation",
        "rejeter": "Seule une contestation en cours peut être décidée",
        "admettre": "Seule une contestation en cours peut être décidée",
        "admettre_en_partie": "Seule une contestation en cours peut être décidée",
    },
    DemandeRemise: {
        "proposer": "La proposition se fait pendant l’instruction de la demande",
        "transmettre": "Seule une demande proposée peut être transmise au département",
        "recevoir": "Seule une demande transmise peut être reçue",
        "completer": "Seul un dossier reçu peut être dit incomplet",
        "accorder": "Seule une demande dont le dossier complet est reçu peut être décidée",
        "rejeter": "Seule une demande dont le dossier complet est reçu peut être décidée",
    },
    ListeNonValeur: {
        "soumettre": "Seule une liste en préparation peut être soumise",
        "recevoir": "Seule une liste soumise peut être reçue",
        "completer": "Seule une liste reçue peut être dite incomplète",
        "clore": "Seule une liste soumise peut être close",
    },
    Extinction: {
        "prononcer": "Seule une extinction proposée peut être prononcée",
        "rejeter": "Seule une extinction proposée peut être rejetée",
    },
    ProcedureCollective: dict.fromkeys(
        PROCEDURE, "Seule une procédure collective ouverte peut être suivie"
    ),
}


def reached(objet: Any, event: str) -> str:
    """State reached by `event`; Refus naming the present state of the object otherwise."""
    model = type(objet)
    sentence = f"{SENTENCES[model][event]} ; celle-ci est à l’état « {objet.get_etat_display()} »."
    return next_state(TABLES[model], event, objet.etat, sentence=sentence)


def allows(objet: Any, event: str) -> bool:
    """Whether the state of the object lets the event happen: what the screens offer."""
    return objet.etat in TABLES[type(objet)][event][0]
