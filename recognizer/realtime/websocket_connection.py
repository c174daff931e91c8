"""An open socket: its identity and a bounded queue of messages to send."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress

import orjson

from recognizer.protocol import Payload
from recognizer.realtime.asgi_types import Send
from recognizer.realtime.authentication import Identity
from recognizer.realtime.uvicorn_connection import (
    abort_transport,
    buffer_frames,
    extend_pong_deadline,
    is_ping_pending,
    ping_now,
)

MAX_UNSENT_MESSAGES = 4_096
STALL_TIMEOUT_S = 15.0


class ClientConnection:
    """A socket whose messages are queued without waiting and sent by `pump`.

    A client that does not read is disconnected after STALL_TIMEOUT_S or MAX_UNSENT_MESSAGES.
    """

    def __init__(self, send: Send) -> None:
        self.identity: Identity | None = None
        self.start_cursor = 0  # of its `hello`
        self.sent_cursors: set[int] = set()  # later ones that a resume sent before their event
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
        """Send the queued messages, then close."""
        if self._close_code is None:
            self._close_code = code
            self._has_output.set()

    def is_stalled(self) -> bool:
        since = self._sending_since
        return since is not None and time.monotonic() - since > STALL_TIMEOUT_S

    def ping(self) -> None:
        """Send a ping now; `is_ping_pending` returns whether its pong is missing."""
        ping_now(self._send)

    def is_ping_pending(self) -> bool:
        return is_ping_pending(self._send)

    def extend_pong_deadline(self) -> None:
        """Give the client more time for its pong, which waits behind unread messages."""
        extend_pong_deadline(self._send)

    def abort(self) -> None:
        """Drop the connection: a closing handshake would wait for the client to read."""
        self._unsent.clear()
        self._close_code = self._close_code or 1013
        self._has_output.set()
        abort_transport(self._send)

    async def pump(self) -> None:
        """Send messages until the socket is closed."""
        with suppress(OSError):  # the client disconnected; the receiving side is notified
            while self._unsent or self._close_code is None:
                if self._unsent:
                    await self._send_next()
                else:
                    self._has_output.clear()
                    await self._has_output.wait()
            await self._send({"type": "websocket.close", "code": self._close_code})

    async def _send_next(self) -> None:
        self._sending_since = time.monotonic()
        buffer_frames(self._send, self._unsent)
        await self._send({"type": "websocket.send", "text": self._unsent.popleft()})
        self._sending_since = None
