"""Batching of side-by-side requests, for the sockets of one event loop.

Only the newest request of each socket waits. Requests are sent in batches; while
MAX_BATCHES_IN_FLIGHT have no results, new requests wait and make the next batch larger.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from recognizer.messaging.celery_task_sender import CannotPublish
from recognizer.messaging.event_publisher import create_batch_id
from recognizer.protocol import (
    Payload,
    SideBySideRequest,
    encode_side_by_side_requests,
    side_by_side_failure_message,
)
from recognizer.side_by_side.task_sender import send_requests

MAX_WAITING = 1_024
"""Sockets whose request may wait here."""
MAX_BATCH_SIZE = 128
MAX_BATCHES_IN_FLIGHT = 2
DELAY_NOTICE_TIMEOUT_S = 3.0
"""After this time a socket receives the code `delayed`."""
BATCH_TIMEOUT_S = 10.0
"""After this time a batch counts as lost, and its sockets receive the code `unavailable`."""


class MessageSink(Protocol):
    """A socket."""

    def put(self, message: Payload, /) -> None: ...

    def put_text(self, text: str, /) -> None: ...


Batch = list[tuple[MessageSink, SideBySideRequest]]
SendPayload = Callable[[str], "asyncio.Future[None]"]


class SideBySideBatcher:
    """`send` sends the payload of a task; its future may raise CannotPublish."""

    def __init__(self, send: SendPayload = send_requests) -> None:
        self._send = send
        self._pending: dict[MessageSink, SideBySideRequest] = {}
        self._queued: dict[MessageSink, SideBySideRequest] = {}
        self._batches: dict[str, Batch] = {}

    def request(self, socket: MessageSink, request: SideBySideRequest) -> None:
        """Request predictions; the socket receives them, or a code."""
        if socket not in self._queued and len(self._queued) >= MAX_WAITING:
            socket.put(side_by_side_failure_message(request, "unavailable"))
            return
        self._pending[socket] = self._queued[socket] = request
        loop = asyncio.get_running_loop()
        loop.call_later(DELAY_NOTICE_TIMEOUT_S, self._put_code, "delayed", [(socket, request)])
        self._send_queued()

    def remove(self, socket: MessageSink) -> None:
        """Drop the request of a closed socket."""
        self._pending.pop(socket, None)
        self._queued.pop(socket, None)

    def deliver(self, batch_id: str, texts: Sequence[str]) -> None:
        """Send the results of a batch. Batches of other processes are ignored."""
        batch = self._batches.pop(batch_id, ())
        for (socket, request), text in zip(batch, texts, strict=False):
            if self._pending.get(socket) == request:
                self.remove(socket)
                socket.put_text(text)
        self._send_queued()

    def _send_queued(self) -> None:
        while self._queued and len(self._batches) < MAX_BATCHES_IN_FLIGHT:
            batch = list(self._queued.items())[:MAX_BATCH_SIZE]
            for socket, _ in batch:
                del self._queued[socket]
            batch_id = create_batch_id()
            self._batches[batch_id] = batch
            requests = [request for _, request in batch]
            sent = self._send(encode_side_by_side_requests(batch_id, requests))
            sent.add_done_callback(partial(self._on_sent, batch_id))

    def _on_sent(self, batch_id: str, sent: asyncio.Future[None]) -> None:
        if sent.cancelled():
            return  # the process ends
        try:
            sent.result()
        except CannotPublish:
            self._fail_batch(batch_id)
        else:
            loop = asyncio.get_running_loop()
            loop.call_later(BATCH_TIMEOUT_S, self._fail_batch, batch_id)

    def _fail_batch(self, batch_id: str) -> None:
        batch = self._batches.pop(batch_id, None)
        if batch is not None:
            self._put_code("unavailable", batch)
            self._send_queued()

    def _put_code(self, code: str, batch: Batch) -> None:
        """Send a code to the sockets that still wait for this request."""
        for socket, request in batch:
            if self._pending.get(socket) == request:
                socket.put(side_by_side_failure_message(request, code))
