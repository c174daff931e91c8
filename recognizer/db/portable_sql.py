"""Helpers for SQL statements that run on SQLite and on PostgreSQL.

The columns lease_until and due_at are set and compared by the clock of the database only. Rows are
locked in one order everywhere: first the feeds, by user id, then the drawings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper

UUID_LENGTH = 36
_SQLITE_NOW_SQL = "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now'{shift})"

_ADVANCE_FEEDS_SQL = """
WITH given(user_id, steps) AS ({rows})
INSERT INTO recognizer_feed (user_id, cursor, erased_up_to) SELECT user_id, steps, 0 FROM given
WHERE true ON CONFLICT (user_id) DO UPDATE SET cursor = recognizer_feed.cursor + excluded.cursor
RETURNING user_id, cursor
"""


def advance_feeds(cursor: CursorWrapper, steps: Mapping[int, int]) -> dict[int, int]:
    """Advance the feed of each user by a number of steps. Return the first new cursor of each.

    The rows stay locked until the transaction ends, so call it before locking drawings.
    """
    execute_with_rows(cursor, _ADVANCE_FEEDS_SQL, ("bigint", "bigint"), sorted(steps.items()))
    return {user: last - steps[user] + 1 for user, last in cursor.fetchall()}


def open_cursor() -> CursorWrapper:
    """Return a cursor for `execute_with_rows`, to be closed by the caller.

    On PostgreSQL it sends the values apart from the statement and in binary form. Django's own
    cursor writes them into the statement, which both sides then have to parse.
    """
    if connection.vendor != "postgresql":
        return connection.cursor()
    connection.ensure_connection()
    cursor: CursorWrapper = connection._prepare_cursor(psycopg.Cursor(connection.connection))  # type: ignore[attr-defined]
    return cursor


def execute_with_rows(
    cursor: CursorWrapper,
    statement: str,
    types: tuple[str, ...],
    rows: Sequence[Sequence[Any]],
    arguments: Sequence[Any] = (),
    *,
    later_s: float = 0,
) -> None:
    """Execute a statement that selects from `{rows}`, which comes before all other arguments.

    `types` are the SQL types of the columns. PostgreSQL gets one array for each column, so that
    the statement does not depend on the number of rows.
    """
    if connection.vendor == "postgresql":
        sql = _compose_cached(statement, _unnest_sql(types), later_s, "postgresql")
        cursor.execute(sql, [*map(list, zip(*rows, strict=True)), *arguments])
    else:
        sql = _compose_cached(
            statement, _values_sql(len(types), len(rows)), later_s, connection.vendor
        )
        cursor.execute(sql, [*chain.from_iterable(rows), *arguments])


def compose_statement(statement: str, *, row: str = "", rows: int = 0, later_s: float = 0) -> str:
    """Return the statement for the current database, with its placeholders filled in.

    `{rows}` is `row` repeated `rows` times, `{now}` the time of the database, and `{later}` the
    time in `later_s` seconds.
    """
    return _compose_cached(statement, _repeat_row(row, rows), later_s, connection.vendor)


def to_db_uuid(value: UUID) -> str | UUID:
    """Return a UUID as the database stores it."""
    return value.hex if connection.vendor == "sqlite" else value


def to_uuid_hex(value: str | UUID) -> str:
    """Return the 32 hex digits of a UUID; `{uuid}` accepts them on both databases."""
    return value.replace("-", "") if isinstance(value, str) else value.hex


def format_uuid(value: str | UUID) -> str:
    """Return the UUID of a row with dashes; SQLite returns 32 digits, and `{as_text}` dashes."""
    if isinstance(value, UUID):
        return str(value)
    if len(value) == UUID_LENGTH:
        return value
    return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"


def format_timestamp(value: datetime) -> str:
    """Return the time of a row in ISO 8601; SQLite returns UTC without an offset."""
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()


@lru_cache(maxsize=2048)
def _compose_cached(statement: str, rows: str, later_s: float, vendor: str) -> str:
    postgresql = vendor == "postgresql"
    words: dict[str, Any] = {
        name: f"%s::{name}" if postgresql else "%s"
        for name in ("uuid", "bigint", "integer", "text", "timestamptz")
    }
    words["now"], words["later"] = _now_sql(vendor), _now_sql(vendor, later_s)
    words["skip_locked"] = "FOR UPDATE OF drawing SKIP LOCKED" if postgresql else ""
    words["keep"] = "FOR KEY SHARE OF drawing SKIP LOCKED" if postgresql else ""
    words["as_text"] = "::text" if postgresql else ""
    words["as_json"] = "::jsonb" if postgresql else ""
    return statement.format(rows=rows.format(**words), **words)


@lru_cache
def _repeat_row(row: str, count: int) -> str:
    return ", ".join([row] * count)


@lru_cache
def _values_sql(num_columns: int, num_rows: int) -> str:
    return "VALUES " + _repeat_row(f"({', '.join(['%s'] * num_columns)})", num_rows)


@lru_cache
def _unnest_sql(types: tuple[str, ...]) -> str:
    columns = ", ".join(f"%b::{name}[]" for name in types)
    return f"SELECT * FROM unnest({columns})"  # noqa: S608 - names of types


def _now_sql(vendor: str, seconds: float = 0) -> str:
    if vendor == "postgresql":
        shift = f" + interval '{seconds:.3f} seconds'" if seconds else ""
        return f"(statement_timestamp(){shift})"
    return _SQLITE_NOW_SQL.format(shift=f", '{seconds:+.3f} seconds'" if seconds else "")
