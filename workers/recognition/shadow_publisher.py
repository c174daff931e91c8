"""Tasks for the shadow models, with the drawings that received a prediction.

They never delay a prediction. A separate thread sends them, drops tasks that it cannot send in
time, and counts the dropped drawings in the broker.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

import redis

from recognizer import protocol
from recognizer.messaging.celery_task_sender import CannotPublish, TaskSender
from recognizer.messaging.redis_client import connect_redis
from recognizer.messaging.redis_keys import redis_key
from recognizer.registry.shadow_models import SHADOW_DROPPED_KEY
from workers.recognition.drawing_leases import LeasedDrawing

log = logging.getLogger(__name__)

MAX_UNSENT_BATCHES = 64
MAX_QUEUED_TASKS = 256
"""The largest backlog of the background worker. A comparison needs no particular drawing."""


class ShadowPublisher:
    """The sender thread of one process. `enqueue` only appends to a list."""

    def __init__(self) -> None:
        self._unsent: deque[list[tuple[str, int]]] = deque()
        self._wakeup = threading.Event()
        self._thread: threading.Thread | None = None
        self._num_dropped = 0

    def enqueue(self, drawings: Sequence[LeasedDrawing]) -> None:
        if not drawings:
            return
        if len(self._unsent) >= MAX_UNSENT_BATCHES:
            self._num_dropped += len(drawings)
            return
        self._unsent.append([(drawing.id, drawing.revision) for drawing in drawings])
        self._wakeup.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="shadow", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        sender = TaskSender()
        while True:
            self._wakeup.wait()
            self._wakeup.clear()
            while self._unsent:
                self._send(sender, self._unsent.popleft())

    def _send(self, sender: TaskSender, drawings: list[tuple[str, int]]) -> None:
        try:
            if sender.count_waiting(protocol.SHADOW_QUEUE) < MAX_QUEUED_TASKS:
                payload = protocol.encode_drawing_revisions(drawings)
                sender.send_task(protocol.SHADOW_TASK, payload, queue=protocol.SHADOW_QUEUE)
            else:
                self._num_dropped += len(drawings)
        except CannotPublish:
            self._num_dropped += len(drawings)
        self._count_dropped()

    def _count_dropped(self) -> None:
        if not self._num_dropped:
            return
        dropped, self._num_dropped = self._num_dropped, 0
        with suppress(redis.RedisError), connect_redis() as client:
            client.incrby(redis_key(SHADOW_DROPPED_KEY), dropped)
            log.warning("%d drawings were not sent to the shadow models", dropped)


shadow_publisher = ShadowPublisher()
