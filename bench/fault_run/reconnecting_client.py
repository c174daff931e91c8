"""A websocket client that behaves like a page of the site: it reconnects, resumes and resends."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import orjson

from bench.harness.load_generator import format_draw_message
from bench.harness.websocket_client import WebsocketClient
from tests.faults.harness.history_checker import History

HELLO_TIMEOUT_S = 8.0
MIN_DELAY_S, MAX_DELAY_S = 0.4, 8.0
"""The same values as in static/js/realtime/."""
NUM_REMEMBERED_CURSORS = 8
RETRYABLE_ERRORS = ("unavailable", "rate_limited")


class Sample(NamedTuple):
    """The times of one drawing, in seconds of time.monotonic()."""

    sent_at: float
    predicted_at: float

    @property
    def latency_s(self) -> float:
        return self.predicted_at - self.sent_at


class _Websocket(WebsocketClient):
    """A websocket whose event `lost` is set after the connection ended."""

    def __init__(self, receive: Callable[[bytes], None], *, host: str, headers: dict[str, str]):
        super().__init__(receive, host=host, headers=headers)
        self.lost = asyncio.Event()

    @property
    def is_usable(self) -> bool:
        return not self._transport.is_closing()

    def connection_lost(self, error: Exception | None) -> None:
        self.lost.set()
        if not self.opened.done():
            self.opened.set_exception(error or ConnectionError("closed in the handshake"))
            self.opened.exception()  # perhaps nothing waits for it


class ReconnectingClient:
    """A user with one socket at a time. `run` keeps it connected."""

    def __init__(
        self, *, address: tuple[str, int], cookie: str, inks: Sequence[str], first_ink: int
    ) -> None:
        self.history = History()
        self.samples: list[Sample] = []
        self.failures: list[str] = []
        self.waiting: dict[str, float] = {}
        self.is_closed_loop = False
        self._address, self._cookie = address, cookie
        self._inks, self._next_ink = inks, first_ink
        self._unacknowledged: dict[str, bytes] = {}
        self._socket: _Websocket | None = None
        self._is_open = asyncio.Event()
        self._cursors: deque[Any] = deque(maxlen=NUM_REMEMBERED_CURSORS)
        self._epoch: str | None = None
        self._is_resuming = False

    async def run(self) -> None:
        attempt = 0
        while True:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(HELLO_TIMEOUT_S):
                    socket = await self._connect()
                attempt = 0
                await socket.lost.wait()
            self.close()
            ceiling = min(MAX_DELAY_S, MIN_DELAY_S * 2**attempt)
            attempt += 1
            await asyncio.sleep(ceiling * random.uniform(0.5, 1))

    async def wait_until_open(self) -> None:
        await self._is_open.wait()

    def close(self) -> None:
        self._is_open.clear()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def draw(self) -> None:
        """Send a drawing, now or after the connection is restored."""
        ref, ink = str(uuid.uuid4()), self._inks[self._next_ink % len(self._inks)]
        self._next_ink += 1
        self.waiting[ref] = time.monotonic()
        self._unacknowledged[ref] = format_draw_message(ref, ink)
        self._send(ref)

    async def _connect(self) -> _Websocket:
        host, port = self._address
        _, socket = await asyncio.get_running_loop().create_connection(
            lambda: _Websocket(
                self._receive, host=f"{host}:{port}", headers={"Cookie": self._cookie}
            ),
            host,
            port,
        )
        self._socket = socket
        await socket.opened
        await self._is_open.wait()
        return socket

    def _send(self, ref: str) -> None:
        message = self._unacknowledged.get(ref)
        if message and self._is_open.is_set() and self._socket and self._socket.is_usable:
            self._socket.send(message)

    def _receive(self, text: bytes) -> None:
        message = orjson.loads(text)
        if message["type"] == "error" and message["code"] in RETRYABLE_ERRORS and "ref" in message:
            delay_s = message.get("retry_after_s") or 1
            asyncio.get_running_loop().call_later(delay_s, self._send, message["ref"])
            return
        try:
            self.history.record(message)
        except AssertionError as error:
            self.failures.append(str(error))
        self._advance_cursor(message)
        match message["type"]:
            case "hello":
                self._handle_hello()
            case "queued":
                self._unacknowledged.pop(message["ref"], None)
            case "prediction" | "failed":
                self._handle_result(message["ref"])

    def _handle_hello(self) -> None:
        assert self._socket
        self._is_open.set()
        if self._is_resuming:
            resume = {"type": "resume", "since": self._cursors[0], "epoch": self._epoch}
            self._socket.send(orjson.dumps(resume))
        for ref in self._unacknowledged:
            self._send(ref)

    def _handle_result(self, ref: str) -> None:
        sent_at = self.waiting.pop(ref, None)
        if sent_at is None:
            return
        self.samples.append(Sample(sent_at, time.monotonic()))
        if self.is_closed_loop:
            self.draw()

    def _advance_cursor(self, message: Mapping[str, Any]) -> None:
        """Remember cursors as a page does (static/js/realtime/resume_cursor.js)."""
        is_resumed = message["type"] == "resumed"
        if is_resumed or (message["type"] == "hello" and not self._cursors):
            self._cursors.clear()
            self._cursors.append(message["cursor"])
            self._epoch, self._is_resuming = message.get("epoch"), False
        elif message["type"] == "hello":
            self._is_resuming = True
        elif "cursor" in message and not self._is_resuming:
            self._cursors.append(message["cursor"])
