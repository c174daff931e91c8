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

from recognizer import contract, sql
from recognizer.delivery import Change
from workers.answering import DECIMALS, Answer, Answers

_PREDICT_ROW = """({uuid}, {integer}, {bigint}, {text}, {integer}, %s, {jsonb}, %s, %s,
  {timestamptz})"""

_PREDICT = """
INSERT INTO recognizer_prediction (drawing_id, revision, model_id, decision, digit, confidence,
  probabilities, raster, latency_ms, created_at)
VALUES {rows}
ON CONFLICT (drawing_id, revision, model_id) DO NOTHING
RETURNING id, drawing_id
"""

_READ = """
WITH wanted(id, revision) AS (VALUES {rows})
SELECT p.id, p.drawing_id FROM wanted JOIN recognizer_prediction p
  ON p.drawing_id = wanted.id AND p.revision = wanted.revision AND p.model_id = {bigint}
"""

_POINT_ROW = "({uuid}, {integer}, {text}, {text}, {bigint}, {bigint})"

_POINT = """
WITH answer(id, revision, status, error, prediction_id, cursor) AS (VALUES {rows})
UPDATE recognizer_drawing SET status = answer.status, error = answer.error,
  prediction_id = answer.prediction_id, cursor = answer.cursor, lease_until = NULL, due_at = NULL
FROM answer
WHERE recognizer_drawing.id = answer.id AND recognizer_drawing.revision = answer.revision
  AND recognizer_drawing.status = 'queued' AND recognizer_drawing.deleted_at IS NULL
RETURNING recognizer_drawing.id
"""


def store_answers(answers: Answers) -> list[Change]:
    """Store them; the changes to tell. When one of them cannot be stored, the others still are."""
    try:
        return _store(answers, answers.answers)
    except IntegrityError:  # a drawing or its owner was erased meanwhile
        changes = []
        for answer in answers.answers:
            try:
                changes += _store(answers, [answer])
            except IntegrityError:
                continue
        return changes


def _store(group: Answers, answers: Sequence[Answer]) -> list[Change]:
    steps = Counter(answer.claim.owner_id for answer in answers)
    with transaction.atomic(), connection.cursor() as cursor:
        cursors = sql.advance_feeds(cursor, steps)
        taken = []
        for answer in answers:
            taken.append(cursors[answer.claim.owner_id])
            cursors[answer.claim.owner_id] += 1
        predictions = _insert_predictions(cursor, group, answers)
        pointed = _point(cursor, answers, predictions, taken)
    changes = []
    for answer, at in zip(answers, taken, strict=True):
        is_current = answer.claim.id in pointed
        body = _event(group, answer) if is_current else None
        changes.append(Change(answer.claim.owner_id, at, body))
    return changes


def _insert_predictions(
    cursor: CursorWrapper, group: Answers, answers: Sequence[Answer]
) -> dict[str, int]:
    """The row of each answer by its drawing; one that another worker stored before is found."""
    kept = {answer.claim.id: answer.kept.pk for answer in answers if answer.kept}
    given = [answer for answer in answers if answer.prediction]
    if not given:
        return kept
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    values = [value for answer in given for value in _values(group, answer, now)]
    cursor.execute(sql.compose(_PREDICT, row=_PREDICT_ROW, rows=len(given)), values)
    rows = kept | {sql.uuid_text(drawing_id): id for id, drawing_id in cursor.fetchall()}
    missing = [answer.claim for answer in given if answer.claim.id not in rows]
    if missing:
        values = []
        for claim in missing:
            values += sql.uuid_digits(claim.id), claim.revision
        statement = sql.compose(_READ, row="({uuid}, {integer})", rows=len(missing))
        cursor.execute(statement, [*values, group.model.model_id])
        rows |= {sql.uuid_text(drawing_id): id for id, drawing_id in cursor.fetchall()}
    return rows


def _values(group: Answers, answer: Answer, now: object) -> list[Any]:
    claim, prediction = answer.claim, answer.prediction
    if prediction is None:
        raise ValueError("A failure has no row.")
    return [
        sql.uuid_digits(claim.id),
        claim.revision,
        group.model.model_id,
        prediction.decision,
        prediction.digit,
        round(prediction.confidence, DECIMALS),
        orjson.dumps(answer.probabilities).decode(),
        prediction.raster,
        group.latency_ms,
        now,
    ]


def _point(
    cursor: CursorWrapper,
    answers: Sequence[Answer],
    predictions: dict[str, int],
    cursors: Sequence[int],
) -> set[str]:
    """Point the drawings to their answers; those that are still at the revision answered."""
    values: list[Any] = []
    for answer, at in zip(answers, cursors, strict=True):
        claim = answer.claim
        status = "failed" if answer.error else "recognized"
        id, prediction_id = sql.uuid_digits(claim.id), predictions.get(claim.id)
        values += id, claim.revision, status, answer.error, prediction_id, at
    cursor.execute(sql.compose(_POINT, row=_POINT_ROW, rows=len(answers)), values)
    return {sql.uuid_text(id) for (id,) in cursor.fetchall()}


def _event(group: Answers, answer: Answer) -> contract.JSON:
    claim, prediction = answer.claim, answer.prediction
    about = partial(contract.change, id=claim.id, ref=claim.ref, revision=claim.revision)
    if answer.kept is not None:
        return about("prediction", **contract.prediction_json(answer.kept))
    if prediction is None:
        return about("failed", **contract.failure_fields(answer.error))
    fields = contract.answer_json(
        decision=prediction.decision,
        digit=prediction.digit,
        confidence=round(prediction.confidence, DECIMALS),
        probabilities=answer.probabilities,
        model=group.model.label,
        latency_ms=group.latency_ms,
    )
    return about("prediction", **fields)
