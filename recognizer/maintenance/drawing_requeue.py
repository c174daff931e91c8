"""Brings back what was lost on its way: drawings nobody took, and those whose worker died.

The database alone says what is due, by its own clock; a broker that is away is tried again.
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
from recognizer.messaging.task_queue import CannotPublish, TaskSender
from recognizer.models import Drawing, Feed, Status

log = logging.getLogger(__name__)

REQUEUE_INTERVAL_S = 2.0
MAX_QUEUED_TASKS = 32
"""While more tasks than this lie in the broker it has lost nothing, and duplicates would only
make the queue longer."""
MAX_RETRIED_DRAWINGS = 128


@dataclass(frozen=True, slots=True)
class DueDrawing:
    """A drawing that should have had its answer by now."""

    id: UUID
    revision: int
    ink: str


def requeue_due_drawings(sender: TaskSender) -> int:
    """One round; the number of drawings sent again."""
    fail_exhausted_drawings()
    try:
        return _requeue_due(sender)
    except CannotPublish as error:
        log.warning("Nothing can be sent again now: %s", error)
        return 0


def fail_exhausted_drawings() -> int:
    """Drawings that took all their attempts and their workers with them; how many."""
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
        log.error(
            "Drawing %s failed: its workers died %d times", id, settings.RECOGNITION_MAX_ATTEMPTS
        )
        event = protocol.failed_event(Drawing.objects.get(pk=id))
        event_publisher.publish_user_events(user_id=owner_id, events=[event])
    return bool(failed)


def _requeue_due(sender: TaskSender) -> int:
    """A drawing that was tried before goes alone: it may be what killed its worker."""
    room = MAX_QUEUED_TASKS - sender.count_waiting()
    if room <= 0:
        return 0
    singles = _reserve_due(
        _due_drawings().filter(attempts__gt=0, attempts__lt=settings.RECOGNITION_MAX_ATTEMPTS),
        MAX_RETRIED_DRAWINGS,
    )
    for due in singles:
        _send_batch(sender, [due])
    untried = _reserve_due(_due_drawings().filter(attempts=0), room * settings.INFERENCE_BATCH_SIZE)
    for start in range(0, len(untried), settings.INFERENCE_BATCH_SIZE):
        _send_batch(sender, untried[start : start + settings.INFERENCE_BATCH_SIZE])
    sent = len(singles) + len(untried)
    if sent:
        log.info("Sent %d drawings again", sent)
    return sent


def _reserve_due(due: QuerySet[Drawing], limit: int) -> list[DueDrawing]:
    """The longest due, which for a while are not due again; another sweep takes other ones."""
    with transaction.atomic():
        rows = due.select_for_update(skip_locked=True).order_by("due_at")
        taken = [DueDrawing(*row) for row in rows.values_list("pk", "revision", "ink")[:limit]]
        again = ExpressionWrapper(
            Now() + timedelta(seconds=REQUEUE_INTERVAL_S), output_field=DateTimeField()
        )
        Drawing.objects.filter(pk__in=[one.id for one in taken]).update(due_at=again)
    return taken


def _send_batch(sender: TaskSender, group: Sequence[DueDrawing]) -> None:
    jobs = ((str(due.id), due.revision, due.ink) for due in group)
    sender.send(protocol.encode_batch(uuid.uuid4().hex, jobs))


def _due_drawings() -> QuerySet[Drawing]:
    return Drawing.objects.filter(status=Status.QUEUED, deleted_at=None, due_at__lte=Now())
