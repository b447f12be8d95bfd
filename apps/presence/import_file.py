"""Reading a filled model back: an .xlsx file nobody has checked yet.

What is not a plain workbook is refused as a whole (`core.imports.check_workbook`); a cell that
cannot be read is a `Fault` with its line and column, and the other lines go on. Nothing of the file
is executed or kept. Called by the import page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File

from apps.core.errors import Refus
from apps.core.fields import EuroField, HoursField
from apps.core.imports import check_workbook, filled_lines
from apps.core.words import repeated
from apps.presence.workbook import ANNEXE, FEUILLE, MOIS, Colonne
from apps.rules.money import cents, divide, hours2
from apps.siae.codes import MotifSortie

LIGNES_MAX = 2_000
TITRES_DANS = 20  # the headings are within the first lines of the sheet
COMMENTAIRE_MAX = 300

AIDE = "Téléchargez le modèle du mois, remplissez-le et importez-le."
UNREADABLE = f"Ce classeur est endommagé ou ne peut pas être lu. {AIDE}"

# A line of the sheet: its number, its cells.
Numbered = tuple[int, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a cell or a line of the file, and what to do."""

    ligne: int
    colonne: str
    message: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """A line of the file; a value that is None was left empty and changes nothing."""

    ligne: int
    numero: int
    debut: date | None
    nom: str
    valeurs: Mapping[Colonne, Any]


