"""What a database holds, as figures that another one can be compared with.

For each table its number of rows and a sum of the hashes of its rows, which one changed value
changes and which no order does; then the totals named by the settings (`BACKUP_TOTALS`): balances
of the accounts, last seal of the journal. Read in one snapshot.
"""

from __future__ import annotations

from typing import Any

import psycopg
from django.conf import settings
from psycopg import sql

Connection = psycopg.Connection[Any]
Figures = dict[str, Any]

TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1
"""
ROWS = "SELECT count(*), COALESCE(sum(hashtextextended(t::text, 0)::numeric), 0) FROM {} AS t"
# The text of a value depends on these.
SESSION = (
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO, YMD'",
    "SET LOCAL IntervalStyle = 'iso_8601'",
    "SET LOCAL extra_float_digits = 1",
)


def read_figures(connection: Connection) -> Figures:
    """`{"tables": {name: [rows, sum]}, "totaux": {title: rows}}`, within a transaction."""
    for statement in SESSION:
        connection.execute(statement)
    names = [row[0] for row in connection.execute(TABLES).fetchall()]
    tables = {}
    for name in names:
        query = sql.SQL(ROWS).format(sql.Identifier(name))
        count, total = connection.execute(query).fetchone() or (0, 0)
        tables[name] = [count, str(total)]
    totals = {
        title: [[str(value) for value in row] for row in connection.execute(query).fetchall()]
        for title, query in settings.BACKUP_TOTALS.items()
    }
    return {"tables": tables, "totaux": totals}


def differences(saved: Figures, restored: Figures) -> list[str]:
    """Sentences, one for each table or total that differs; empty when all is equal."""
    found = []
    for name in sorted(saved["tables"].keys() | restored["tables"].keys()):
        before, after = saved["tables"].get(name), restored["tables"].get(name)
        if before is None or after is None:
            found.append(f"{name} : table {'inattendue' if before is None else 'absente'}")
        elif before != after:
            rows = f"{before[0]} lignes, {after[0]} une fois restaurées"
            found.append(f"{name} : {rows if before[0] != after[0] else 'contenu différent'}")
    for title, before in saved["totaux"].items():
        if before != restored["totaux"].get(title):
            found.append(f"{title} : différents")
    return found
