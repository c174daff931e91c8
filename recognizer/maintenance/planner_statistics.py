"""Statistics from which SQLite chooses indexes."""

from collections.abc import Mapping

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

ANALYSIS_LIMIT = 1_000
"""Index rows that are read to estimate how selective an index is."""


def update_planner_statistics() -> None:
    """Update the statistics of SQLite. PostgreSQL does it by itself (autovacuum).

    Without them SQLite assumes the same size for all tables, and starts joins at the wrong one.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            counts = _count_rows(cursor)  # before the transaction, which blocks all other writers
            with transaction.atomic():
                cursor.execute(f"PRAGMA analysis_limit = {ANALYSIS_LIMIT}")
                cursor.execute("ANALYZE")
                _correct_row_counts(cursor, counts)
                cursor.execute("ANALYZE sqlite_schema")  # loads the corrected counts


def _count_rows(cursor: CursorWrapper) -> dict[str, int]:
    """Return the number of rows of each table."""
    counts = {}
    for table in connection.introspection.table_names(cursor):
        name = connection.ops.quote_name(table)
        cursor.execute(f"SELECT COUNT(*) FROM {name}")  # noqa: S608 - a name in the schema
        counts[table] = cursor.fetchone()[0]
    return counts


def _correct_row_counts(cursor: CursorWrapper, counts: Mapping[str, int]) -> None:
    """Give all complete indexes of a table the same number of rows.

    With a limit, SQLite estimates it for each index from the depth of its tree. For a million
    drawings the estimates ranged from 0.5 to 5.7 million, so SQLite read and sorted the whole table
    instead of the first rows of its "larger" index.
    """
    cursor.execute(
        "SELECT stat.tbl, stat.idx, stat.stat FROM sqlite_stat1 stat JOIN sqlite_schema index_entry"
        " ON index_entry.name = stat.idx AND index_entry.type = 'index'"
        " WHERE index_entry.sql IS NULL OR index_entry.sql NOT LIKE '% WHERE %'"
    )
    for table, index, stat in cursor.fetchall():
        _, *rest = stat.split(" ")
        corrected = " ".join([str(counts[table]), *rest])
        cursor.execute(
            "UPDATE sqlite_stat1 SET stat = %s WHERE tbl = %s AND idx = %s",
            [corrected, table, index],
        )
