"""What a CAOM allows: amount and number of beneficiaries, from its objectives in force.

Text: convention de mandat art. 3 (729 × 534,82 × 12 = 4 678 605,36 €); objectives adjusted by
exchange of letters are dated versions, the last one in effect counts. Read by the checks of an
annex and by the CAOM pages; what is committed on it belongs to `annexes.consumption`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.conventions.models import Caom, ObjectifCaom
from apps.rules.money import total


@dataclass(frozen=True, slots=True)
class Enveloppe:
    """`montant` in euros; `objectifs` the objective in effect of each measure."""

    montant: Decimal
    beneficiaires: int
    objectifs: dict[str, ObjectifCaom]

    def objectif(self, mesure: str) -> ObjectifCaom | None:
        return self.objectifs.get(mesure)


def envelope_of(caom: Caom, on: date) -> Enveloppe:
    """Envelope on a day. An objective whose effect is still to come does not count yet, unless
    its measure has no other: a CAOM signed before its year already tells what it allows."""
    objectifs: dict[str, ObjectifCaom] = {}
    for objectif in sorted(caom.objectifs.all(), key=lambda o: o.effet):
        if objectif.effet <= on or objectif.mesure not in objectifs:
            objectifs[objectif.mesure] = objectif
    return Enveloppe(
        montant=total(o.montant for o in objectifs.values()),
        beneficiaires=sum(o.entrees_brsa for o in objectifs.values()),
        objectifs=objectifs,
    )
