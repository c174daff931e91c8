"""Stores the answers of a group in one transaction, set-wise: predictions, then each drawing's
pointer to the one that is served, by compare-and-set on the revision.
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
from recognizer.db import sql
from recognizer.messaging.event_publisher import DrawingEvent
from workers.recognition.inference import PROBABILITY_DECIMALS, BatchResult, InferenceResult

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
WITH wanted(id, revision) AS (VALUES {rows})
SELECT p.id, p.drawing_id FROM wanted JOIN recognizer_prediction p
  ON p.drawing_id = wanted.id AND p.revision = wanted.revision AND p.model_id = {bigint}
"""

_UPDATE_ROW_SQL = "({uuid}, {integer}, {text}, {text}, {bigint}, {bigint})"

_UPDATE_DRAWINGS_SQL = """
WITH answer(id, revision, status, error, prediction_id, cursor) AS (VALUES {rows})
UPDATE recognizer_drawing SET status = answer.status, error = answer.error,
  prediction_id = answer.prediction_id, cursor = answer.cursor, lease_until = NULL, due_at = NULL
FROM answer
WHERE recognizer_drawing.id = answer.id AND recognizer_drawing.revision = answer.revision
  AND recognizer_drawing.status = 'queued' AND recognizer_drawing.deleted_at IS NULL
RETURNING recognizer_drawing.id
"""


def store_predictions(answers: BatchResult) -> list[DrawingEvent]:
    """Store them; the changes to tell. When one of them cannot be stored, the others still are."""
    try:
        return _store_batch(answers, answers.answers)
    except IntegrityError:  # a drawing or its owner was erased meanwhile
        changes = []
        for answer in answers.answers:
            try:
                changes += _store_batch(answers, [answer])
            except IntegrityError:
                continue
        return changes


def _store_batch(group: BatchResult, answers: Sequence[InferenceResult]) -> list[DrawingEvent]:
    steps = Counter(answer.claim.owner_id for answer in answers)
    with transaction.atomic(), connection.cursor() as cursor:
        cursors = sql.advance_feeds(cursor, steps)
        taken = []
        for answer in answers:
            taken.append(cursors[answer.claim.owner_id])
            cursors[answer.claim.owner_id] += 1
        predictions = _insert_predictions(cursor, group, answers)
        pointed = _update_drawings(cursor, answers, predictions, taken)
    changes = []
    for answer, at in zip(answers, taken, strict=True):
        is_current = answer.claim.id in pointed
        body = _build_event(group, answer) if is_current else None
        changes.append(DrawingEvent(answer.claim.owner_id, at, body))
    return changes


def _insert_predictions(
    cursor: CursorWrapper, group: BatchResult, answers: Sequence[InferenceResult]
) -> dict[str, int]:
    """The row of each answer by its drawing; one that another worker stored before is found."""
    kept = {answer.claim.id: answer.kept.pk for answer in answers if answer.kept}
    given = [answer for answer in answers if answer.prediction]
    if not given:
        return kept
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    values = [value for answer in given for value in _build_row_values(group, answer, now)]
    cursor.execute(
        sql.compose_statement(_INSERT_PREDICTIONS_SQL, row=_INSERT_ROW_SQL, rows=len(given)), values
    )
    rows = kept | {sql.format_uuid(drawing_id): id for id, drawing_id in cursor.fetchall()}
    missing = [answer.claim for answer in given if answer.claim.id not in rows]
    if missing:
        values = []
        for claim in missing:
            values += sql.to_uuid_hex(claim.id), claim.revision
        statement = sql.compose_statement(
            _SELECT_PREDICTIONS_SQL, row="({uuid}, {integer})", rows=len(missing)
        )
        cursor.execute(statement, [*values, group.model.model_id])
        rows |= {sql.format_uuid(drawing_id): id for id, drawing_id in cursor.fetchall()}
    return rows


def _build_row_values(group: BatchResult, answer: InferenceResult, now: object) -> list[Any]:
    claim, prediction = answer.claim, answer.prediction
    if prediction is None:
        raise ValueError("A failure has no row.")
    return [
        sql.to_uuid_hex(claim.id),
        claim.revision,
        group.model.model_id,
        prediction.decision,
        prediction.digit,
        round(prediction.confidence, PROBABILITY_DECIMALS),
        orjson.dumps(answer.probabilities).decode(),
        prediction.raster,
        group.latency_ms,
        now,
    ]


def _update_drawings(
    cursor: CursorWrapper,
    answers: Sequence[InferenceResult],
    predictions: dict[str, int],
    cursors: Sequence[int],
) -> set[str]:
    """Point the drawings to their answers; those that are still at the revision answered."""
    values: list[Any] = []
    for answer, at in zip(answers, cursors, strict=True):
        claim = answer.claim
        status = "failed" if answer.error else "recognized"
        id, prediction_id = sql.to_uuid_hex(claim.id), predictions.get(claim.id)
        values += id, claim.revision, status, answer.error, prediction_id, at
    cursor.execute(
        sql.compose_statement(_UPDATE_DRAWINGS_SQL, row=_UPDATE_ROW_SQL, rows=len(answers)), values
    )
    return {sql.format_uuid(id) for (id,) in cursor.fetchall()}


def _build_event(group: BatchResult, answer: InferenceResult) -> protocol.JSON:
    claim, prediction = answer.claim, answer.prediction
    about = partial(protocol.event_body, id=claim.id, ref=claim.ref, revision=claim.revision)
    if answer.kept is not None:
        return about("prediction", **protocol.prediction_json(answer.kept))
    if prediction is None:
        return about("failed", **protocol.failure_fields(answer.error))
    fields = protocol.prediction_body(
        decision=prediction.decision,
        digit=prediction.digit,
        confidence=round(prediction.confidence, PROBABILITY_DECIMALS),
        probabilities=answer.probabilities,
        model=group.model.label,
        latency_ms=group.latency_ms,
    )
    return about("prediction", **fields)
