"""The second stage: a thread that sends a task for each batch, with few batches in flight."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Sequence

from django.conf import settings

from recognizer import protocol
from recognizer.ingest.drawing_batch_upsert import ENQUEUE_TIMEOUT_S, PendingDrawing
from recognizer.messaging.celery_task_sender import CannotPublish, TaskSender
from recognizer.prometheus_metrics import STAGE_SECONDS

log = logging.getLogger(__name__)

MAX_BATCHES_IN_FLIGHT = 2
BATCH_SLOT_TIMEOUT_S = 1.0
"""A batch without a result frees its slot after this time: its worker may have died."""


class BatchPublisher:
    """The queue of stored drawings that are not sent yet.

    A drawing that waits for ENQUEUE_TIMEOUT_S is left to the sweep, so that an unavailable broker
    costs no memory and no time.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._queued: dict[str, tuple[PendingDrawing, float]] = {}
        self._in_flight: dict[str, float] = {}  # when each was sent
        self._is_closed = False
        self._sender = TaskSender()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()

    def add(self, drawings: Sequence[PendingDrawing]) -> None:
        """Queue drawings. A newer revision replaces a queued older one."""
        expires_at = time.monotonic() + ENQUEUE_TIMEOUT_S
        with self._condition:
            for drawing in drawings:
                self._queued[drawing.id] = (drawing, expires_at)
            self._condition.notify()

    def release_batch_slot(self, batch_id: str) -> None:
        with self._condition:
            sent_at = self._in_flight.pop(batch_id, None)
            if sent_at is not None:
                STAGE_SECONDS.labels("answer").observe(time.monotonic() - sent_at)
                self._condition.notify()

    def close(self) -> None:
        """Send what can be sent immediately, then stop."""
        with self._condition:
            self._is_closed = True
            self._condition.notify()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while batch := self._next_batch():
            batch_id = uuid.uuid4().hex
            drawings = [(one.id, one.revision, one.ink) for one in batch]
            with self._condition:
                self._in_flight[batch_id] = time.monotonic()
            try:
                with STAGE_SECONDS.labels("send").time():
                    self._sender.send(protocol.encode_batch(batch_id, drawings))
            except CannotPublish as error:
                log.warning("A batch of %d is left to the sweep: %s", len(batch), error)
                self.release_batch_slot(batch_id)
        self._sender.close()

    def _next_batch(self) -> list[PendingDrawing]:
        """Wait for drawings and a free slot; empty after `close`."""
        batch: list[PendingDrawing] = []
        with self._condition:
            while not batch and (self._queued or not self._is_closed):
                if self._queued and (self._has_free_slot() or self._is_closed):
                    batch = self._take()
                else:
                    self._condition.wait(self._next_slot_in_s())
        return batch

    def _take(self) -> list[PendingDrawing]:
        """Return the oldest queued drawings, without those that are left to the sweep."""
        now = time.monotonic()
        batch: list[PendingDrawing] = []
        while self._queued and len(batch) < settings.INFERENCE_BATCH_SIZE:
            drawing, expires_at = self._queued.pop(next(iter(self._queued)))
            if expires_at > now:
                batch.append(drawing)
        return batch

    def _has_free_slot(self) -> bool:
        """A batch without results frees its slot after a timeout: its worker may have died."""
        oldest = time.monotonic() - BATCH_SLOT_TIMEOUT_S
        self._in_flight = {id: at for id, at in self._in_flight.items() if at > oldest}
        return len(self._in_flight) < MAX_BATCHES_IN_FLIGHT

    def _next_slot_in_s(self) -> float | None:
        if not self._queued or not self._in_flight:
            return None
        returns_at = min(self._in_flight.values()) + BATCH_SLOT_TIMEOUT_S
        return max(0.001, returns_at - time.monotonic())
