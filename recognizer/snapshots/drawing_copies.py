"""Copies of drawings at one revision, captured once and shared by all snapshots."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import connection

from recognizer.db.portable_sql import compose_statement, format_uuid, to_db_uuid
from recognizer.models import SnapshotDrawing

# Skips drawings that are being erased. The row lock on the others prevents their erasure before the
# copy exists.
_SELECT_DRAWINGS = """
SELECT drawing.id, drawing.revision, drawing.owner_id, drawing.pointer, drawing.ink,
  CASE WHEN drawing.ink = '' THEN prediction.raster END
FROM recognizer_drawing drawing
LEFT JOIN recognizer_prediction prediction ON prediction.id = drawing.prediction_id
WHERE drawing.id IN ({rows}) {keep}
"""


def capture_drawings(revisions: Mapping[UUID, int]) -> dict[UUID, SnapshotDrawing]:
    """Return the copies of these drawings at these revisions, without ink; create missing ones.
    Drawings that were changed or deleted are left out. Call this inside a transaction."""
    found = _load_existing(revisions, revisions)
    missing = [drawing_id for drawing_id in revisions if drawing_id not in found]
    if missing:
        found |= store_snapshot_drawings(_load_drawings(missing, revisions))
    return found


def store_snapshot_drawings(copies: list[SnapshotDrawing]) -> dict[UUID, SnapshotDrawing]:
    """Store copies and return the stored ones by drawing id, without ink. Existing copies stay
    unchanged."""
    SnapshotDrawing.objects.bulk_create(copies, ignore_conflicts=True)
    revisions = {one.drawing_id: one.revision for one in copies}
    return _load_existing(revisions, revisions)


def hash_ink(ink: str, raster: bytes | None) -> str:
    """Return the SHA-256 of the stored ink, or of the raster of an uploaded picture."""
    return hashlib.sha256(ink.encode() if ink else raster or b"").hexdigest()


def _load_existing(
    ids: Iterable[UUID], revisions: Mapping[UUID, int]
) -> dict[UUID, SnapshotDrawing]:
    stored = SnapshotDrawing.objects.filter(drawing_id__in=list(ids)).defer("ink", "raster")
    return {one.drawing_id: one for one in stored if revisions[one.drawing_id] == one.revision}


def _load_drawings(ids: list[UUID], revisions: Mapping[UUID, int]) -> list[SnapshotDrawing]:
    with connection.cursor() as cursor:
        statement = compose_statement(_SELECT_DRAWINGS, row="{uuid}", rows=len(ids))
        cursor.execute(statement, [to_db_uuid(one) for one in ids])
        rows = cursor.fetchall()
    copies = []
    for raw_id, revision, owner_id, pointer, ink, raw_raster in rows:
        drawing_id, raster = UUID(format_uuid(raw_id)), bytes(raw_raster) if raw_raster else None
        if revisions[drawing_id] == revision and (ink or raster):
            copies.append(
                SnapshotDrawing(
                    drawing_id=drawing_id,
                    revision=revision,
                    owner_id=owner_id,
                    pointer=pointer,
                    ink=ink,
                    raster=raster,
                    ink_sha256=hash_ink(ink, raster),
                )
            )
    return copies