@dataclass(slots=True)
class Classeur:
    """What the file says: the annex and the month of the model, its lines, its faults."""

    annexe: str = ""
    mois: str = ""
    rows: list[FileRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read_classeur(uploaded: File[bytes]) -> Classeur:
    """Read a filled model; `Refus` for a file that cannot be trusted or understood at all."""
    check_workbook(uploaded)
    from openpyxl import load_workbook

    try:
        book = load_workbook(uploaded, read_only=True, keep_links=False)
        page = book[FEUILLE] if FEUILLE in book.sheetnames else book.worksheets[0]
        lines = list(islice(filled_lines(page), LIGNES_MAX + 1))
        book.close()
    except Exception as error:  # openpyxl fails in many ways on a damaged file
        raise Refus(UNREADABLE) from error
    if len(lines) > LIGNES_MAX:
        raise Refus(f"Ce classeur a plus de {LIGNES_MAX} lignes : importez le modèle du mois.")
    return _understand(lines)


def _understand(lines: list[Numbered]) -> Classeur:
    found = Classeur()
    start, columns = _headings(lines)
    seen: dict[tuple[int, date | None], int] = {}
    for number, row in lines:
        if number < start:
            _read_top(found, row)
        if number <= start:
            continue
        line = _read_row(found, number, row, columns)
        if line is None:
            continue
        key = (line.numero, line.debut)
        if key in seen:
            found.faults.append(
                Fault(
                    number,
                    Colonne.NUMERO,
                    f"Ce contrat est déjà à la ligne {seen[key]} : ne gardez que l’une des deux.",
                )
            )
            continue
        seen[key] = number
        found.rows.append(line)
    return found


def _headings(lines: list[Numbered]) -> tuple[int, dict[Colonne, int]]:
    """Number of the line of the headings and where each known column is."""
    for number, row in lines:
        if number > TITRES_DANS:
            break
        texts = [_plain(cell.value).casefold() for cell in row]
        if Colonne.NUMERO.casefold() in texts and Colonne.HEURES.casefold() in texts:
            known = {c: texts.index(c.casefold()) for c in Colonne if c.casefold() in texts}
            return number, known
    raise Refus(
        f"Les colonnes « {Colonne.NUMERO} » et « {Colonne.HEURES} » ne sont pas dans ce classeur. "
        f"{AIDE}"
    )


def _read_top(found: Classeur, row: tuple[Any, ...]) -> None:
    texts = [_plain(cell.value) for cell in row]
    value = next((text for text in texts[1:] if text), "") if texts else ""
    if texts and texts[0] == ANNEXE:
        found.annexe = value
    if texts and texts[0] == MOIS:
        found.mois = value


def _read_row(
    found: Classeur, number: int, row: tuple[Any, ...], columns: Mapping[Colonne, int]
) -> FileRow | None:
    """One line of the file; None for an empty or a faulty one, whose faults are added."""
    cells = {c: row[i] for c, i in columns.items() if i < len(row)}
    if not any(_plain(cell.value) for cell in cells.values()):
        return None
    values: dict[Colonne, Any] = {}
    before = len(found.faults)
    for colonne, read in READERS.items():
        cell = cells.get(colonne)
        try:
            values[colonne] = None if cell is None else _read_cell(cell, read)
        except ValidationError as error:
            found.faults.append(Fault(number, colonne, " ".join(error.messages)))
    if len(found.faults) > before:
        return None
    if values[Colonne.NUMERO] is None:
        found.faults.append(
            Fault(number, Colonne.NUMERO, "Le numéro du salarié manque : reprenez celui du modèle.")
        )
        return None
    nom = cells.get(Colonne.SALARIE)
    return FileRow(
        number,
        values.pop(Colonne.NUMERO),
        values.pop(Colonne.DEBUT),
        _plain(nom.value) if nom is not None else "",
        values,
    )


def _read_cell(cell: Any, read: Callable[[Any], Any]) -> Any:
    if getattr(cell, "data_type", "n") == "f":
        raise ValidationError(
            "La cellule contient une formule : remplacez-la par sa valeur (Collage spécial, "
            "Valeurs)."
        )
    if getattr(cell, "data_type", "n") == "e":
        raise ValidationError(
            f"La cellule contient une erreur ({repeated(cell.value)}) : corrigez-la."
        )
    value = cell.value
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return read(value)


def _read_number(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip().lstrip("0")
    if isinstance(value, bool) or not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ValidationError(f"« {repeated(value)} » n’est pas un numéro de salarié.")
    return int(text)


def _read_hours(value: Any) -> Decimal:
    """Hours as a number, as a text (« 7h30 ») or as a duration of the spreadsheet."""
    if isinstance(value, time):
        value = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
    if isinstance(value, timedelta):
        seconds = value.days * 86_400 + value.seconds
        return hours2(divide(Decimal(seconds), Decimal(3600)))
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = hours2(_exact(value))
    if isinstance(value, date | bool):
        raise ValidationError("Saisissez un nombre d’heures, par exemple 151,67.")
    return hours2(_cleaned(HoursField(), value))


def _read_euros(value: Any) -> Decimal:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = cents(_exact(value))
    if isinstance(value, date | time | timedelta | bool):
        raise ValidationError("Saisissez un montant en euros, par exemple 1234,50.")
    amount = EuroField(min_value=Decimal(0), max_value=Decimal("999999.99"))
    return cents(_cleaned(amount, value))


def _exact(value: int | float) -> Decimal:
    """The number a spreadsheet shows; what no field could hold is refused before rounding."""
    number = Decimal(str(value))
    if not number.is_finite() or abs(number) >= Decimal(1_000_000):
        raise ValidationError("Ce nombre est trop grand.")
    return number


def _read_date(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return datetime.strptime(str(value).strip(), "%d/%m/%Y").date()  # noqa: DTZ007 - a day
    except ValueError:
        raise ValidationError(
            f"« {repeated(value)} » n’est pas une date : écrivez-la comme 31/03/2023."
        ) from None


def _read_motif(value: Any) -> str:
    """« 04 », 4, or « 04 Embauche en CDI »."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    code = str(value).split()[0].zfill(2)
    if code not in MotifSortie.values:
        raise ValidationError(
            f"« {repeated(value)} » n’est pas un code de la feuille « Motifs de sortie » du modèle."
        )
    return code


def _read_comment(value: Any) -> str:
    text = _plain(value)
    if len(text) > COMMENTAIRE_MAX:
        raise ValidationError(f"Le commentaire dépasse {COMMENTAIRE_MAX} caractères.")
    return text


def _cleaned(field: Any, value: Any) -> Decimal:
    cleaned: Decimal = field.clean(value)
    return cleaned


def _plain(value: Any) -> str:
    """Text of a cell on one line, without the characters a database refuses."""
    return " ".join(_printable("" if value is None else str(value))).strip()


def _printable(text: str) -> Iterator[str]:
    yield from "".join(c if c.isprintable() else " " for c in text).split()


READERS: dict[Colonne, Callable[[Any], Any]] = {
    Colonne.NUMERO: _read_number,
    Colonne.DEBUT: _read_date,
    Colonne.HEURES: _read_hours,
    Colonne.SALAIRE: _read_euros,
    Colonne.DATE_SORTIE: _read_date,
    Colonne.MOTIF_SORTIE: _read_motif,
    Colonne.COMMENTAIRE: _read_comment,
}
