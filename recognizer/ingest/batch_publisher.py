"""The second stage: sends one task for each written group, a bounded number of them unanswered."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Sequence

from django.conf import settings

from recognizer import protocol
from recognizer.ingest.drawing_store import ENQUEUE_TIMEOUT_S, PendingDrawing
from recognizer.messaging.task_queue import CannotPublish, TaskSender
from recognizer.metrics import STAGE_SECONDS

log = logging.getLogger(__name__)

MAX_BATCHES_IN_FLIGHT = 2
BATCH_SLOT_TIMEOUT_S = 1.0
"""A batch without a result frees its slot after this time: its worker may have died."""


class BatchPublisher:
    """Holds what is written and not yet sent. What it cannot send in time it leaves to the sweep,
    so that a broker that is away costs neither memory nor anybody's time."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[str, tuple[PendingDrawing, float]] = {}
        self._in_flight: dict[str, float] = {}  # when each was sent
        self._is_closed = False
        self._sender = TaskSender()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()

    def add(self, jobs: Sequence[PendingDrawing]) -> None:
        """A newer revision takes the place of an older one that still waits."""
        leave_at = time.monotonic() + ENQUEUE_TIMEOUT_S
        with self._changed:
            for job in jobs:
                self._waiting[job.id] = (job, leave_at)
            self._changed.notify()

    def release_batch_slot(self, batch_id: str) -> None:
        with self._changed:
            sent_at = self._in_flight.pop(batch_id, None)
            if sent_at is not None:
                STAGE_SECONDS.labels("answer").observe(time.monotonic() - sent_at)
                self._changed.notify()

    def close(self) -> None:
        """Send what can be sent at once, then stop."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while group := self._next_batch():
            batch_id = uuid.uuid4().hex
            jobs = [(job.id, job.revision, job.ink) for job in group]
            with self._changed:
                self._in_flight[batch_id] = time.monotonic()
            try:
                with STAGE_SECONDS.labels("send").time():
                    self._sender.send(protocol.encode_batch(batch_id, jobs))
            except CannotPublish as error:
                log.warning("A group of %d is left to the sweep: %s", len(group), error)
                self.release_batch_slot(batch_id)
        self._sender.close()

    def _next_batch(self) -> list[PendingDrawing]:
        """Wait for drawings and for credit; empty when there is nothing more to do."""
        group: list[PendingDrawing] = []
        with self._changed:
            while not group and (self._waiting or not self._is_closed):
                if self._waiting and (self._has_free_slot() or self._is_closed):
                    group = self._take()
                else:
                    self._changed.wait(self._next_slot_in_s())
        return group

    def _take(self) -> list[PendingDrawing]:
        """The oldest that wait, without those that are the sweep's by now."""
        now = time.monotonic()
        group: list[PendingDrawing] = []
        while self._waiting and len(group) < settings.INFERENCE_BATCH_SIZE:
            job, leave_at = self._waiting.pop(next(iter(self._waiting)))
            if leave_at > now:
                group.append(job)
        return group

    def _has_free_slot(self) -> bool:
        """A group counts as unanswered for a second at most: its worker may have died."""
        oldest = time.monotonic() - BATCH_SLOT_TIMEOUT_S
        self._in_flight = {id: at for id, at in self._in_flight.items() if at > oldest}
        return len(self._in_flight) < MAX_BATCHES_IN_FLIGHT

    def _next_slot_in_s(self) -> float | None:
        if not self._waiting or not self._in_flight:
            return None
        returns_at = min(self._in_flight.values()) + BATCH_SLOT_TIMEOUT_S
        return max(0.001, returns_at - time.monotonic())
