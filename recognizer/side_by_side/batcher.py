"""Asks the background what the shown models say, for the sockets of one event loop.

The newest question of each socket waits here, the one before it is dropped. Questions go in groups:
two may be unanswered, and what comes meanwhile makes the next one larger. Nothing is stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol
from uuid import uuid4

from recognizer.messaging.task_queue import CannotPublish
from recognizer.protocol import (
    Payload,
    SideBySideRequest,
    encode_side_by_side_requests,
    side_by_side_failure_message,
)
from recognizer.side_by_side.task_sender import send_requests

MAX_WAITING = 1_024
"""Sockets whose question may wait here."""
MAX_BATCH_SIZE = 128
MAX_BATCHES_IN_FLIGHT = 2
DELAY_NOTICE_TIMEOUT_S = 3.0
"""After so long who asked hears that it takes longer than usual."""
BATCH_TIMEOUT_S = 10.0
"""After so long a group counts as lost, and who asked hears that nobody answers."""


class MessageSink(Protocol):
    """A socket."""

    def put(self, message: Payload, /) -> None: ...

    def put_text(self, text: str, /) -> None: ...


Batch = list[tuple[MessageSink, SideBySideRequest]]
SendPayload = Callable[[str], "asyncio.Future[None]"]


class SideBySideBatcher:
    """`post` brings a payload to the background's queue; its future may raise CannotPublish."""

    def __init__(self, post: SendPayload = send_requests) -> None:
        self._post = post
        self._pending: dict[MessageSink, SideBySideRequest] = {}
        self._waiting: dict[MessageSink, SideBySideRequest] = {}
        self._groups: dict[str, Batch] = {}

    def ask(self, listener: MessageSink, ask: SideBySideRequest) -> None:
        """The answer, or why there is none, is put into `listener`."""
        if listener not in self._waiting and len(self._waiting) >= MAX_WAITING:
            listener.put(side_by_side_failure_message(ask, "unavailable"))
            return
        self._pending[listener] = self._waiting[listener] = ask
        loop = asyncio.get_running_loop()
        loop.call_later(DELAY_NOTICE_TIMEOUT_S, self._say, "delayed", [(listener, ask)])
        self._send_waiting()

    def forget(self, listener: MessageSink) -> None:
        """It is closed."""
        self._pending.pop(listener, None)
        self._waiting.pop(listener, None)

    def hear(self, batch_id: str, texts: Sequence[str]) -> None:
        """The background has answered a group, perhaps one of another process."""
        for (listener, ask), text in zip(self._groups.pop(batch_id, ()), texts, strict=False):
            if self._pending.get(listener) == ask:
                self.forget(listener)
                listener.put_text(text)
        self._send_waiting()

    def _send_waiting(self) -> None:
        while self._waiting and len(self._groups) < MAX_BATCHES_IN_FLIGHT:
            taken = list(self._waiting.items())[:MAX_BATCH_SIZE]
            for listener, _ in taken:
                del self._waiting[listener]
            batch_id = uuid4().hex
            self._groups[batch_id] = taken
            posted = self._post(encode_side_by_side_requests(batch_id, [ask for _, ask in taken]))
            posted.add_done_callback(partial(self._on_sent, batch_id))

    def _on_sent(self, batch_id: str, posted: asyncio.Future[None]) -> None:
        if posted.cancelled():
            return  # the process ends
        try:
            posted.result()
        except CannotPublish:
            self._give_up(batch_id)
        else:
            loop = asyncio.get_running_loop()
            loop.call_later(BATCH_TIMEOUT_S, self._give_up, batch_id)

    def _give_up(self, batch_id: str) -> None:
        group = self._groups.pop(batch_id, None)
        if group is not None:
            self._say("unavailable", group)
            self._send_waiting()

    def _say(self, code: str, group: Batch) -> None:
        """Only to those who still wait for just this."""
        for listener, ask in group:
            if self._pending.get(listener) == ask:
                listener.put(side_by_side_failure_message(ask, code))
