"""What the database of several machines holds, read past the site."""

from dataclasses import dataclass
from typing import Any

import psycopg

_ROWS = """
SELECT d.id::text, d.ref::text, d.revision, d.ink, d.status, d.attempts, count(p.id)
FROM recognizer_drawing d LEFT JOIN recognizer_prediction p ON p.drawing_id = d.id
WHERE d.ref = ANY(%s::uuid[]) GROUP BY d.id
"""


@dataclass(frozen=True)
class Row:
    """A stored drawing, and how many predictions it has."""

    id: str
    ref: str
    revision: int
    ink: str
    status: str
    attempts: int
    predictions: int


def read_rows(url: str, refs: Any) -> list[Row]:
    with psycopg.connect(url) as connection:
        return [Row(*row) for row in connection.execute(_ROWS, [list(refs)]).fetchall()]


def require_each_answered_once(url: str, refs: Any) -> None:
    rows = read_rows(url, refs)
    assert sorted(row.ref for row in rows) == sorted(refs)
    assert {(row.status, row.predictions) for row in rows} == {("recognized", 1)}
