"""Storing of a batch of drawings in one transaction, with one statement per step.

The SQL runs on SQLite and on PostgreSQL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from recognizer import protocol
from recognizer.db import portable_sql
from recognizer.ingest.fair_batches import PendingDrawing
from recognizer.ingest.submission_types import Accepted, CannotAccept, Key, Outcome, Submission
from recognizer.messaging.event_publisher import DrawingEvent
from recognizer.models import Label, LabelKind, LabelSource, uuid7

ENQUEUE_TIMEOUT_S = 2.0
"""The web process that stored a drawing sends it within this time; then the sweep does."""

_ROW_TYPES = (
    *("uuid", "bigint", "uuid", "integer", "text", "text", "text"),
    *("timestamptz", "timestamptz", "integer", "bigint"),
)

_UPSERT_SQL = """
WITH submitted(id, owner_id, ref, revision, ink, picture, pointer, created_at, drawn_at, claim,
  cursor) AS ({rows})
INSERT INTO recognizer_drawing (id, owner_id, ref, revision, ink, picture, pointer, created_at,
  drawn_at, claim, cursor, status, error, attempts, due_at)
SELECT id, owner_id, ref, revision, ink, picture, pointer, created_at, drawn_at, claim, cursor,
  'queued', '', 0, {later} FROM submitted WHERE true
ON CONFLICT (owner_id, ref) DO UPDATE SET
  revision = excluded.revision, ink = excluded.ink, picture = excluded.picture,
  pointer = excluded.pointer, drawn_at = excluded.drawn_at, status = excluded.status,
  error = excluded.error, attempts = excluded.attempts, lease_until = NULL,
  due_at = excluded.due_at, prediction_id = NULL, claim = excluded.claim, cursor = excluded.cursor
WHERE recognizer_drawing.revision < excluded.revision AND recognizer_drawing.deleted_at IS NULL
  AND recognizer_drawing.picture = ''
RETURNING id{as_text}, owner_id, ref{as_text}, created_at
"""

_SELECT_SQL = """
WITH requested(owner_id, ref) AS ({rows})
SELECT d.id{as_text}, d.owner_id, d.ref{as_text}, d.revision, d.ink, d.picture, d.status,
  d.deleted_at
