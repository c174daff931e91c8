"""Takes drawings for this worker: one statement, the database's clock, the attempt counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection

from recognizer.db import sql
from recognizer.protocol import RecognitionBatch

_ACQUIRE_SQL = """
WITH job(id, revision) AS (VALUES {rows})
UPDATE recognizer_drawing SET attempts = attempts + 1, lease_until = {later}, due_at = {later}
WHERE id IN (
  SELECT drawing.id FROM job JOIN recognizer_drawing drawing
    ON drawing.id = job.id AND drawing.revision = job.revision
  WHERE drawing.status = 'queued' AND drawing.deleted_at IS NULL AND drawing.attempts < {integer}
    AND (drawing.lease_until IS NULL OR drawing.lease_until < {now})
  ORDER BY drawing.id {skip_locked})
RETURNING id, owner_id, ref, revision, picture, attempts
"""

Strokes = list[list[list[float]]]


@dataclass(frozen=True, slots=True)
class LeasedDrawing:
    """A drawing that is this worker's until its lease runs out: strokes, or a picture's name."""

    id: str
    owner_id: int
    ref: str
    revision: int
    strokes: Strokes | None
    picture: str
    attempts: int = 1  # this one counted


def acquire_drawings(group: RecognitionBatch) -> list[LeasedDrawing]:
    """What of the group is still to be done and nobody else's.

    A drawing that was tried before is taken only by itself: it may be what killed its worker, and
    its group would die with it again.
    """
    strokes = {(job.id, job.revision): job.strokes for job in group.jobs}
    attempts_below = settings.RECOGNITION_MAX_ATTEMPTS if len(strokes) == 1 else 1
    values: list[Any] = []
    for id, revision in strokes:
        values += sql.to_uuid_hex(id), revision
    statement = sql.compose_statement(
        _ACQUIRE_SQL,
        row="({uuid}, {integer})",
        rows=len(strokes),
        later_s=settings.RECOGNITION_LEASE_S,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, attempts_below])
        rows = cursor.fetchall()
    claims = []
    for raw_id, owner_id, ref, revision, picture, attempts in rows:
        id = sql.format_uuid(raw_id)
        ink = strokes[id, revision]
        claims.append(
            LeasedDrawing(id, owner_id, sql.format_uuid(ref), revision, ink, picture, attempts)
        )
    return claims
