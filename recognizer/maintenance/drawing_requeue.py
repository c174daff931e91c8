"""Requeueing of drawings whose task was lost, or whose worker died.

Only the database decides which drawings are due, by its own clock.
"""

from __future__ import annotations

import logging
import math
import uuid
from collections.abc import Sequence
from datetime import timedelta
from itertools import chain, islice, zip_longest
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, Q, QuerySet, Value
from django.db.models.functions import Length, Now, Replace

from recognizer import protocol
from recognizer.ingest.fair_batches import HEAVY_INK_POINTS, FairQueue, PendingDrawing
from recognizer.messaging import event_publisher
from recognizer.messaging.celery_task_sender import CannotPublish, TaskSender
from recognizer.models import Drawing, Feed, Status
from recognizer.trace_log import trace

log = logging.getLogger(__name__)

REQUEUE_INTERVAL_S = 2.0
MAX_QUEUED_TASKS = 32
"""With more tasks in the broker, none is lost, and duplicates would only lengthen the queue."""
MAX_QUEUED_HEAVY_TASKS = 8
MAX_RETRIED_DRAWINGS = 128
MAX_DUE_DRAWINGS_PER_USER = 64
"""Of a user with many overdue drawings, this many at a time, so that other users wait less."""
MAX_SCANNED_DRAWINGS = 20_000


def requeue_due_drawings(sender: TaskSender) -> int:
    """Send overdue drawings again. Return their number."""
    fail_exhausted_drawings()
    try:
        return _requeue_due(sender)
    except CannotPublish as error:
        log.warning("Cannot requeue drawings: %s", error)
        return 0


def fail_exhausted_drawings() -> int:
    """Fail drawings whose workers died in every attempt. Return their number."""
    exhausted = list(
        _due_drawings()
        .filter(attempts__gte=settings.RECOGNITION_MAX_ATTEMPTS)
        .values_list("pk", "owner_id")
    )
    return sum(_fail_drawing(id, owner_id) for id, owner_id in exhausted)


def _fail_drawing(id: UUID, owner_id: int) -> bool:
    with transaction.atomic():
        cursor = Feed.advance(owner_id)
        exhausted = _due_drawings().filter(pk=id, attempts__gte=settings.RECOGNITION_MAX_ATTEMPTS)
        failed = exhausted.update(
            status=Status.FAILED, error="worker_died", cursor=cursor, due_at=None, lease_until=None
        )
    if failed:
        log.error("Drawing %s failed: %d workers died", id, settings.RECOGNITION_MAX_ATTEMPTS)
        event = protocol.failed_event(Drawing.objects.get(pk=id))
        event_publisher.publish_on_commit([(owner_id, event)])
    return bool(failed)


def _requeue_due(sender: TaskSender) -> int:
    points = Length("ink") - Length(Replace("ink", Value("[")))
    due = _due_drawings().annotate(points=points)
    heavy = Q(ink="") | Q(points__gt=HEAVY_INK_POINTS)
    sent = _requeue_lane(sender, due.exclude(heavy), protocol.RECOGNITION_QUEUE, MAX_QUEUED_TASKS)
    sent += _requeue_lane(
        sender, due.filter(heavy), protocol.HEAVY_RECOGNITION_QUEUE, MAX_QUEUED_HEAVY_TASKS
    )
    if sent:
        log.info("Requeued %d drawings", sent)
    return sent


def _requeue_lane(
    sender: TaskSender, due: QuerySet[Drawing], queue: str, max_queued_tasks: int
) -> int:
    """Send a drawing that was tried before alone: it may have killed its worker."""
    free = max_queued_tasks - sender.count_waiting(queue)
    if free <= 0:
        return 0
    singles = _reserve_due(
        due.filter(attempts__gt=0, attempts__lt=settings.RECOGNITION_MAX_ATTEMPTS),
        min(MAX_RETRIED_DRAWINGS, max_queued_tasks),
    )
    for single in singles:
        _send_batch(sender, [single], queue)
    untried = _reserve_due(due.filter(attempts=0), free * settings.INFERENCE_BATCH_SIZE)
    waiting = FairQueue()
    for drawing in untried:
        waiting.add(drawing, expires_at=math.inf)
    while batch := waiting.take_batch(settings.INFERENCE_BATCH_SIZE):
        _send_batch(sender, batch, queue)
    return len(singles) + len(untried)


def _reserve_due(due: QuerySet[Drawing], limit: int) -> list[PendingDrawing]:
    """Return the longest overdue drawings and postpone them, so that another sweep takes others."""
    ids = _choose_by_turns(due, limit)
    with transaction.atomic():
        rows = due.filter(pk__in=ids).select_for_update(skip_locked=True).order_by("due_at")
        fields = rows.values_list("pk", "owner_id", "revision", "ink", "ref")
        taken = [
            PendingDrawing(str(id), owner_id, revision, ink, str(ref))
            for id, owner_id, revision, ink, ref in fields
        ]
        again = ExpressionWrapper(
            Now() + timedelta(seconds=REQUEUE_INTERVAL_S), output_field=DateTimeField()
        )
        Drawing.objects.filter(pk__in=[one.id for one in taken]).update(due_at=again)
    return taken


def _choose_by_turns(due: QuerySet[Drawing], limit: int) -> list[UUID]:
    """Return the ids of overdue drawings, of each user in turn, the longest overdue first."""
    by_user: dict[int, list[UUID]] = {}
    rows = due.order_by("due_at").values_list("pk", "owner_id")[:MAX_SCANNED_DRAWINGS]
    for id, owner_id in rows:
        by_user.setdefault(owner_id, []).append(id)
    shares = (ids[:MAX_DUE_DRAWINGS_PER_USER] for ids in by_user.values())
    turns = chain.from_iterable(zip_longest(*shares))
    return list(islice((id for id in turns if id is not None), limit))


def _send_batch(sender: TaskSender, batch: Sequence[PendingDrawing], queue: str) -> None:
    batch_id, drawings = uuid.uuid4().hex, ((due.id, due.revision, due.ink) for due in batch)
    sender.send(protocol.encode_batch(batch_id, drawings), queue=queue)
    trace("requeued", ((due.ref, due.revision) for due in batch), batch_id=batch_id)


def _due_drawings() -> QuerySet[Drawing]:
    """Return the overdue drawings in the order of their index. In the default order, SQLite may
    read all drawings of a large table."""
    is_free = Q(lease_until=None) | Q(lease_until__lte=Now())
    due = Drawing.objects.filter(is_free, status=Status.QUEUED, deleted_at=None, due_at__lte=Now())
    return due.order_by("due_at")
