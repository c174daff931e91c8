"""Tells the background which drawings were answered, so that shadows answer them too.

Never in the way of an answer: a thread of its own sends, what it cannot send in time is dropped,
and how many were dropped is counted in the broker.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

import redis

from recognizer import protocol
from recognizer.messaging.redis_client import connect_redis
from recognizer.messaging.task_queue import CannotPublish, TaskSender
from recognizer.registry.shadow_models import SHADOW_DROPPED_KEY
from workers.recognition.drawing_leases import LeasedDrawing

log = logging.getLogger(__name__)

MAX_UNSENT_BATCHES = 64
MAX_QUEUED_TASKS = 256
"""Groups. The background is behind by so much at most; comparing needs no drawing in particular."""


class ShadowPublisher:
    """`offer` costs the thread that answers an append; for one process."""

    def __init__(self) -> None:
        self._unsent: deque[list[tuple[str, int]]] = deque()
        self._wakeup = threading.Event()
        self._thread: threading.Thread | None = None
        self._dropped = 0

    def enqueue(self, claims: Sequence[LeasedDrawing]) -> None:
        if not claims:
            return
        if len(self._unsent) >= MAX_UNSENT_BATCHES:
            self._dropped += len(claims)
            return
        self._unsent.append([(claim.id, claim.revision) for claim in claims])
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
                self._dropped += len(drawings)
        except CannotPublish:
            self._dropped += len(drawings)
        self._tell_dropped()

    def _tell_dropped(self) -> None:
        if not self._dropped:
            return
        dropped, self._dropped = self._dropped, 0
        with suppress(redis.RedisError), connect_redis() as client:
            client.incrby(SHADOW_DROPPED_KEY, dropped)
            log.warning("%d drawings were not shown to the shadows", dropped)


shadow_publisher = ShadowPublisher()
