"""Storage of the results of a batch in one transaction.

It inserts the predictions, then points each drawing to its prediction, by compare-and-set on the
revision.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

import orjson
from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from recognizer import protocol
from recognizer.db import portable_sql
from recognizer.messaging.event_publisher import DrawingEvent
from workers.recognition.batch_inference import PROBABILITY_DECIMALS, BatchResult, InferenceResult

_INSERT_ROW_SQL = """({uuid}, {integer}, {bigint}, {text}, {integer}, %s, {jsonb}, %s, %s,
  {timestamptz})"""

_INSERT_PREDICTIONS_SQL = """
INSERT INTO recognizer_prediction (drawing_id, revision, model_id, decision, digit, confidence,
  probabilities, raster, latency_ms, created_at)
VALUES {rows}
ON CONFLICT (drawing_id, revision, model_id) DO NOTHING
RETURNING id, drawing_id
"""

_SELECT_PREDICTIONS_SQL = """
WITH requested(id, revision) AS (VALUES {rows})
SELECT p.id, p.drawing_id FROM requested JOIN recognizer_prediction p
  ON p.drawing_id = requested.id AND p.revision = requested.revision AND p.model_id = {bigint}
"""

_UPDATE_ROW_SQL = "({uuid}, {integer}, {text}, {text}, {bigint}, {bigint})"

_UPDATE_DRAWINGS_SQL = """
WITH result(id, revision, status, error, prediction_id, cursor) AS (VALUES {rows})
UPDATE recognizer_drawing SET status = result.status, error = result.error,
  prediction_id = result.prediction_id, cursor = result.cursor, lease_until = NULL, due_at = NULL
FROM result
WHERE recognizer_drawing.id = result.id AND recognizer_drawing.revision = result.revision
  AND recognizer_drawing.status = 'queued' AND recognizer_drawing.deleted_at IS NULL
RETURNING recognizer_drawing.id
"""


def store_predictions(batch: BatchResult) -> list[DrawingEvent]:
    """Store a batch and return the events to publish. One bad row does not prevent the others."""
    if not batch.results:
        return []
    try:
        return _store_results(batch, batch.results)
    except IntegrityError:  # a drawing or its owner was erased in the meantime
        events = []
        for result in batch.results:
            try:
                events += _store_results(batch, [result])
            except IntegrityError:
                continue
        return events


def _store_results(batch: BatchResult, results: Sequence[InferenceResult]) -> list[DrawingEvent]:
    steps = Counter(result.drawing.owner_id for result in results)
    with transaction.atomic(), connection.cursor() as cursor:
        next_cursors = portable_sql.advance_feeds(cursor, steps)
        feed_cursors = []
        for result in results:
            feed_cursors.append(next_cursors[result.drawing.owner_id])
            next_cursors[result.drawing.owner_id] += 1
        prediction_ids = _insert_predictions(cursor, batch, results)
        updated = _update_drawings(cursor, results, prediction_ids, feed_cursors)
    events = []
    for result, feed_cursor in zip(results, feed_cursors, strict=True):
        body = _build_event(batch, result) if result.drawing.id in updated else None
        events.append(DrawingEvent(result.drawing.owner_id, feed_cursor, body))
    return events


def _insert_predictions(
    cursor: CursorWrapper, batch: BatchResult, results: Sequence[InferenceResult]
) -> dict[str, int]:
    """Return the ids of the predictions by drawing, including predictions of other workers."""
    stored = {result.drawing.id: result.stored.pk for result in results if result.stored}
    new = [result for result in results if result.prediction]
    if not new:
        return stored
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    values = [value for result in new for value in _build_row_values(batch, result, now)]
    cursor.execute(
        portable_sql.compose_statement(_INSERT_PREDICTIONS_SQL, row=_INSERT_ROW_SQL, rows=len(new)),
        values,
    )
    ids = stored | {
        portable_sql.format_uuid(drawing_id): id for id, drawing_id in cursor.fetchall()
    }
    missing = [result.drawing for result in new if result.drawing.id not in ids]
    if missing:
        values = []
        for drawing in missing:
            values += portable_sql.to_uuid_hex(drawing.id), drawing.revision
        statement = portable_sql.compose_statement(
            _SELECT_PREDICTIONS_SQL, row="({uuid}, {integer})", rows=len(missing)
        )
        cursor.execute(statement, [*values, batch.model.model_id])
        ids |= {portable_sql.format_uuid(drawing_id): id for id, drawing_id in cursor.fetchall()}
    return ids


def _build_row_values(batch: BatchResult, result: InferenceResult, now: object) -> list[Any]:
    drawing, prediction = result.drawing, result.prediction
    if prediction is None:
        raise ValueError("A failure has no row.")
    return [
        portable_sql.to_uuid_hex(drawing.id),
        drawing.revision,
        batch.model.model_id,
        prediction.decision,
        prediction.digit,
        round(prediction.confidence, PROBABILITY_DECIMALS),
        orjson.dumps(result.probabilities).decode(),
        prediction.raster,
        batch.latency_ms,
        now,
    ]


def _update_drawings(
    cursor: CursorWrapper,
    results: Sequence[InferenceResult],
    prediction_ids: dict[str, int],
    feed_cursors: Sequence[int],
) -> set[str]:
    """Point drawings to their predictions. Return the ids of those still at that revision."""
    values: list[Any] = []
    for result, feed_cursor in zip(results, feed_cursors, strict=True):
        drawing = result.drawing
        status = "failed" if result.error else "recognized"
        id, prediction_id = portable_sql.to_uuid_hex(drawing.id), prediction_ids.get(drawing.id)
        values += id, drawing.revision, status, result.error, prediction_id, feed_cursor
    cursor.execute(
        portable_sql.compose_statement(
            _UPDATE_DRAWINGS_SQL, row=_UPDATE_ROW_SQL, rows=len(results)
        ),
        values,
    )
    return {portable_sql.format_uuid(id) for (id,) in cursor.fetchall()}


def _build_event(batch: BatchResult, result: InferenceResult) -> protocol.Payload:
    drawing, prediction = result.drawing, result.prediction
    build_body = partial(
        protocol.event_body, id=drawing.id, ref=drawing.ref, revision=drawing.revision
    )
    if result.stored is not None:
        return build_body("prediction", **protocol.prediction_json(result.stored))
    if prediction is None:
        return build_body("failed", **protocol.failure_fields(result.error))
    fields = protocol.prediction_body(
        decision=prediction.decision,
        digit=prediction.digit,
        confidence=round(prediction.confidence, PROBABILITY_DECIMALS),
        probabilities=result.probabilities,
        model=batch.model.ref,
        latency_ms=batch.latency_ms,
    )
    return build_body("prediction", **fields)
