"""Requeueing of drawings whose task was lost, or whose worker died.

Only the database decides which drawings are due, by its own clock.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, QuerySet
from django.db.models.functions import Now

from recognizer import protocol
from recognizer.messaging import event_publisher
from recognizer.messaging.celery_task_sender import CannotPublish, TaskSender
from recognizer.models import Drawing, Feed, Status

log = logging.getLogger(__name__)

REQUEUE_INTERVAL_S = 2.0
MAX_QUEUED_TASKS = 32
"""With more tasks in the broker, none is lost, and duplicates would only lengthen the queue."""
MAX_RETRIED_DRAWINGS = 128


@dataclass(frozen=True, slots=True)
class DueDrawing:
    """A drawing whose prediction is overdue."""

    id: UUID
    revision: int
    ink: str


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
        event_publisher.publish_user_events(user_id=owner_id, events=[event])
    return bool(failed)


def _requeue_due(sender: TaskSender) -> int:
    """Send a drawing that was tried before alone: it may have killed its worker."""
    free = MAX_QUEUED_TASKS - sender.count_waiting()
    if free <= 0:
        return 0
    singles = _reserve_due(
        _due_drawings().filter(attempts__gt=0, attempts__lt=settings.RECOGNITION_MAX_ATTEMPTS),
        MAX_RETRIED_DRAWINGS,
    )
    for due in singles:
        _send_batch(sender, [due])
    untried = _reserve_due(_due_drawings().filter(attempts=0), free * settings.INFERENCE_BATCH_SIZE)
    for start in range(0, len(untried), settings.INFERENCE_BATCH_SIZE):
        _send_batch(sender, untried[start : start + settings.INFERENCE_BATCH_SIZE])
    sent = len(singles) + len(untried)
    if sent:
        log.info("Requeued %d drawings", sent)
    return sent


def _reserve_due(due: QuerySet[Drawing], limit: int) -> list[DueDrawing]:
    """Return the longest overdue drawings and postpone them, so that another sweep takes others."""
    with transaction.atomic():
        rows = due.select_for_update(skip_locked=True).order_by("due_at")
        taken = [DueDrawing(*row) for row in rows.values_list("pk", "revision", "ink")[:limit]]
        again = ExpressionWrapper(
            Now() + timedelta(seconds=REQUEUE_INTERVAL_S), output_field=DateTimeField()
        )
        Drawing.objects.filter(pk__in=[one.id for one in taken]).update(due_at=again)
    return taken


def _send_batch(sender: TaskSender, batch: Sequence[DueDrawing]) -> None:
    drawings = ((str(due.id), due.revision, due.ink) for due in batch)
    sender.send(protocol.encode_batch(uuid.uuid4().hex, drawings))


def _due_drawings() -> QuerySet[Drawing]:
    return Drawing.objects.filter(status=Status.QUEUED, deleted_at=None, due_at__lte=Now())
