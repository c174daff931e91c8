"""Dispatch of due runs to the trainers. Runs are due if they are queued or their process died; the
database alone decides. Runs that cannot be trained are ended."""

from __future__ import annotations

import logging
import time
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from recognizer.messaging.celery_task_sender import CannotPublish, TaskSender
from recognizer.models import RunStatus, TrainingRun, Trigger
from recognizer.protocol import SCHEDULED_RUN_TASK, TRAIN_TASK, TRAINING_QUEUE
from recognizer.training.automatic_run_requests import count_new_labels
from recognizer.training.run_errors import RUN_ERRORS
from recognizer.training.run_leases import due_runs
from recognizer.webhooks.events import emit_ended_runs

log = logging.getLogger(__name__)

RESEND_INTERVAL_S = 5.0
"""Interval for sending a run again that no trainer has taken, because all are busy or none is
running."""


class RunDispatcher:
    """Sends due runs, and records when each was sent."""

    def __init__(self, sender: TaskSender) -> None:
        self._sender = sender
        self._sent_at: dict[UUID, float] = {}

    def send_due(self) -> int:
        """Send the due runs and return their number."""
        close_dead_runs()
        now = time.monotonic()
        waiting = list(due_runs().order_by("created_at").values_list("pk", flat=True))
        self._sent_at = {id: at for id, at in self._sent_at.items() if id in waiting}
        due = [
            id
            for id in waiting
            if now - self._sent_at.get(id, -RESEND_INTERVAL_S) >= RESEND_INTERVAL_S
        ]
        return sum(self._send(id) for id in due)

    def send_after_new_labels(self) -> bool:
        """Request a scheduled run if there are enough new labels since the last run."""
        num_required = settings.RETRAIN_AFTER_NEW_LABELS
        if not num_required or count_new_labels(num_required) < num_required:
            return False
        return self._publish(SCHEDULED_RUN_TASK, Trigger.NEW_LABELS)

    def _send(self, id: UUID) -> bool:
        is_sent = self._publish(TRAIN_TASK, str(id))
        if is_sent:
            self._sent_at[id] = time.monotonic()
        return is_sent

    def _publish(self, task: str, argument: str) -> bool:
        """Send a task, unless tasks wait in the queue because no trainer is free."""
        try:
            if self._sender.count_waiting(TRAINING_QUEUE):
                return False
            self._sender.send_task(task, argument, queue=TRAINING_QUEUE)
        except CannotPublish as error:
            log.warning("%s could not be sent: %s", task, error)
            return False
        return True


def close_dead_runs() -> int:
    """End the runs whose process died too often, or died after a cancellation. Return their
    number."""
    dead = due_runs()
    cancelled = dead.filter(cancelled_at__isnull=False)
    count = _finish(cancelled, status=RunStatus.CANCELLED)
    exhausted = dead.filter(attempts__gte=settings.TRAINING_MAX_ATTEMPTS)
    failed = _finish(exhausted, status=RunStatus.FAILED, error="died", detail=RUN_ERRORS["died"])
    if failed:
        log.error("%d runs failed: their processes died repeatedly", failed)
    return count + failed


def _finish(runs: QuerySet[TrainingRun], **fields: str) -> int:
    ids = list(runs.values_list("pk", flat=True))
    if not ids:
        return 0
    with transaction.atomic():
        count = runs.filter(pk__in=ids).update(
            ended_at=Now(), lease_until=None, progress={}, **fields
        )
        if count:  # another maintenance process may have been faster
            emit_ended_runs(ids)
    return count
