"""Sends runs to the trainers: those that wait, those whose process died; ends those that cannot be
trained. The database alone says what is due."""

from __future__ import annotations

import logging
import time
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now

from recognizer.contract import SCHEDULED_RUN, TRAIN, TRAINING_QUEUE
from recognizer.models import RunStatus, TrainingRun, Trigger
from recognizer.queue import CannotPublish, Sender
from recognizer.training.failures import FAILURES
from recognizer.training.lease import due_runs
from recognizer.training.schedule import count_new_truths

log = logging.getLogger(__name__)

AGAIN_AFTER_S = 5.0
"""A run that nobody took: its trainer is busy with another one, or there is none."""


class RunSweep:
    """One round a call; remembers what it sent when."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._sent_at: dict[UUID, float] = {}

    def send_due(self) -> int:
        """The number of runs sent."""
        end_hopeless()
        now = time.monotonic()
        waiting = list(due_runs().order_by("created_at").values_list("pk", flat=True))
        self._sent_at = {id: at for id, at in self._sent_at.items() if id in waiting}
        due = [id for id in waiting if now - self._sent_at.get(id, -AGAIN_AFTER_S) >= AGAIN_AFTER_S]
        return sum(self._send(id) for id in due)

    def send_after_truths(self) -> bool:
        """Ask for a run when enough was found out since the last one."""
        wanted = settings.RETRAIN_AFTER_TRUTHS
        if not wanted or count_new_truths() < wanted:
            return False
        return self._publish(SCHEDULED_RUN, Trigger.NEW_LABELS)

    def _send(self, id: UUID) -> bool:
        is_sent = self._publish(TRAIN, str(id))
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


def end_hopeless() -> int:
    """Runs whose process died too often, or died when it was asked to stop; how many."""
    dead = due_runs()
    stopped = dead.filter(cancelled_at__isnull=False)
    count = _end(stopped, status=RunStatus.CANCELLED)
    exhausted = dead.filter(attempts__gte=settings.TRAINING_ATTEMPTS)
    failed = _end(exhausted, status=RunStatus.FAILED, error="died", detail=FAILURES["died"])
    if failed:
        log.error("%d runs failed: their processes died again and again", failed)
    return count + failed


def _end(runs: QuerySet[TrainingRun], **fields: str) -> int:
    return runs.update(ended_at=Now(), lease_until=None, progress={}, **fields)
