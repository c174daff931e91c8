"""Samples: drawings as they were at one revision, taken once and shared by all snapshots."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import connection

from recognizer.db.sql import compose_statement, format_uuid, to_db_uuid
from recognizer.models import SnapshotDrawing

# A drawing being erased at this moment is skipped; one that is taken cannot be erased before its
# sample is there to be found.
_SELECT_DRAWINGS = """
SELECT drawing.id, drawing.revision, drawing.owner_id, drawing.pointer, drawing.ink,
  CASE WHEN drawing.ink = '' THEN prediction.raster END
FROM recognizer_drawing drawing
LEFT JOIN recognizer_prediction prediction ON prediction.id = drawing.prediction_id
WHERE drawing.id IN ({rows}) {keep}
"""


def capture_drawings(revisions: Mapping[UUID, int]) -> dict[UUID, SnapshotDrawing]:
    """The samples of these drawings at these revisions, without their ink; made where there are
    none. A drawing that has grown or gone meanwhile has none. Call it inside a transaction."""
    found = _load_existing(revisions, revisions)
    missing = [drawing_id for drawing_id in revisions if drawing_id not in found]
    if missing:
        found |= store_snapshot_drawings(_load_drawings(missing, revisions))
    return found


def store_snapshot_drawings(samples: list[SnapshotDrawing]) -> dict[UUID, SnapshotDrawing]:
    """These samples as they are stored now, by drawing, without their ink; those that were there
    stay as they were."""
    SnapshotDrawing.objects.bulk_create(samples, ignore_conflicts=True)
    revisions = {one.drawing_id: one.revision for one in samples}
    return _load_existing(revisions, revisions)


def hash_ink(ink: str, raster: bytes | None) -> str:
    """The SHA-256 of a sample: of its ink as stored, or of a picture's raster."""
    return hashlib.sha256(ink.encode() if ink else raster or b"").hexdigest()


def _load_existing(
    ids: Iterable[UUID], revisions: Mapping[UUID, int]
) -> dict[UUID, SnapshotDrawing]:
    kept = SnapshotDrawing.objects.filter(drawing_id__in=list(ids)).defer("ink", "raster")
    return {one.drawing_id: one for one in kept if revisions[one.drawing_id] == one.revision}


def _load_drawings(ids: list[UUID], revisions: Mapping[UUID, int]) -> list[SnapshotDrawing]:
    with connection.cursor() as cursor:
        statement = compose_statement(_SELECT_DRAWINGS, row="{uuid}", rows=len(ids))
        cursor.execute(statement, [to_db_uuid(one) for one in ids])
        rows = cursor.fetchall()
    samples = []
    for raw_id, revision, owner_id, pointer, ink, picture in rows:
        drawing_id, raster = UUID(format_uuid(raw_id)), bytes(picture) if picture else None
        if revisions[drawing_id] == revision and (ink or raster):
            samples.append(
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
    return samples