FROM requested
JOIN recognizer_drawing d ON d.owner_id = requested.owner_id AND d.ref = requested.ref
"""


@dataclass(frozen=True, slots=True)
class StoreResult:
    """The outcome of each submission, in order; the drawings to recognize; the events to send."""

    outcomes: list[Outcome] = field(default_factory=list)
    pending: list[PendingDrawing] = field(default_factory=list)
    events: list[DrawingEvent] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _ExistingRow:
    """The stored row of a drawing for which the upsert changed nothing."""

    id: UUID
    revision: int
    ink: str
    picture: str
    status: str
    is_deleted: bool


def store_batch(batch: Sequence[Submission]) -> StoreResult:
    """Store the newest revision of each drawing of a batch in one transaction."""
    newest = _newest_revisions(batch)
    stored = StoreResult()
    with transaction.atomic(), portable_sql.open_cursor() as cursor:
        steps = Counter(owner_id for owner_id, _ in newest)
        cursors = portable_sql.advance_feeds(cursor, steps)
        written = _upsert_rows(cursor, newest, cursors, stored)
        _store_prompted_claims(newest, written)
        found = _load_existing(cursor, [key for key in newest if key not in written])
    resolved = {
        key: _resolve_outcome(one, written.get(key), found.get(key)) for key, one in newest.items()
    }
    seen: set[Key] = set()
    for submission in batch:
        one, key = newest[submission.key], submission.key
        replaced = key in written and key not in seen and submission.revision < one.revision
        stored.outcomes.append(
            _outcome_of_submission(submission, one, resolved[key], is_replaced=replaced)
        )
        if submission is one:
            seen.add(key)
    return stored


def _newest_revisions(batch: Sequence[Submission]) -> dict[Key, Submission]:
    """Return the first submission of the highest revision of each drawing, in locking order."""
    newest: dict[Key, Submission] = {}
    for submission in batch:
        other = newest.get(submission.key)
        if other is None or submission.revision > other.revision:
            newest[submission.key] = submission
    return dict(sorted(newest.items()))


def _upsert_rows(
    cursor: CursorWrapper,
    newest: dict[Key, Submission],
    cursors: dict[int, int],
    stored: StoreResult,
) -> dict[Key, tuple[UUID, bool]]:
    """Insert or update rows; return (id, created) of each, and add to `stored`."""
    now = timezone.now()
    adapt = connection.ops.adapt_datetimefield_value
    ids = {key: uuid7() for key in newest}
    taken: dict[Key, int] = {}
    rows: list[tuple[Any, ...]] = []
    for key, one in newest.items():
        taken[key] = cursors[one.owner_id]
        cursors[one.owner_id] += 1
        given = one.revision, one.ink, one.picture, one.pointer
        created_at = adapt(now - timedelta(seconds=one.age_s))
        times_and_state = created_at, adapt(now), one.prompt, taken[key]
        rows.append((ids[key].hex, one.owner_id, one.ref.hex, *given, *times_and_state))
    portable_sql.execute_with_rows(cursor, _UPSERT_SQL, _ROW_TYPES, rows, later_s=ENQUEUE_TIMEOUT_S)
    written = {}
    for raw_id, owner_id, raw_ref, created_at in cursor.fetchall():
        key, digits = (
            (owner_id, portable_sql.to_uuid_hex(raw_ref)),
            portable_sql.to_uuid_hex(raw_id),
        )
        one, is_new = newest[key], digits == ids[key].hex
        id = portable_sql.format_uuid(raw_id)
        written[key] = (ids[key] if is_new else UUID(digits), is_new)
        ref = str(one.ref)
        stored.pending.append(PendingDrawing(id, one.owner_id, one.revision, one.ink, ref))
        body = protocol.drawing_body(
            id=id,
            ref=ref,
            revision=one.revision,
            status="queued",
            claim=one.prompt,
            created_at=portable_sql.format_timestamp(created_at),
        )
        stored.events.append(DrawingEvent(one.owner_id, taken[key], {"type": "drawing", **body}))
    stored.events.extend(
        DrawingEvent(key[0], taken[key], None) for key in newest if key not in written
    )
    return written


def _store_prompted_claims(
    newest: dict[Key, Submission], written: dict[Key, tuple[UUID, bool]]
) -> None:
    """Store the prompts of challenges as claims. They precede the prediction, and a claim alone
    decides no ground truth, so nothing else follows from them."""
    claims = [
        Label(
            drawing_id=written[key][0],
            author_id=one.owner_id,
            kind=LabelKind.CLAIM,
            revision=one.revision,
            value=one.prompt,
            source=LabelSource.PROMPT,
        )
        for key, one in newest.items()
        if one.prompt is not None and key in written
    ]
    if claims:
        Label.objects.bulk_create(claims)


def _load_existing(cursor: CursorWrapper, keys: Sequence[Key]) -> dict[Key, _ExistingRow]:
    if not keys:
        return {}
    portable_sql.execute_with_rows(cursor, _SELECT_SQL, ("bigint", "uuid"), keys)
    return {
        (owner_id, portable_sql.to_uuid_hex(ref)): _ExistingRow(
            UUID(portable_sql.to_uuid_hex(id)),
            revision,
            ink,
            picture,
            status,
            deleted_at is not None,
        )
        for id, owner_id, ref, revision, ink, picture, status, deleted_at in cursor.fetchall()
    }


def _resolve_outcome(
    one: Submission, written: tuple[UUID, bool] | None, found: _ExistingRow | None
) -> Outcome:
    if written:
        return Accepted(written[0], one.ref, one.revision, "queued", created=written[1])
    if found is None or found.is_deleted:  # None: erased between the two statements
        return CannotAccept("deleted")
    if found.revision > one.revision:
        return CannotAccept("stale")
    if (found.ink, found.picture) != (one.ink, one.picture):
        return CannotAccept("conflict")
    return Accepted(found.id, one.ref, one.revision, found.status, created=False)


def _outcome_of_submission(
    submission: Submission, one: Submission, outcome: Outcome, *, is_replaced: bool
) -> Outcome:
    """Return the outcome of a submission. `one` is the newest submission of the same drawing, and
    `outcome` is its outcome.

    The result is as if the submissions had been stored one after the other, in their order.
    """
    if submission is one:
        return outcome
    if isinstance(outcome, CannotAccept):
        return outcome if outcome.code == "deleted" else CannotAccept("stale")
    if is_replaced:
        return Accepted(outcome.id, submission.ref, submission.revision, "queued", created=False)
    if submission.revision < one.revision:
        return CannotAccept("stale")
    return outcome if submission.has_same_ink(one) else CannotAccept("conflict")
