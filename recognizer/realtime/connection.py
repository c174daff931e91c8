"""One open socket on our side: whose it is, and what it still has to be sent, bounded."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress

import orjson
from websockets.exceptions import InvalidState

from recognizer.protocol import Payload
from recognizer.realtime.asgi_types import Send
from recognizer.realtime.authentication import Identity

MAX_UNSENT_MESSAGES = 4_096
MAX_MESSAGES_PER_WRITE = 16
STALL_TIMEOUT_S = 15.0


class ClientConnection:
    """Frames are put without waiting and sent by `pump`. A client that does not read is cut off:
    after a while, or when too much waits for it."""

    def __init__(self, send: Send) -> None:
        self.identity: Identity | None = None
        self.since = 0  # the cursor it was greeted with
        self.told: set[int] = set()  # later ones that a resume brought before their message came
        self._send = send
        self._unsent: deque[str] = deque()
        self._has_output = asyncio.Event()
        self._close_code: int | None = None
        self._sending_since: float | None = None

    def put(self, message: Payload) -> None:
        self.put_text(orjson.dumps(message).decode())

    def put_text(self, text: str) -> None:
        if len(self._unsent) >= MAX_UNSENT_MESSAGES:
            self.abort()
        elif self._close_code is None:
            self._unsent.append(text)
            self._has_output.set()

    def close(self, code: int) -> None:
        """Send what waits, then close."""
        if self._close_code is None:
            self._close_code = code
            self._has_output.set()

    def is_stalled(self) -> bool:
        since = self._sending_since
        return since is not None and time.monotonic() - since > STALL_TIMEOUT_S

    def abort(self) -> None:
        """Drop the connection at once: closing politely would wait for the client to read."""
        self._unsent.clear()
        self._close_code = self._close_code or 1013
        self._has_output.set()
        transport = getattr(self._protocol, "transport", None)
        if transport is not None:
            transport.abort()

    async def pump(self) -> None:
        """Send frames until the socket is closed."""
        with suppress(OSError):  # the client has gone; whoever receives is told
            while self._unsent or self._close_code is None:
                if self._unsent:
                    await self._send_next()
                else:
                    self._has_output.clear()
                    await self._has_output.wait()
            await self._send({"type": "websocket.close", "code": self._close_code})

    async def _send_next(self) -> None:
        self._sending_since = time.monotonic()
        self._write_queued_messages()
        await self._send({"type": "websocket.send", "text": self._unsent.popleft()})
        self._sending_since = None

    def _write_queued_messages(self) -> None:
        """Hand frames to the server's connection, which sends them with the one that comes: what
        waits goes out in one system call, and those are most of what a frame costs."""
        connection = getattr(self._protocol, "conn", None)
        if connection is not None:
            with suppress(InvalidState):  # it is closing, which whoever sends the next is told
                for _ in range(min(len(self._unsent), MAX_MESSAGES_PER_WRITE) - 1):
                    connection.send_text(self._unsent.popleft().encode())

    @property
    def _protocol(self) -> object:
        """The server's protocol, whose method `send` is; ASGI itself has no word for it."""
        return getattr(self._send, "__self__", None)
