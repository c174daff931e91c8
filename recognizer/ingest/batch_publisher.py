"""The second stage: a thread that sends a task for each batch, with few batches in flight.

Usual and heavy drawings have a lane each, so that neither waits for the other.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings

from recognizer import protocol
from recognizer.ingest.drawing_batch_upsert import ENQUEUE_TIMEOUT_S
from recognizer.ingest.fair_batches import FairQueue, PendingDrawing
from recognizer.messaging.celery_task_sender import CannotPublish, TaskSender
from recognizer.messaging.event_publisher import create_batch_id
from recognizer.prometheus_metrics import STAGE_SECONDS
from recognizer.trace_log import batch_context, trace

log = logging.getLogger(__name__)

MAX_BATCHES_IN_FLIGHT = 2
BATCH_SLOT_TIMEOUT_S = 1.0
"""A batch without a result frees its slot after this time: its worker may have died."""


@dataclass(slots=True)
class _Lane:
    """The waiting drawings of a task queue, and when each of its batches in flight was sent."""

    queue: str
    waiting: FairQueue = field(default_factory=FairQueue)
    in_flight: dict[str, float] = field(default_factory=dict)

    def has_free_slot(self) -> bool:
        """A batch without results frees its slot after a timeout: its worker may have died."""
        oldest = time.monotonic() - BATCH_SLOT_TIMEOUT_S
        self.in_flight = {id: at for id, at in self.in_flight.items() if at > oldest}
        return len(self.in_flight) < MAX_BATCHES_IN_FLIGHT


class BatchPublisher:
    """The queue of stored drawings that are not sent yet.

    A drawing that waits for ENQUEUE_TIMEOUT_S is left to the sweep, so that an unavailable broker
    costs no memory and no time.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        queues = (protocol.RECOGNITION_QUEUE, protocol.HEAVY_RECOGNITION_QUEUE)
        self._lanes = {queue: _Lane(queue) for queue in queues}
        self._is_closed = False
        self._sender = TaskSender()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()

    def add(self, drawings: Sequence[PendingDrawing]) -> None:
        """Queue drawings. A newer revision replaces a queued older one."""
        expires_at = time.monotonic() + ENQUEUE_TIMEOUT_S
        with self._condition:
            for drawing in drawings:
                self._lanes[drawing.queue].waiting.add(drawing, expires_at=expires_at)
            self._condition.notify()

    def release_batch_slot(self, batch_id: str) -> None:
        with self._condition:
            for lane in self._lanes.values():
                sent_at = lane.in_flight.pop(batch_id, None)
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
            batch_id, queue = create_batch_id(), batch[0].queue
            drawings = [(one.id, one.revision, one.ink) for one in batch]
            with self._condition:
                self._lanes[queue].in_flight[batch_id] = time.monotonic()
            # Before the batch is sent: a worker may be faster than this thread.
            trace("queued", ((one.ref, one.revision) for one in batch), batch_id=batch_id)
            try:
                with STAGE_SECONDS.labels("send").time():
                    self._sender.send(protocol.encode_batch(batch_id, drawings), queue=queue)
            except CannotPublish as error:
                with batch_context(batch_id):
                    log.warning("A batch of %d is left to the sweep: %s", len(batch), error)
                self.release_batch_slot(batch_id)
        self._sender.close()

    def _next_batch(self) -> list[PendingDrawing]:
        """Wait for drawings and a free slot; empty after `close`."""
        with self._condition:
            while True:
                waiting = [lane for lane in self._lanes.values() if lane.waiting]
                for lane in waiting:
                    if self._is_closed or lane.has_free_slot():
                        # Empty if all have waited too long: they are left to the sweep.
                        if batch := lane.waiting.take_batch(settings.INFERENCE_BATCH_SIZE):
                            return batch
                        break
                else:
                    if self._is_closed and not waiting:
                        return []
                    self._condition.wait(_next_slot_in_s(waiting))


def _next_slot_in_s(waiting: Sequence[_Lane]) -> float | None:
    sent_at = [at for lane in waiting for at in lane.in_flight.values()]
    if not sent_at:
        return None
    return max(0.001, min(sent_at) + BATCH_SLOT_TIMEOUT_S - time.monotonic())
