"""Sends runs to the trainers: those that wait, those whose process died; ends those that cannot be
trained. The database alone says what is due."""

from __future__ import annotations

import logging
import time
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now

from recognizer.messaging.task_queue import CannotPublish, TaskSender
from recognizer.models import RunStatus, TrainingRun, Trigger
from recognizer.protocol import SCHEDULED_RUN_TASK, TRAIN_TASK, TRAINING_QUEUE
from recognizer.training.lease import due_runs
from recognizer.training.run_errors import RUN_ERRORS
from recognizer.training.schedule import count_new_labels

log = logging.getLogger(__name__)

RESEND_INTERVAL_S = 5.0
"""A run that nobody took: its trainer is busy with another one, or there is none."""


class RunDispatcher:
    """One round a call; remembers what it sent when."""

    def __init__(self, sender: TaskSender) -> None:
        self._sender = sender
        self._sent_at: dict[UUID, float] = {}

    def send_due(self) -> int:
        """The number of runs sent."""
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
        """Ask for a run when enough was found out since the last one."""
        wanted = settings.RETRAIN_AFTER_NEW_LABELS
        if not wanted or count_new_labels() < wanted:
            return False
        return self._publish(SCHEDULED_RUN_TASK, Trigger.NEW_LABELS)

    def _send(self, id: UUID) -> bool:
        is_sent = self._publish(TRAIN_TASK, str(id))
        if is_sent:
            self._sent_at[id] = time.monotonic()
        return is_sent

    def _publish(self, task: str, argument: str) -> bool:
        """Not while others wait in the broker: there is nobody to take them."""
        try:
            if self._sender.count_waiting(TRAINING_QUEUE):
                return False
            self._sender.send_task(task, argument, queue=TRAINING_QUEUE)
        except CannotPublish as error:
            log.warning("%s is not sent now: %s", task, error)
            return False
        return True


def close_dead_runs() -> int:
    """Runs whose process died too often, or died when it was asked to stop; how many."""
    dead = due_runs()
    stopped = dead.filter(cancelled_at__isnull=False)
    count = _finish(stopped, status=RunStatus.CANCELLED)
    exhausted = dead.filter(attempts__gte=settings.TRAINING_MAX_ATTEMPTS)
    failed = _finish(exhausted, status=RunStatus.FAILED, error="died", detail=RUN_ERRORS["died"])
    if failed:
        log.error("%d runs failed: their processes died again and again", failed)
    return count + failed


def _finish(runs: QuerySet[TrainingRun], **fields: str) -> int:
    return runs.update(ended_at=Now(), lease_until=None, progress={}, **fields)
