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

_PREDICTION_TYPES = (
    *("uuid", "integer", "bigint", "text", "integer", "float8", "text", "bytea", "float8"),
    "timestamptz",
)

_INSERT_PREDICTIONS_SQL = """
WITH result(drawing_id, revision, model_id, decision, digit, confidence, probabilities, raster,
  latency_ms, created_at) AS ({rows})
INSERT INTO recognizer_prediction (drawing_id, revision, model_id, decision, digit, confidence,
  probabilities, raster, latency_ms, created_at)
SELECT drawing_id, revision, model_id, decision, digit, confidence, probabilities{as_json}, raster,
  latency_ms, created_at FROM result WHERE true
ON CONFLICT (drawing_id, revision, model_id) DO NOTHING
RETURNING id, drawing_id{as_text}
"""

_SELECT_PREDICTIONS_SQL = """
WITH requested(id, revision) AS ({rows})
SELECT p.id, p.drawing_id{as_text} FROM requested JOIN recognizer_prediction p
  ON p.drawing_id = requested.id AND p.revision = requested.revision AND p.model_id = {bigint}
"""

_UPDATE_TYPES = ("uuid", "integer", "text", "text", "bigint", "bigint")

_UPDATE_DRAWINGS_SQL = """
WITH result(id, revision, status, error, prediction_id, cursor) AS ({rows})
UPDATE recognizer_drawing SET status = result.status, error = result.error,
  prediction_id = result.prediction_id, cursor = result.cursor, lease_until = NULL, due_at = NULL
FROM result
WHERE recognizer_drawing.id = result.id AND recognizer_drawing.revision = result.revision
  AND recognizer_drawing.status = 'queued' AND recognizer_drawing.deleted_at IS NULL
RETURNING recognizer_drawing.id{as_text}
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
    with transaction.atomic(), portable_sql.open_cursor() as cursor:
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
    rows = [_build_row(batch, result, now) for result in new]
    portable_sql.execute_with_rows(cursor, _INSERT_PREDICTIONS_SQL, _PREDICTION_TYPES, rows)
    ids = stored | {
        portable_sql.format_uuid(drawing_id): id for id, drawing_id in cursor.fetchall()
    }
    missing = [result.drawing for result in new if result.drawing.id not in ids]
    if missing:
        keys = [(portable_sql.to_uuid_hex(one.id), one.revision) for one in missing]
        portable_sql.execute_with_rows(
            cursor, _SELECT_PREDICTIONS_SQL, ("uuid", "integer"), keys, [batch.model.model_id]
        )
        ids |= {portable_sql.format_uuid(drawing_id): id for id, drawing_id in cursor.fetchall()}
    return ids


def _build_row(batch: BatchResult, result: InferenceResult, now: object) -> tuple[Any, ...]:
    drawing, prediction = result.drawing, result.prediction
    if prediction is None:
        raise ValueError("A failure has no row.")
    return (
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
    )


def _update_drawings(
    cursor: CursorWrapper,
    results: Sequence[InferenceResult],
    prediction_ids: dict[str, int],
    feed_cursors: Sequence[int],
) -> set[str]:
    """Point drawings to their predictions. Return the ids of those still at that revision."""
    rows = []
    for result, feed_cursor in zip(results, feed_cursors, strict=True):
        drawing = result.drawing
        status = "failed" if result.error else "recognized"
        id, prediction_id = portable_sql.to_uuid_hex(drawing.id), prediction_ids.get(drawing.id)
        rows.append((id, drawing.revision, status, result.error, prediction_id, feed_cursor))
    portable_sql.execute_with_rows(cursor, _UPDATE_DRAWINGS_SQL, _UPDATE_TYPES, rows)
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
