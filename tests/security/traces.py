"""What requests have written, in any table of the database.

PostgreSQL counts the rows inserted, updated and deleted by the transaction in progress, even those
undone since: no table has to be read, none is forgotten, and row-level security hides nothing.
"""

from __future__ import annotations

from django.db import connection

# Every request renews its session.
SESSIONS = "django_session"


def written() -> dict[str, int]:
    """Rows written so far in this transaction, by table; sessions apart."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 AND relname <> %s",
            [SESSIONS],
        )
        return dict(cursor.fetchall())


def tables_written(before: dict[str, int], after: dict[str, int]) -> set[str]:
    return {table for table, rows in after.items() if rows != before.get(table)}
