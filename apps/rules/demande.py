"""Reading of a simulation request: plain JSON in, exact figures out, every fault named in French.

Contract of `manage.py simuler_annexe`. Nothing is guessed: a number is written plainly, a date is
whole, a key is given once. Called by `simulation.py`; a fault never raises, it is collected.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from apps.rules.periods import Month

MAX_DIGITS = 12
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]{1,2})?")
_WHOLE = re.compile(r"[0-9]{1,12}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

# Every month reckoned with must be a date, that of the solde (a month later) included.
_LAST_YEAR = 9998

Amounts = tuple[tuple[date, Decimal], ...]

T = TypeVar("T")


class Literal(str):
    """A JSON number kept as it was written: a float would already have lost it."""

    __slots__ = ()


@dataclass(slots=True)
class Faults:
    """The faults found so far, one line each: `champ : phrase`."""

    lines: list[str] = field(default_factory=list)

    def add(self, path: str, sentence: str) -> None:
        self.lines.append(f"{path} : {sentence}")

    def __bool__(self) -> bool:
        return bool(self.lines)


def load(text: str, faults: Faults) -> dict[str, Any] | None:
    """The JSON object of a request, its numbers as `Literal`; None when there is none to read."""

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in items:
            if key in found:
                faults.add(_shown(key), "cette clé est donnée deux fois.")
            found[key] = value
        return found

    try:
        content = json.loads(
            text,
            object_pairs_hook=pairs,
            parse_int=Literal,
            parse_float=Literal,
            parse_constant=Literal,
        )
    except RecursionError:
        faults.add("fichier", "le contenu JSON est imbriqué trop profondément.")
    except ValueError as error:
        line = getattr(error, "lineno", None)
        where = f" (ligne {line})" if line else ""
        faults.add("fichier", f"le contenu n’est pas du JSON valide{where}.")
    else:
        if isinstance(content, dict):
            return content
        faults.add("fichier", "le contenu doit être un objet JSON.")
    return None


def _shown(key: str) -> str:
    """A key as it may be shown on one line, whatever it holds."""
    return json.dumps(key[:60])[1:-1] or '""'


@dataclass(slots=True)
class Record:
    """One JSON object being read, with the path of its fields for the messages."""

    values: dict[str, Any]
    prefix: str
    faults: Faults

    def path(self, name: str) -> str:
        return f"{self.prefix}{name}"

    def has(self, name: str) -> bool:
        return name in self.values

    def read(self, name: str, reader: Callable[[str, Any, Faults], T | None]) -> T | None:
        """The field read by `reader`; None when it is missing (a fault) or faulty."""
        if name not in self.values:
            self.faults.add(self.path(name), "ce champ est obligatoire.")
            return None
        return reader(self.path(name), self.values[name], self.faults)

    def optional(
        self, name: str, reader: Callable[[str, Any, Faults], T | None], default: T
    ) -> T | None:
        """The field read by `reader`, `default` when it is missing, None when it is faulty."""
        if name not in self.values:
            return default
        return reader(self.path(name), self.values[name], self.faults)


def decimal(path: str, value: Any, faults: Faults) -> Decimal | None:
    """A number written plainly, as text or as a JSON number: `6` or `6.00`."""
    if not isinstance(value, str) or not _PLAIN.fullmatch(value):
        faults.add(
            path,
            "un nombre écrit simplement est attendu, par exemple 6 ou 6.00 (sans signe, espace, "
            "virgule ni exposant, deux décimales au plus).",
        )
    elif len(value.replace(".", "")) > MAX_DIGITS:
        faults.add(path, "ce nombre compte plus de douze chiffres.")
    else:
        return Decimal(value)
    return None


def positive(path: str, value: Any, faults: Faults) -> Decimal | None:
    """A plain number above 0."""
    number = decimal(path, value, faults)
    if number is not None and number == 0:
        faults.add(path, "un nombre supérieur à 0 est attendu.")
        return None
    return number


def whole(path: str, value: Any, faults: Faults) -> int | None:
    """A JSON whole number, 0 or above; neither a text nor a boolean."""
    if isinstance(value, Literal) and _WHOLE.fullmatch(value):
        return int(value)
    faults.add(path, "un nombre entier, positif ou nul, est attendu.")
    return None


def day(path: str, value: Any, faults: Faults) -> date | None:
    """A date `AAAA-MM-JJ`."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            found = date.fromisoformat(value)
        except ValueError:
            pass
        else:
            if found.year <= _LAST_YEAR:
                return found
    faults.add(path, "une date de la forme AAAA-MM-JJ est attendue.")
    return None


def month(path: str, value: Any, faults: Faults) -> Month | None:
    """A month `AAAA-MM`."""
    if isinstance(value, str):
        try:
            found = Month.parse(value)
        except ValueError:
            pass
        else:
            if found.year <= _LAST_YEAR:
                return found
    faults.add(path, "un mois de la forme AAAA-MM est attendu.")
    return None


def records(path: str, value: Any, faults: Faults) -> list[Record] | None:
    """A list of objects; None when it is no list, a fault for each element that is no object."""
    if not isinstance(value, list):
        faults.add(path, "une liste est attendue.")
        return None
    found = []
    for index, element in enumerate(value):
        if isinstance(element, dict):
            found.append(Record(element, f"{path}[{index}].", faults))
        else:
            faults.add(f"{path}[{index}]", "un objet JSON est attendu.")
    return found


def dated(
    path: str, value: Any, faults: Faults, amount: Callable[[str, Any, Faults], Decimal | None]
) -> Amounts | None:
    """An object of amounts by first day, sorted by date; None as soon as one entry is faulty."""
    if not isinstance(value, dict):
        faults.add(path, "un objet associant une date à un montant est attendu.")
        return None
    found = []
    sound = True
    for key, content in value.items():
        entry = f"{path}.{_shown(key)}"
        start = day(entry, key, faults)
        figure = amount(entry, content, faults)
        if start is None or figure is None:
            sound = False
        else:
            found.append((start, figure))
    return tuple(sorted(found)) if sound else None


def unit_amounts(path: str, value: Any, faults: Faults) -> Amounts | None:
    """One unit amount, valid from the beginning of time, or several by first day; above 0."""
    if isinstance(value, dict):
        return dated(path, value, faults, positive)
    amount = positive(path, value, faults)
    return None if amount is None else ((date.min, amount),)


def cd_amounts(path: str, value: Any, faults: Faults) -> Amounts | None:
    """88 % RSA amounts by first day."""
    return dated(path, value, faults, decimal)


def one_of(*accepted: str) -> Callable[[str, Any, Faults], str | None]:
    """A reader that accepts the given texts only."""

    def reader(path: str, value: Any, faults: Faults) -> str | None:
        if isinstance(value, str) and value in accepted and not isinstance(value, Literal):
            return value
        faults.add(path, f"valeur inconnue ; valeurs admises : {', '.join(accepted)}.")
        return None

    return reader
