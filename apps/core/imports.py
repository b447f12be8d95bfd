"""Reading a workbook that somebody sends: rows as plain values, faults in words with their place.

What is dangerous or unreadable is refused before it is parsed (size, zip bomb, entities), and so
is what would be guessed at (a formula, an error cell, a missing heading). Called by the import of
the salariés; that of the hours, which goes on past a bad cell, uses the checks and the lines.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import IO, Any

from apps.core.errors import Refus
from apps.core.sorting import without_accents
from apps.core.words import repeated

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 30 * 1024 * 1024  # a zip bomb is refused on the sizes it announces
MAX_PARTS = 500
MAX_COLUMNS = 80
MAX_LINES = 1_048_576  # of a spreadsheet: a line numbered beyond is not read
MAX_TEXT = 1000
HEADING_LINES = 10  # a title may precede the headings
MAX_FAULTS = 20
OLE = b"\xd0\xcf\x11\xe0"  # how a former or a protected file of the spreadsheets begins
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
SPACES = re.compile(r"\s+")


class FichierRefuse(Refus):
    """A file that cannot be read as it is: each reason says where, and what to do."""


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row of the file: `line` as the spreadsheet numbers it, `values` by expected heading.

    A value is text (stripped, "" when empty), int, Decimal, bool, date or datetime; a duration is
    text ("7:30"). `columns` gives the letter of each heading, for messages.
    """

    line: int
    values: Mapping[str, Any]
    columns: Mapping[str, str]

    def place(self, heading: str) -> str:
        """« Ligne 12, colonne D (Date de naissance) »."""
        return f"Ligne {self.line}, colonne {self.columns.get(heading, '?')} ({heading})"


