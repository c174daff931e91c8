"""Which database a connection leads to, whatever its address is."""

from __future__ import annotations

from pathlib import Path

from django.db import connection

_POSTGRES_SQL = """
SELECT (SELECT system_identifier FROM pg_control_system()), oid
FROM pg_database WHERE datname = current_database()
"""


def read_database_fingerprint() -> str:
    """Return a text that differs between any two databases, also if one is a copy of the other.

    PostgreSQL: the identifier of the cluster and the number of the database in it. SQLite: the
    inode of the file.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRES_SQL)
            return "postgresql:{}:{}".format(*cursor.fetchone())
        cursor.execute("PRAGMA database_list")
        return f"sqlite:{Path(cursor.fetchone()[2]).stat().st_ino}"
