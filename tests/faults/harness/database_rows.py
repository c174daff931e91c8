"""The drawings in the database of a site, SQLite or PostgreSQL."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg

from tests.fixtures.deadlines import deadline

_ROWS = """
SELECT d.id, d.owner_id, d.attempts, d.ink, d.ref, d.revision, d.status, p.decision, p.digit,
  (SELECT count(*) FROM recognizer_prediction a
   WHERE a.drawing_id = d.id AND a.revision = d.revision)
FROM recognizer_drawing d LEFT JOIN recognizer_prediction p ON p.id = d.prediction_id
"""


class DrawingState(NamedTuple):
    """A drawing in the view of a client."""

    ref: str
    revision: int
    status: str
    decision: str | None
    digit: int | None

    @property
    def progress(self) -> tuple[int, bool]:
        return self.revision, self.status != "queued"


@dataclass(frozen=True)
class DrawingRow:
    """A stored drawing. `num_predictions` counts those of its newest revision."""

    id: str
    owner: int
    attempts: int
    ink: str
    drawing: DrawingState
    num_predictions: int

    @property
    def expected_predictions(self) -> int:
        return 0 if self.drawing.status == "failed" else 1


def read_rows(database: str) -> list[DrawingRow]:
    """Return all drawings. `database` is a PostgreSQL URL or the path of an SQLite file."""
    return [_row(*values) for values in _read(database, _ROWS)]


def read_site_id(database: str) -> str:
    """Return the prefix of the site's names in Redis. `database` as above."""
    [(site_id,)] = _read(database, "SELECT site_id FROM recognizer_siteidentity")
    return str(site_id)


def _read(database: str, query: LiteralString) -> list[tuple[Any, ...]]:
    if database.startswith("postgresql:"):
        with psycopg.connect(database) as connection:
            return connection.execute(query).fetchall()
    with closing(
        sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=deadline(20))
    ) as connection:
        return connection.execute(query).fetchall()


def _row(
    id: str | UUID,
    owner: int,
    attempts: int,
    ink: str,
    ref: str | UUID,
    revision: int,
    status: str,
    decision: str | None,
    digit: int | None,
    num_predictions: int,
) -> DrawingRow:
    shown_digit = None if decision == "not_a_digit" else digit
    drawing = DrawingState(str(UUID(str(ref))), revision, status, decision, shown_digit)
    return DrawingRow(str(UUID(str(id))), owner, attempts, ink, drawing, num_predictions)
