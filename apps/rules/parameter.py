"""Dated parameters of the law: unit amounts, 88 % RSA amounts, annual hours per post, price index.

Each value of `parameters/*.toml` has the day it takes effect (`from`), the day its text became
known (`known_from`) and that text (`reference`): arrêtés are published months after they take
effect, and an annex is checked against what was known on its day. Values approved since by the ASP
complete the files (`complete_with`); of one effect, the value known last counts. Called by annexes
and payments.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

MESURES = ("ACI_DC", "EI_DC", "AI_DC", "ETTI_DC", "EITI_DC", "ACI_MP", "EI_MP")
MAYOTTE = "976"

_FOLDER = Path(__file__).parent / "parameters"


FICHIERS = ("montants_unitaires", "rsa", "heures_etp", "ipc")


class ParametreInconnu(LookupError):
    """No value is recorded for what is asked; the message, in French, says what to do."""


@dataclass(frozen=True, slots=True)
class Valeur:
    """A dated value; `montant` None marks a period whose value was not found in any text."""

    effet: date
    connu_le: date
    montant: Decimal | None
    reference: str


# Values kept outside the files, by (file, series).
Complement = Mapping[tuple[str, str], Sequence[Valeur]]

_source: Callable[[], Complement] | None = None
# What was read of the source within `one_reading`; empty until it is needed.
_reading: ContextVar[list[Complement] | None] = ContextVar("reading", default=None)


def complete_with(source: Callable[[], Complement] | None) -> None:
    """Values that complete the files from now on; given once, by the application that keeps them.

    `source` gives them all: asked once for each `one_reading`, else at every question.
    """
    global _source
    _source = source


@contextmanager
def one_reading() -> Iterator[None]:
    """Everything asked within sees one state of the tables, read at most once.

    For a page, a run, a list. Also a decorator. Within another one, it is the same reading.
    """
    outer = _reading.get()
    _reading.set([] if outer is None else outer)
    try:
        yield
    finally:
        _reading.set(outer)


@contextmanager
def supposing(fichier: str, serie: str, valeur: Valeur) -> Iterator[None]:
    """As `one_reading`, with one value more: what would it change?"""
    added = dict(_complement())
    added[fichier, serie] = (*added.get((fichier, serie), ()), valeur)
    outer = _reading.get()
    _reading.set([added])
    try:
        yield
    finally:
        _reading.set(outer)


def read_again() -> None:
    """Within `one_reading`, forget what was read: a value has just been approved."""
    if memo := _reading.get():
        memo.clear()


def montants_unitaires(
    mesure: str, debut: date, fin: date, connu_le: date, departement: str = ""
) -> tuple[tuple[date, Decimal], ...]:
    """Annual unit amounts (euros) in force from `debut` to `fin`, as known on `connu_le`.

    (day of effect, amount) in order; the first one took effect on or before `debut`.
    `departement` "976" has its own amounts. ParametreInconnu when a part of the period has none.
    """
    scale = _scale("montants_unitaires", _territory_key(mesure, departement))
    known = [value for value in _known(scale, connu_le) if value.effet <= fin]
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

    Truncated to the cent as reference data, never computed here. Mayotte has its own RSA:
    ParametreInconnu until it is recorded.
    """
    at_mayotte = departement == MAYOTTE
    scale = _scale("rsa", "montants_MAYOTTE" if at_mayotte else "montants")
    if at_mayotte and not scale:
        raise ParametreInconnu(
            "Le montant du RSA applicable à Mayotte n’est pas renseigné. "
            "Complétez le barème avant de cofinancer une annexe de ce département."
        )
    return tuple(
        (value.effet, value.montant)
        for value in _known(scale, connu_le)
        if value.montant is not None
    )


def heures_annuelles_etp(mesure: str, on: date, connu_le: date | None = None) -> Decimal:
    """Annual theoretical hours of a full-time equivalent on a day, as known on `connu_le`."""
    _check_measure(mesure)
    known = _known(_scale("heures_etp", mesure), connu_le)
    found = [value.montant for value in known if value.effet <= on]
    if not found or found[-1] is None:
        raise ParametreInconnu(
            f"Aucune durée annuelle par ETP {_label(mesure, '')} n’est renseignée au "
            f"{on:%d/%m/%Y}. Complétez le barème."
        )
    return found[-1]


def indice_prix(annee: int, connu_le: date | None = None) -> Decimal:
    """Consumer price index of August of a year (all households excluding tobacco), as known."""
    known = _known(_scale("ipc", "hors_tabac"), connu_le)
    found = [value.montant for value in known if value.effet == date(annee, 8, 1)]
    if not found or found[-1] is None:
        raise ParametreInconnu(
            f"L’indice des prix à la consommation (tous ménages hors tabac) d’août {annee} n’est "
            "pas renseigné. Complétez-le à la page des référentiels avant d’actualiser les frais "
            "de gestion."
        )
    return found[-1]


def valeurs(fichier: str, serie: str) -> tuple[Valeur, ...]:
    """Every recorded value of a series with its dates and texts, to load or show a referential."""
    return _scale(fichier, serie)


def _scale(file: str, series: str) -> tuple[Valeur, ...]:
    """Values of a series by effect; of one effect, in the order in which they became known."""
    values = (*_recorded(file, series), *_complement().get((file, series), ()))
    return tuple(sorted(values, key=lambda value: (value.effet, value.connu_le)))


def _known(values: Sequence[Valeur], connu_le: date | None = None) -> list[Valeur]:
    """Of each effect, the value known last on a day (on any day when not given)."""
    known = (v for v in values if connu_le is None or v.connu_le <= connu_le)
    return list({value.effet: value for value in known}.values())


def _complement() -> Complement:
    if (memo := _reading.get()) is None:
        return _source() if _source else {}
    if not memo:
        memo.append(_source() if _source else {})
    return memo[0]


@cache
def _recorded(file: str, series: str) -> tuple[Valeur, ...]:
    # Only our own files are read, once; amounts are written as text, so no float ever appears.
    tables = tomllib.loads((_FOLDER / f"{file}.toml").read_text(encoding="utf-8"))
    return tuple(
        Valeur(
            effet=row["from"],
            connu_le=row["known_from"],
            montant=Decimal(row["value"]) if row["value"] else None,
            reference=row["reference"],
        )
        for row in tables.get(series, [])
    )


def _territory_key(mesure: str, departement: str) -> str:
    _check_measure(mesure)
    return f"{mesure}_MAYOTTE" if departement == MAYOTTE else mesure


def _check_measure(mesure: str) -> None:
    if mesure not in MESURES:
        raise ParametreInconnu(f"La mesure {mesure} n’existe pas.")


def _label(mesure: str, departement: str) -> str:
    return f"de la mesure {mesure}" + (" à Mayotte" if departement == MAYOTTE else "")