def read_rows(
    file: IO[bytes],
    headings: Sequence[str],
    *,
    optional: Sequence[str] = (),
    max_rows: int = 1000,
    sheet: str = "",
) -> list[ReadRow]:
    """The rows under `headings` (all compulsory) and `optional` ones, empty rows left out.

    Headings are compared without case, accents nor extra spaces; other columns are not read.
    `sheet` names the sheet (the first one otherwise). Raises FichierRefuse.
    """
    check_workbook(file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns about what it does not keep
        try:
            return _read(file, headings, optional, max_rows, sheet)
        except Refus:
            raise
        except Exception:  # whatever a broken workbook makes the parser raise
            raise FichierRefuse(
                "Ce classeur ne peut pas être lu : ouvrez-le dans votre tableur, enregistrez-le "
                "au format Excel (.xlsx) et envoyez-le de nouveau."
            ) from None


def check_workbook(file: IO[bytes]) -> None:
    """Refuse, before parsing it, what is not a workbook of a reasonable size."""
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    if size > MAX_BYTES:
        raise FichierRefuse(
            f"Le fichier dépasse {MAX_BYTES // 1024 // 1024} Mo : ne gardez que les lignes à "
            "importer, ou envoyez-les en plusieurs fois."
        )
    if file.read(len(OLE)) == OLE:
        raise FichierRefuse(
            "Ce fichier est protégé par un mot de passe ou enregistré dans un ancien format : "
            "enregistrez-le comme « Classeur Excel (.xlsx) », sans mot de passe."
        )
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            _check_parts(archive)
    except FichierRefuse:
        raise
    except Exception:  # a damaged archive raises many kinds of errors
        raise _not_a_workbook() from None
    file.seek(0)


def _check_parts(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise FichierRefuse(
            "Le classeur est trop volumineux une fois ouvert : copiez les seules lignes à importer "
            "dans le modèle téléchargé ici."
        )
    if any(part.flag_bits & 0x1 for part in parts):
        raise FichierRefuse("Le classeur est protégé par un mot de passe : retirez-le.")
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        raise _not_a_workbook()
    if any("vbaproject" in name.lower() for name in names):
        raise FichierRefuse(
            "Ce classeur contient des macros : enregistrez-le comme « Classeur Excel (.xlsx) », "
            "sans macros."
        )
    for part in parts:
        if part.filename.lower().endswith((".xml", ".rels", ".vml")):
            # A workbook declares no entity and is written in UTF-8: anything else is an attack.
            text = archive.read(part).removeprefix(b"\xef\xbb\xbf").lstrip()
            if not text.startswith(b"<") or b"\0" in text or b"<!DOCTYPE" in text:
                raise _not_a_workbook()


def _not_a_workbook() -> FichierRefuse:
    return FichierRefuse(
        "Ce fichier n’est pas un classeur Excel (.xlsx). Un fichier .xls, .ods ou .csv "
        "s’enregistre dans ce format depuis votre tableur."
    )


def _read(
    file: IO[bytes], headings: Sequence[str], optional: Sequence[str], max_rows: int, sheet: str
) -> list[ReadRow]:
    from openpyxl import load_workbook

    book = load_workbook(file, read_only=True, keep_links=False)
    try:
        lines = _lines(book, sheet)
        columns = _find_headings(lines, headings, optional)
        return _rows(lines, columns, max_rows)
    finally:
        book.close()


def _lines(book: Any, sheet: str) -> Iterator[tuple[int, tuple[Any, ...]]]:
    if sheet and sheet not in book.sheetnames:
        raise FichierRefuse(
            f"Le classeur n’a pas de feuille « {sheet} » : partez du modèle téléchargé ici."
        )
    # A chart sheet has no rows: only worksheets count.
    found = book[sheet] if sheet else book.worksheets[0]
    return filled_lines(found)


def filled_lines(sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The lines of a worksheet that hold a value, each with its number.

    Those that the file skips are given by the library one by one, as one and the same row: there
    may be a million of them, told without a look at their cells.
    """
    from openpyxl.cell.read_only import EmptyCell

    sheet.reset_dimensions()
    skipped: tuple[Any, ...] | None = None
    for number, cells in enumerate(sheet.iter_rows(max_row=MAX_LINES, max_col=MAX_COLUMNS), 1):
        if cells is skipped:
            continue
        if {*map(type, cells)} == {EmptyCell}:
            skipped = cells
        elif any(cell.value is not None for cell in cells):
            yield number, cells


def _find_headings(
    lines: Iterator[tuple[int, tuple[Any, ...]]], headings: Sequence[str], optional: Sequence[str]
) -> dict[str, int]:
    """Position of each heading, in the first line that holds one of them."""
    wanted = {_key(heading): heading for heading in (*headings, *optional)}
    for number, cells in lines:
        found: dict[str, int] = {}
        for position, cell in enumerate(cells):
            heading = wanted.get(_key(cell.value)) if isinstance(cell.value, str) else None
            if heading is not None and heading in found:
                raise FichierRefuse(
                    f"La colonne « {heading} » figure deux fois : gardez celle à importer."
                )
            if heading is not None:
                found[heading] = position
        if found:
            return _complete(found, headings)
        if number >= HEADING_LINES:
            break
    raise FichierRefuse(
        f"Aucun des titres de colonnes attendus n’a été trouvé dans les {HEADING_LINES} premières "
        "lignes : partez du modèle téléchargé ici, sans modifier ses titres."
    )


def _complete(found: dict[str, int], headings: Sequence[str]) -> dict[str, int]:
    missing = [heading for heading in headings if heading not in found]
    if missing:
        names = ", ".join(f"« {heading} »" for heading in missing)
        raise FichierRefuse(
            f"Il manque {'une colonne' if len(missing) == 1 else 'des colonnes'} : {names}. "
            "Reprenez les titres du modèle."
        )
    return found


def _rows(
    lines: Iterator[tuple[int, tuple[Any, ...]]], columns: Mapping[str, int], max_rows: int
) -> list[ReadRow]:
    from openpyxl.utils import get_column_letter

    letters = {heading: get_column_letter(place + 1) for heading, place in columns.items()}
    rows: list[ReadRow] = []
    faults: list[str] = []
    for number, cells in lines:
        values: dict[str, Any] = {}
        for heading, place in columns.items():
            cell = cells[place] if place < len(cells) else None
            fault = _fault(cell)
            if fault:
                faults.append(f"Ligne {number}, colonne {letters[heading]} ({heading}) : {fault}")
            values[heading] = "" if cell is None or fault else _plain(cell.value)
        if any(value != "" for value in values.values()):
            rows.append(ReadRow(number, values, letters))
        if len(rows) > max_rows:
            raise FichierRefuse(
                f"Le fichier compte plus de {max_rows} lignes : envoyez-le en plusieurs fois."
            )
        if len(faults) >= MAX_FAULTS:
            break
    if faults:
        raise FichierRefuse(*faults)
    if not rows:
        raise FichierRefuse("Le fichier ne contient aucune ligne sous les titres de colonnes.")
    return rows


def _fault(cell: Any) -> str:
    """What cannot be taken for a value: a formula, an error of the spreadsheet, a whole book."""
    if cell is None or cell.value is None:
        return ""
    if cell.data_type == "f":
        return "la cellule contient une formule. Copiez la colonne et collez ses valeurs."
    if cell.data_type == "e":
        return f"la cellule est en erreur ({repeated(cell.value)}). Corrigez-la dans le tableur."
    if isinstance(cell.value, str) and len(cell.value) > MAX_TEXT:
        return f"le texte dépasse {MAX_TEXT} caractères. Raccourcissez-le."
    return ""


def _plain(value: Any) -> Any:
    """A cell's value without what belongs to the spreadsheet: floats, midnight, controls."""
    if value is None:
        return ""
    if isinstance(value, str):
        return SPACES.sub(" ", CONTROLS.sub("", value)).strip()
    if isinstance(value, float):
        exact = Decimal(repr(value))
        if not exact.is_finite():
            return str(value)
        return int(exact) if exact == exact.to_integral_value() else exact
    if isinstance(value, datetime):
        return value.date() if value.time() == time(0) else value
    if isinstance(value, time):
        return f"{value.hour}:{value.minute:02}"
    if isinstance(value, timedelta):
        minutes = value // timedelta(minutes=1)
        return f"{minutes // 60}:{minutes % 60:02}"
    return value if isinstance(value, bool | int | date | Decimal) else str(value)


def _key(text: str) -> str:
    """A heading as it is compared: no case, no accent, single spaces, one kind of apostrophe."""
    plain = SPACES.sub(" ", text.replace("’", "'")).strip(" *:").strip()
    return without_accents(plain)
