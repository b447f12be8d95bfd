"""The alerts drawn: a bar per kind, the urgent ones first, and the same figures as a table.

Horizontal, because the names of the kinds are long. Drawn by `dashboards/alertes_graphique.html`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from apps.dashboards.alertes.alerte import Alerte, Gravite, Nature

# Units of the drawing: names on the left, bars from GAUCHE on, the count after them.
LARGEUR, GAUCHE, PAS, EPAISSEUR = 720, 300, 28, 16
LONGUEUR = 370


@dataclass(frozen=True, slots=True)
class Barre:
    """A kind of alert: how many of each gravity, where its bar stands."""

    libelle: str
    prioritaires: int
    a_surveiller: int
    y: int
    largeur_prioritaires: int
    largeur_a_surveiller: int

    @property
    def total(self) -> int:
        return self.prioritaires + self.a_surveiller

    @property
    def milieu(self) -> int:
        return self.y + EPAISSEUR // 2

    @property
    def suite(self) -> int:
        """Where the second part of the bar begins."""
        return GAUCHE + self.largeur_prioritaires

    @property
    def fin(self) -> int:
        return self.suite + self.largeur_a_surveiller + 8


@dataclass(frozen=True, slots=True)
class ParNature:
    """The whole drawing."""

    barres: list[Barre]
    largeur: int = LARGEUR
    gauche: int = GAUCHE
    epaisseur: int = EPAISSEUR

    @property
    def hauteur(self) -> int:
        return len(self.barres) * PAS + PAS - EPAISSEUR

    @property
    def texte(self) -> int:
        """Where the names end."""
        return GAUCHE - 10


def by_kind(alerts: Sequence[Alerte]) -> ParNature:
    """A bar per kind found, in the order of the list of kinds."""
    tally = Counter((alert.nature, alert.gravite) for alert in alerts)
    totals = Counter(alert.nature for alert in alerts)
    most = max(totals.values(), default=1)
    found = [nature for nature in Nature if totals[nature]]
    return ParNature(
        [
            Barre(
                libelle=str(nature.label),
                prioritaires=(urgent := tally[nature, Gravite.PRIORITAIRE]),
                a_surveiller=(others := tally[nature, Gravite.A_SURVEILLER]),
                y=PAS * rank + (PAS - EPAISSEUR),
                largeur_prioritaires=LONGUEUR * urgent // most,
                largeur_a_surveiller=LONGUEUR * others // most,
            )
            for rank, nature in enumerate(found)
        ]
    )
