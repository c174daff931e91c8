"""Helpers for SQL statements that run on SQLite and on PostgreSQL.

The columns lease_until and due_at are set and compared by the clock of the database only. Rows are
locked in one order everywhere: first the feeds, by user id, then the drawings.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper

_SQLITE_NOW_SQL = "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now'{shift})"

_ADVANCE_FEEDS_SQL = """
INSERT INTO recognizer_feed (user_id, cursor, erased_up_to) VALUES {rows}
ON CONFLICT (user_id) DO UPDATE SET cursor = recognizer_feed.cursor + excluded.cursor
RETURNING user_id, cursor
"""


def advance_feeds(cursor: CursorWrapper, steps: Mapping[int, int]) -> dict[int, int]:
    """Advance the feed of each user by a number of steps. Return the first new cursor of each.

    The rows stay locked until the transaction ends, so call it before locking drawings.
    """
    users = sorted(steps)
    values = [value for user in users for value in (user, steps[user])]
    cursor.execute(
        compose_statement(_ADVANCE_FEEDS_SQL, row="(%s, %s, 0)", rows=len(users)), values
    )
    return {user: last - steps[user] + 1 for user, last in cursor.fetchall()}


def compose_statement(statement: str, *, row: str = "", rows: int = 0, later_s: float = 0) -> str:
    """Return the statement for the current database, with its placeholders filled in.

    `{rows}` is `row` repeated `rows` times, `{now}` the time of the database, and `{later}` the
    time in `later_s` seconds.
    """
    return _compose_cached(statement, row, rows, later_s, connection.vendor)


def to_db_uuid(value: UUID) -> str | UUID:
    """Return a UUID as the database stores it."""
    return value.hex if connection.vendor == "sqlite" else value


def to_uuid_hex(value: str | UUID) -> str:
    """Return the 32 hex digits of a UUID; `{uuid}` accepts them on both databases."""
    return value.replace("-", "") if isinstance(value, str) else value.hex


def format_uuid(value: str | UUID) -> str:
    """Return the UUID of a row with dashes; SQLite returns 32 digits."""
    if isinstance(value, str):
        return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"
    return str(value)


def format_timestamp(value: datetime) -> str:
    """Return the time of a row in ISO 8601; SQLite returns UTC without an offset."""
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()


@lru_cache(maxsize=2048)
def _compose_cached(statement: str, row: str, rows: int, later_s: float, vendor: str) -> str:
    postgresql = vendor == "postgresql"
    words: dict[str, Any] = {
        name: f"%s::{name}" if postgresql else "%s"
        for name in ("uuid", "bigint", "integer", "text", "jsonb", "timestamptz")
    }
    words["now"], words["later"] = _now_sql(vendor), _now_sql(vendor, later_s)
    words["skip_locked"] = "FOR UPDATE OF drawing SKIP LOCKED" if postgresql else ""
    words["keep"] = "FOR KEY SHARE OF drawing SKIP LOCKED" if postgresql else ""
    return statement.format(rows=", ".join([row.format(**words)] * rows), **words)


def _now_sql(vendor: str, seconds: float = 0) -> str:
    if vendor == "postgresql":
        shift = f" + interval '{seconds:.3f} seconds'" if seconds else ""
        return f"(statement_timestamp(){shift})"
    return _SQLITE_NOW_SQL.format(shift=f", '{seconds:+.3f} seconds'" if seconds else "")
