"""From the workbook to rows that can be kept: line, letters of the columns, values as typed.

Called by the screen of the import when a file is sent.
"""

from __future__ import annotations

from typing import IO, Any

from apps.core.imports import read_rows
from apps.siae.importation.columns import COLONNES, FACULTATIVES, OBLIGATOIRES, as_typed

# Each row plays some twenty queries, twice: the page must answer within a request.
MAX_ROWS = 200


def read_workbook(file: IO[bytes]) -> list[dict[str, Any]]:
    """Rows as plain JSON: {"ligne": 2, "colonnes": {"nom": "B"}, "valeurs": {"nom": "Durand"}}.

    Raises FichierRefuse, with the places, when the file itself is at fault.
    """
    rows = []
    for row in read_rows(file, OBLIGATOIRES, optional=FACULTATIVES, max_rows=MAX_ROWS):
        present = [colonne for colonne in COLONNES if colonne.titre in row.values]
        values = {c.nom: as_typed(c, row.values[c.titre]) for c in present}
        rows.append(
            {
                "ligne": row.line,
                "colonnes": {c.nom: row.columns[c.titre] for c in present},
                "valeurs": {name: value for name, value in values.items() if value != ""},
            }
        )
    return rows
