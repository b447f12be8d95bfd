"""Thresholds of the alerts: those of the département that reads, else the usual ones.

The usual values are the defaults of `SeuilsAlertes`: written once. A département that succeeds
another sets its own; until then it reads the usual ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.accounts.models import Membership
from apps.dashboards.alertes.alerte import Nature
from apps.dashboards.alertes.phrases import plural
from apps.dashboards.models import SeuilsAlertes
from apps.rules.explanation import NBSP, euros, pourcent
from apps.rules.periods import Month

# Money held or owed is never left out: only what is a matter of judgement may be.
TOUJOURS_SUIVIES = frozenset({Nature.SUSPENSION, Nature.ORDRE_IMPAYE})
IGNORABLES = tuple(nature for nature in Nature if nature not in TOUJOURS_SUIVIES)

TAUX = (
    "realisation_basse",
    "realisation_tres_basse",
    "realisation_haute",
    "consommation_basse",
)
MONTANTS = ("trop_percu_minimum",)
COMPTES = (
    "mois_observes",
    "sorties_examinees",
    "ecart_brsa",
    "jours_de_retard",
    "mois_avant_la_fin",
    "jours_avant_la_fin_urgents",
    "jours_ordre_ancien",
)
CHAMPS = (*TAUX, *MONTANTS, *COMPTES, "ignorees")


@dataclass(frozen=True, slots=True)
class Seuils:
    """Rates in per cent, compared strictly; delays in days or months; `ecart_brsa` in persons and
    `trop_percu_minimum` in euros, both told from that value on.

    `ignorees`: kinds of alerts that are counted but not told. `modifies_le`: the day the
    département changed them, None for the usual ones.
    """

    realisation_basse: Decimal
    realisation_tres_basse: Decimal
    realisation_haute: Decimal
    consommation_basse: Decimal
    mois_observes: int
    sorties_examinees: int
    ecart_brsa: int
    trop_percu_minimum: Decimal
    jours_de_retard: int
    mois_avant_la_fin: int
    jours_avant_la_fin_urgents: int
    jours_ordre_ancien: int
    ignorees: frozenset[str] = frozenset()
    modifies_le: date | None = None

    @classmethod
    def of(cls, kept: SeuilsAlertes) -> Seuils:
        """The values of a row, saved or being typed."""
        return cls(
            **{name: Decimal(getattr(kept, name)) for name in (*TAUX, *MONTANTS)},
            **{name: getattr(kept, name) for name in COMPTES},
            ignorees=frozenset(kept.ignorees) - TOUJOURS_SUIVIES,
            modifies_le=kept.modifie_le,
        )

    @property
    def are_usual(self) -> bool:
        return all(getattr(self, name) == getattr(USUELS, name) for name in CHAMPS)

    def follows(self, nature: Nature) -> bool:
        return nature not in self.ignorees

    def late(self, mois: Month, on: date) -> bool:
        """Whether a month that suspends the annex is late by more days than tolerated."""
        return (on - (mois + 1).last_day).days > self.jours_de_retard

    def in_words(self) -> str:
        """« Seuils de votre département, modifiés le 03/04/2023 », for the page and the file."""
        if self.are_usual or self.modifies_le is None:
            return "Seuils usuels"
        return f"Seuils de votre département, modifiés le {self.modifies_le:%d/%m/%Y}"

    def listed(self) -> str:
        """Every threshold in one sentence, for the « Critères » sheet."""
        words = (
            f"sous-réalisation au-dessous de {pourcent(self.realisation_basse)} (prioritaire "
            f"au-dessous de {pourcent(self.realisation_tres_basse)})",
            f"sur-réalisation au-dessus de {pourcent(self.realisation_haute)}",
            "consommation attendue du montant du département au-dessous de "
            f"{pourcent(self.consommation_basse)}",
            f"trop-perçu en formation à partir de {euros(self.trop_percu_minimum)}",
            f"bénéficiaires manquants à partir de {self.ecart_brsa}",
            f"mois validés requis avant toute alerte{NBSP}: {self.mois_observes}",
            f"sorties examinées requises{NBSP}: {self.sorties_examinees}",
            f"retard de saisie toléré{NBSP}: {plural(self.jours_de_retard, 'jour')}",
            f"fin d’annexe signalée dans les {self.mois_avant_la_fin}{NBSP}derniers mois "
            f"(prioritaire à {plural(self.jours_avant_la_fin_urgents, 'jour')})",
            "ordre impayé prioritaire après "
            f"{plural(self.jours_ordre_ancien, 'jour')} d’échéance passée",
        )
        return f"{f'{NBSP}; '.join(words)}."

    @property
    def ignorees_en_clair(self) -> list[str]:
        """Labels of the kinds left out, in the order of the list."""
        return [str(nature.label) for nature in Nature if nature in self.ignorees]


USUELS = Seuils.of(SeuilsAlertes())


def seuils_of(acting: Membership) -> Seuils:
    """The thresholds this person reads the alerts with; at most one query."""
    if not acting.is_cd:
        return USUELS
    kept = SeuilsAlertes.objects.filter(organisation=acting.organisation_id).first()
    return Seuils.of(kept) if kept else USUELS
