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
from django.conf import settings

from recognizer import contract
from recognizer.queue import CannotPublish, Sender
from recognizer.registry.shadowing import DROPPED_KEY
from workers.claiming import Claim

log = logging.getLogger(__name__)

MOST_UNSENT = 64
MOST_WAITING_TASKS = 256
"""Groups. The background is behind by so much at most; comparing needs no drawing in particular."""


class ShadowSender:
    """`offer` costs the thread that answers an append; for one process."""

    def __init__(self) -> None:
        self._unsent: deque[list[tuple[str, int]]] = deque()
        self._wakeup = threading.Event()
        self._thread: threading.Thread | None = None
        self._dropped = 0

    def offer(self, claims: Sequence[Claim]) -> None:
        if not claims:
            return
        if len(self._unsent) >= MOST_UNSENT:
            self._dropped += len(claims)
            return
        self._unsent.append([(claim.id, claim.revision) for claim in claims])
        self._wakeup.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="shadow", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        sender = Sender()
        while True:
            self._wakeup.wait()
            self._wakeup.clear()
            while self._unsent:
                self._send(sender, self._unsent.popleft())

    def _send(self, sender: Sender, drawings: list[tuple[str, int]]) -> None:
        try:
            if sender.count_waiting(contract.SHADOW_QUEUE) < MOST_WAITING_TASKS:
                payload = contract.encode_answered(drawings)
                sender.send_task(contract.SHADOW, payload, queue=contract.SHADOW_QUEUE)
            else:
                self._dropped += len(drawings)
        except CannotPublish:
            self._dropped += len(drawings)
        self._tell_dropped()

    def _tell_dropped(self) -> None:
        if not self._dropped:
            return
        dropped, self._dropped = self._dropped, 0
        with suppress(redis.RedisError), redis.Redis.from_url(settings.REDIS_URL) as client:
            client.incrby(DROPPED_KEY, dropped)
            log.warning("%d drawings were not shown to the shadows", dropped)


shadows = ShadowSender()
