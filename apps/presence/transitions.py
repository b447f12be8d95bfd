"""States of a monthly statement and what moves it from one to another (spec 01 §3).

Read by the services, which refuse anything that is not here. `debloquer` also takes a certified
statement: it is how the ASP sends back one that it does not validate. A carence may end one that
was re-opened and never certified again, which would hold its annex for ever.
"""

from __future__ import annotations

from apps.core.errors import Refus
from apps.core.transitions import Table, next_state
from apps.presence.models import EtatMensuel

E = EtatMensuel.Etat

TRANSITIONS: Table = {
    "certifier": (frozenset({E.BROUILLON, E.DEBLOQUE}), E.SAISI),
    "valider": (frozenset({E.SAISI}), E.VALIDE),
    "debloquer": (frozenset({E.SAISI, E.VALIDE, E.CARENCE}), E.DEBLOQUE),
    "constater_carence": (frozenset({E.BROUILLON, E.DEBLOQUE}), E.CARENCE),
}

SENTENCES: dict[str, dict[str, str]] = {
    "saisir": {
        E.SAISI: "Cet état mensuel est déjà certifié : demandez à l’ASP de le rouvrir.",
        E.VALIDE: "Cet état mensuel est validé : demandez à l’ASP de le rouvrir.",
        E.CARENCE: "L’ASP a constaté la carence de ce mois : demandez-lui de le rouvrir.",
    },
    "certifier": {
        E.SAISI: "Cet état mensuel est déjà certifié.",
        E.VALIDE: "Cet état mensuel est déjà validé par l’ASP.",
        E.CARENCE: "L’ASP a constaté la carence de ce mois : demandez-lui de le rouvrir.",
    },
    "valider": {
        E.BROUILLON: "La structure n’a pas encore certifié cet état mensuel.",
        E.DEBLOQUE: "Cet état mensuel est rouvert : attendez que la structure le certifie.",
        E.VALIDE: "Cet état mensuel est déjà validé.",
        E.CARENCE: "La carence de ce mois est constatée : il n’y a rien à valider.",
    },
    "debloquer": {
        E.BROUILLON: "La structure peut déjà saisir cet état mensuel.",
        E.DEBLOQUE: "Cet état mensuel est déjà rouvert.",
    },
    "constater_carence": {
        E.SAISI: "La structure a certifié cet état mensuel : validez-le ou rouvrez-le.",
        E.VALIDE: "Cet état mensuel est validé.",
        E.CARENCE: "La carence de ce mois est déjà constatée.",
    },
}


# Why a statement takes no hours any longer: an answer to who was still typing.
FERME = frozenset(SENTENCES["saisir"].values())


def reach(event: str, etat: EtatMensuel) -> str:
    """State that `event` gives to this statement; raises `Refus` when the table forbids it."""
    sentence = SENTENCES[event].get(etat.etat, "")
    return next_state(TRANSITIONS, event, etat.etat, sentence=sentence)


def check_open(etat: EtatMensuel) -> None:
    """Raise `Refus` unless hours may still be typed on this statement."""
    if etat.etat not in EtatMensuel.ETATS_OUVERTS:
        raise Refus(SENTENCES["saisir"][etat.etat])
