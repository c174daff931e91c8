"""Access to the server's websocket connection, through attributes that uvicorn does not document.

The ASGI `send` of uvicorn's `websockets-sansio` protocol is a bound method. Its object has `conn`,
the websockets connection, `transport`, and the state of its pings. With another server the
functions do nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import Any

from websockets.exceptions import InvalidState

from recognizer.realtime.asgi_types import Send

MAX_FRAMES_PER_WRITE = 16


def buffer_frames(send: Send, texts: deque[str]) -> None:
    """Move all but the last text, at most 15, into the connection's output buffer.

    The next `send` writes them in the same system call, which is most of the cost of a frame.
    """
    connection = get_server_connection(send)
    if connection is not None:
        with suppress(InvalidState):  # the connection is closing: the next `send` raises
            for _ in range(min(len(texts), MAX_FRAMES_PER_WRITE) - 1):
                connection.send_text(texts.popleft().encode())


def abort_transport(send: Send) -> None:
    """Close the TCP connection immediately, without a closing handshake."""
    transport = get_transport(send)
    if transport is not None:
        transport.abort()


def ping_now(send: Send) -> None:
    """Send a ping immediately, unless the pong of the last one is missing."""
    protocol = getattr(send, "__self__", None)
    timer = getattr(protocol, "ping_timer", None)
    if protocol is not None and timer is not None:
        timer.cancel()
        protocol.send_keepalive_ping()


def is_ping_pending(send: Send) -> bool:
    """Return whether the pong of the last ping is missing.

    While this process does not read the socket, the pong may be on its way.
    """
    protocol = getattr(send, "__self__", None)
    is_pending = getattr(protocol, "pending_ping_payload", None) is not None
    return is_pending and not getattr(protocol, "read_paused", False)


def extend_pong_deadline(send: Send) -> None:
    """Wait for the pong of the last ping as long as if the ping had been sent now.

    Call it after a time in which the socket was not read on purpose.
    """
    protocol = getattr(send, "__self__", None)
    timer = getattr(protocol, "pong_timer", None)
    if protocol is not None and timer is not None:
        timer.cancel()
        timeout_s, on_timeout = protocol.ping_timeout, protocol.keepalive_timeout
        protocol.pong_timer = asyncio.get_running_loop().call_later(timeout_s, on_timeout)


def get_server_connection(send: Send) -> Any | None:
    """Return the websockets connection (`ServerProtocol`) behind `send`, or None."""
    return getattr(getattr(send, "__self__", None), "conn", None)


def get_transport(send: Send) -> asyncio.Transport | None:
    """Return the transport behind `send`, or None."""
    return getattr(getattr(send, "__self__", None), "transport", None)
