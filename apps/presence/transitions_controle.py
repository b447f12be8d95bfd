"""States of a control on documents and what moves it from one to another.

Read by the services of the controls, which refuse anything that is not here. A structure that
sends nothing may be found non compliant without documents, once its deadline has passed.
"""

from __future__ import annotations

from apps.core.errors import Refus
from apps.core.transitions import Table, next_state
from apps.presence.models import Controle

C = Controle.Etat

TRANSITIONS: Table = {
    "transmettre": (frozenset({C.DEMANDE}), C.RECU),
    "completer": (frozenset({C.RECU}), C.DEMANDE),
    "conforme": (frozenset({C.RECU}), C.CONFORME),
    "non_conforme": (frozenset({C.DEMANDE, C.RECU}), C.NON_CONFORME),
    "abandonner": (frozenset({C.DEMANDE, C.RECU}), C.ABANDONNE),
}
SENTENCES = {
    C.DEMANDE: "Les pièces de ce contrôle ne sont pas encore reçues.",
    C.RECU: "Les pièces de ce contrôle sont déjà transmises à l’ASP.",
    C.CONFORME: "Ce contrôle est conclu : conforme.",
    C.NON_CONFORME: "Ce contrôle est conclu : non conforme.",
    C.ABANDONNE: "Ce contrôle est abandonné.",
}


def reach(event: str, controle: Controle) -> str:
    """State that `event` gives to this control; raises `Refus` when the table forbids it."""
    sentence = SENTENCES[C(controle.etat)]
    return next_state(TRANSITIONS, event, controle.etat, sentence=sentence)


def check_awaited(controle: Controle) -> None:
    """Raise `Refus` unless documents may still be added or taken back."""
    if controle.etat != C.DEMANDE:
        raise Refus(SENTENCES[C(controle.etat)])
