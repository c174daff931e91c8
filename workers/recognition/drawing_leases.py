"""Leases on drawings: one statement, by the clock of the database, that also counts the attempt."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from recognizer.db import portable_sql
from recognizer.protocol import RecognitionBatch

_ACQUIRE_SQL = """
WITH task(id, revision) AS ({rows})
UPDATE recognizer_drawing SET attempts = attempts + 1, lease_until = {later}
WHERE id IN (
  SELECT drawing.id FROM task JOIN recognizer_drawing drawing
    ON drawing.id = task.id AND drawing.revision = task.revision
  WHERE drawing.status = 'queued' AND drawing.deleted_at IS NULL AND drawing.attempts < {integer}
    AND (drawing.lease_until IS NULL OR drawing.lease_until < {now})
  ORDER BY drawing.id {skip_locked})
RETURNING id{as_text}, owner_id, ref{as_text}, revision, picture, attempts
"""


@dataclass(frozen=True, slots=True)
class LeasedDrawing:
    """A drawing leased to this worker: its `ink` in JSON, or the file name of a `picture`."""

    id: str
    owner_id: int
    ref: str
    revision: int
    ink: str
    picture: str
    attempts: int = 1  # includes this one


def acquire_drawings(batch: RecognitionBatch) -> list[LeasedDrawing]:
    """Lease the drawings of a batch that are still queued and not leased to another worker.

    A drawing with earlier attempts is leased only in a separate batch: it may have killed its
    worker and would kill this one, with the whole batch.
    """
    inks = {(item.id, item.revision): item.ink for item in batch.drawings}
    attempts_below = settings.RECOGNITION_MAX_ATTEMPTS if len(inks) == 1 else 1
    with portable_sql.open_cursor() as cursor:
        portable_sql.execute_with_rows(
            cursor,
            _ACQUIRE_SQL,
            ("uuid", "integer"),
            [(portable_sql.to_uuid_hex(id), revision) for id, revision in inks],
            [attempts_below],
            later_s=settings.RECOGNITION_LEASE_S,
        )
        rows = cursor.fetchall()
    drawings = []
    for raw_id, owner_id, ref, revision, picture, attempts in rows:
        id = portable_sql.format_uuid(raw_id)
        ref, ink = portable_sql.format_uuid(ref), inks[id, revision]
        drawings.append(LeasedDrawing(id, owner_id, ref, revision, ink, picture, attempts))
    return drawings
