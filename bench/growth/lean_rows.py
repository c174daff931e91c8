"""Millions of lean drawings with predictions in PostgreSQL: short ink, rasters of 28 bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

TABLES = ("recognizer_drawing", "recognizer_prediction")
ROWS_PER_TRANSACTION = 1_000_000

_INDEXES_SQL = """
SELECT indexrelid::regclass::text, conname, pg_get_indexdef(indexrelid), pg_get_constraintdef(c.oid)
FROM pg_index LEFT JOIN pg_constraint c ON conindid = indexrelid AND contype = 'u'
WHERE indrelid = %s::regclass AND NOT indisprimary
"""
_DRAWINGS_SQL = """
INSERT INTO recognizer_drawing (id, owner_id, ref, revision, ink, picture, pointer, created_at,
  drawn_at, status, error, attempts, prediction_id, cursor)
SELECT {id}, %(user)s::bigint + n %% %(users)s::integer, gen_random_uuid(), 1,
  '[[[1.5,2.5,0,0.5],[3.5,9.5,8,0.5]]]', '', 'pen',
  {at}, {at}, 'recognized', '', 1, n, n / %(users)s::integer + 1
FROM generate_series(%(first)s::integer, %(last)s::integer) n
"""
_PREDICTIONS_SQL = """
INSERT INTO recognizer_prediction (id, drawing_id, revision, model_id, decision, digit, confidence,
  probabilities, raster, latency_ms, created_at)
SELECT n, {id}, 1, %(model)s, 'digit', n %% 10, 0.9, '[0.9, 0.1]', decode(repeat('00', 28), 'hex'),
  1, {at}
FROM generate_series(%(first)s::integer, %(last)s::integer) n
"""
# A drawing per second. Like UUIDs of version 7, the ids are ordered by time.
_AT = sql.SQL("to_timestamp(1700000000 + n)")
_ID = sql.SQL(
    "(lpad(to_hex((1700000000 + n::bigint) * 1000), 12, '0') || '70008000'"
    " || lpad(to_hex(n), 12, '0'))::uuid"
)


def fill_lean_rows(
    server: psycopg.Connection, count: int, *, user: int, users: int, model: int
) -> None:
    """Insert `count` drawings of `users` users, whose ids begin with `user`. The connection is that
    of a superuser and commits each statement."""
    server.execute("SET session_replication_role = replica")  # no checks of foreign keys
    server.execute("SET maintenance_work_mem = '1GB'")
    with _without_indexes(server):
        for first in range(1, count + 1, ROWS_PER_TRANSACTION):
            last = min(first + ROWS_PER_TRANSACTION - 1, count)
            values = {"first": first, "last": last, "user": user, "users": users, "model": model}
            for statement in (_DRAWINGS_SQL, _PREDICTIONS_SQL):
                server.execute(sql.SQL(statement).format(id=_ID, at=_AT), values)
    server.execute(
        "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s::bigint)", [TABLES[1], count]
    )
    server.execute(
        "INSERT INTO recognizer_feed (user_id, cursor, erased_up_to)"
        " SELECT owner_id, max(cursor), 0 FROM recognizer_drawing GROUP BY owner_id"
    )
    server.execute("RESET session_replication_role")
    for table in TABLES:
        server.execute(sql.SQL("VACUUM (FREEZE, ANALYZE) {}").format(sql.Identifier(table)))
    server.execute("CHECKPOINT")


@contextmanager
def _without_indexes(server: psycopg.Connection) -> Iterator[None]:
    """Drop all indexes but the primary keys; create them again at the end."""
    statements: list[str] = []
    for table in TABLES:
        for name, constraint, index, definition in server.execute(_INDEXES_SQL, [table]).fetchall():
            if constraint:
                server.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}".encode())
                statements.append(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {definition}")
            else:
                server.execute(f"DROP INDEX {name}".encode())
                statements.append(index)
    yield
    for statement in statements:
        server.execute(statement.encode())
