"""Statistics from which SQLite chooses indexes."""

from django.db import connection

ANALYSIS_LIMIT = 1_000
"""Index rows that are read to estimate how selective an index is."""


def update_planner_statistics() -> None:
    """Update the statistics of SQLite. PostgreSQL does it by itself (autovacuum).

    Without them SQLite assumes the same size for all tables, and starts joins at the wrong one.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA analysis_limit = {ANALYSIS_LIMIT}")
            cursor.execute("ANALYZE")
