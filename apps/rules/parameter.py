"""Dated parameters of the law: unit amounts, 88 % RSA amounts, annual hours per post.

Each value of `parameters/*.toml` has the day it takes effect (`from`), the day its text became
known (`known_from`) and that text (`reference`): arrêtés are published months after they take
effect, and an annex is checked against what was known on its day. Called by annexes and payments.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from apps.rules.periods import Month

MESURES = ("ACI_DC", "EI_DC", "AI_DC", "ETTI_DC", "EITI_DC", "ACI_MP", "EI_MP")
MAYOTTE = "976"

_FOLDER = Path(__file__).parent / "parameters"


class ParametreInconnu(LookupError):
    """No value is recorded for what is asked; the message, in French, says what to do."""


@dataclass(frozen=True, slots=True)
class Valeur:
    """A dated value; `montant` None marks a period whose value was not found in any text."""

    effet: date
    connu_le: date
    montant: Decimal | None
    reference: str


def montants_unitaires(
    mesure: str, debut: date, fin: date, connu_le: date, departement: str = ""
) -> tuple[tuple[date, Decimal], ...]:
    """Annual unit amounts (euros) in force from `debut` to `fin`, as known on `connu_le`.

    (day of effect, amount) in order; the first one took effect on or before `debut`.
    `departement` "976" has its own amounts. ParametreInconnu when a part of the period has none.
    """
    scale = _scale("montants_unitaires", _territory_key(mesure, departement))
    known = [value for value in scale if value.connu_le <= connu_le and value.effet <= fin]
    start = max((value.effet for value in known if value.effet <= debut), default=None)
    if start is None:
        raise ParametreInconnu(
            f"Aucun montant unitaire {_label(mesure, departement)} n’est connu au "
            f"{debut:%d/%m/%Y}. Complétez le barème avant de saisir l’annexe."
        )
    amounts = []
    for value in known:
        if value.effet >= start:
            if value.montant is None:
                raise ParametreInconnu(
                    f"Le montant unitaire {_label(mesure, departement)} n’est pas renseigné à "
                    f"compter du {value.effet:%d/%m/%Y}. Complétez le barème."
                )
            amounts.append((value.effet, value.montant))
    return tuple(amounts)


def montants_mensuels_cd(
    connu_le: date | None = None, departement: str = ""
) -> tuple[tuple[date, Decimal], ...]:
    """88 % RSA monthly amounts (euros) per date of effect, in order; all of them by default.

    Truncated to the cent as reference data, never computed here. Mayotte has its own RSA, which
    is not recorded: ParametreInconnu.
    """
    if departement == MAYOTTE:
        raise ParametreInconnu(
            "Le montant du RSA applicable à Mayotte n’est pas renseigné. "
            "Complétez le barème avant de cofinancer une annexe de ce département."
        )
    return tuple(
        (value.effet, value.montant)
        for value in _scale("rsa", "montants")
        if value.montant is not None and (connu_le is None or value.connu_le <= connu_le)
    )


def montant_mensuel_cd(mois: Month, connu_le: date | None = None, departement: str = "") -> Decimal:
    """The 88 % RSA amount (euros) of a month: the one in force on its first day."""
    day = mois.first_day
    amounts = montants_mensuels_cd(connu_le, departement)
    found = [amount for effect, amount in amounts if effect <= day]
    if not found:
        raise ParametreInconnu(
            f"Aucun montant du RSA n’est renseigné pour {mois.label}. Complétez le barème."
        )
    return found[-1]


def heures_annuelles_etp(mesure: str, on: date) -> Decimal:
    """Annual theoretical hours of a full-time equivalent of a measure on a day."""
    _check_measure(mesure)
    found = [value.montant for value in _scale("heures_etp", mesure) if value.effet <= on]
    if not found or found[-1] is None:
        raise ParametreInconnu(
            f"Aucune durée annuelle par ETP {_label(mesure, '')} n’est renseignée au "
            f"{on:%d/%m/%Y}. Complétez le barème."
        )
    return found[-1]


def valeurs(fichier: str, serie: str) -> tuple[Valeur, ...]:
    """Every recorded value of a series with its dates and texts, to load or show a referential."""
    return _scale(fichier, serie)


@cache
def _scale(file: str, series: str) -> tuple[Valeur, ...]:
    # Only our own files are read, once; amounts are written as text, so no float ever appears.
    tables = tomllib.loads((_FOLDER / f"{file}.toml").read_text(encoding="utf-8"))
    values = [
        Valeur(
            effet=row["from"],
            connu_le=row["known_from"],
            montant=Decimal(row["value"]) if row["value"] else None,
            reference=row["reference"],
        )
        for row in tables.get(series, [])
    ]
    return tuple(sorted(values, key=lambda value: value.effet))


def _territory_key(mesure: str, departement: str) -> str:
    _check_measure(mesure)
    return f"{mesure}_MAYOTTE" if departement == MAYOTTE else mesure


def _check_measure(mesure: str) -> None:
    if mesure not in MESURES:
        raise ParametreInconnu(f"La mesure {mesure} n’existe pas.")


def _label(mesure: str, departement: str) -> str:
    return f"de la mesure {mesure}" + (" à Mayotte" if departement == MAYOTTE else "")
