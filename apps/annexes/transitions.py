"""Which state of an annex version may follow which (spec 01 §3). Whatever is not here is refused.

Read by the services that move a version and by the permissions that explain the screens.
"""

from __future__ import annotations

from apps.annexes.models import VersionAnnexe
from apps.core.transitions import Table

E = VersionAnnexe.Etat

TRANSMIT = "transmit"
VALIDATE = "validate"
REJECT = "reject"
REPLACE = "replace"
CLOSE = "close"
CANCEL = "cancel"

TABLE: Table = {
    TRANSMIT: (frozenset({E.BROUILLON, E.REJETE, E.PROVISOIRE}), E.SAISI),
    VALIDATE: (frozenset({E.SAISI}), E.VALIDE),
    REJECT: (frozenset({E.SAISI}), E.REJETE),
    REPLACE: (frozenset({E.VALIDE}), E.HISTORISE),
    CLOSE: (frozenset({E.VALIDE}), E.CLOTURE),
    CANCEL: (frozenset({E.VALIDE}), E.ANNULE),
}

# States in which the figures may still be typed.
EDITABLE = frozenset({E.BROUILLON, E.REJETE, E.PROVISOIRE})

SENTENCES = {
    TRANSMIT: "Seule une annexe en brouillon, provisoire ou rejetée peut être transmise à l’ASP.",
    VALIDATE: "Seule une annexe transmise par la DDETS peut être validée.",
    REJECT: "Seule une annexe transmise par la DDETS peut être rejetée.",
    REPLACE: "Seule une annexe validée peut être remplacée par un avenant.",
    CLOSE: "Seule une annexe validée peut être clôturée.",
    CANCEL: "Seule une annexe validée peut être annulée.",
}
