"""What changes from one version of an annex to the next, in words and figures.

Shown on the annex's page, on the amendment's page before it is sent, and to the ASP that
validates it. Both versions come with their unit amounts prefetched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.annexes.conditions import Unitaires
from apps.annexes.models import VersionAnnexe
from apps.rules.explanation import euros, heures_etp, nombre, pourcent

NON_RENSEIGNE = "Non renseigné"


@dataclass(frozen=True, slots=True)
class Difference:
    libelle: str
    avant: str
    apres: str


def differences(
    before: VersionAnnexe, after: VersionAnnexe, *, unitaires: Unitaires | None = None
) -> list[Difference]:
    """The figures that differ, in the order of the form; empty when none does.

    `unitaires`: unit amounts of `after` when it is not saved yet.
    """
    pairs = [(libelle, read(before), read(after)) for libelle, read in _LECTURES.items()]
    amounts = _pairs(after) if unitaires is None else unitaires
    pairs.append(("Montants unitaires annuels", _dated(_pairs(before)), _dated(amounts)))
    return [Difference(*pair) for pair in pairs if pair[1] != pair[2]]


def _day(value: date | None) -> str:
    return f"{value:%d/%m/%Y}" if value else NON_RENSEIGNE


def _pairs(version: VersionAnnexe) -> Unitaires:
    return [(unit.effet, unit.montant) for unit in version.montants_unitaires.all()]


def _dated(unitaires: Unitaires) -> str:
    return ", ".join(f"{euros(amount)} au {day:%d/%m/%Y}" for day, amount in sorted(unitaires))


def _rate(value: Decimal) -> str:
    return pourcent(value)


_LECTURES: dict[str, Callable[[VersionAnnexe], str]] = {
    "Début de la période": lambda v: _day(v.debut),
    "Fin de la période": lambda v: _day(v.fin),
    "Postes en ETP": lambda v: nombre(v.etp),
    "Heures annuelles par ETP": lambda v: heures_etp(v.heures_annuelles_etp),
    "Montant total": lambda v: euros(v.montant_total),
    "Département cofinanceur": lambda v: str(v.financeur_cd or "Aucun"),
    "Montant du département": lambda v: euros(v.montant_cd),
    "Taux du département": lambda v: _rate(v.taux_cd),
    "Bénéficiaires du RSA visés": lambda v: str(v.brsa_vises),
    "Sorties prévues": lambda v: str(v.sorties_prevues),
    "Taux de sorties durables": lambda v: _rate(v.taux_sorties_durables),
    "Taux de sorties de transition": lambda v: _rate(v.taux_sorties_transition),
    "Taux de sorties positives": lambda v: _rate(v.taux_sorties_positives),
}
