"""An HTTP client with the interface of bench.harness.websocket_client: one connection with
keep-alive, one request at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

HEADER_END = b"\r\n\r\n"


class CannotParseResponse(Exception):
    """The response does not have status 200 and a Content-Length."""


class HttpClient(asyncio.Protocol):
    """A client that calls `receive` with the body of each response.

    It reconnects if the server closed the connection, as gunicorn's sync worker does after every
    response.
    """

    def __init__(self, receive: Callable[[bytes], None], *, port: int) -> None:
        self._receive = receive
        self._port = port
        self._data = b""
        self._unsent: bytes | None = None
        self._transport: asyncio.Transport | None = None
        self._connecting: asyncio.Task[object] | None = None

    def send(self, body: bytes) -> None:
        request = (
            b"POST /drawings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        )
        if self._transport is None or self._transport.is_closing():
            self._unsent = request
            self._connecting = asyncio.get_running_loop().create_task(self._connect())
        else:
            self._transport.write(request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, "127.0.0.1", self._port)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._data = b""
        if self._unsent is not None:
            self._transport.write(self._unsent)
            self._unsent = None

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, found, body = self._data.partition(HEADER_END)
        if not found:
            return
        status, *lines = head.decode("latin-1").lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        if " 200 " not in status or "content-length" not in headers:
            raise CannotParseResponse(self._data[:500])
        if len(body) < int(headers["content-length"]):
            return
        self._data = b""
        if headers.get("connection") == "close" and self._transport is not None:
            self._transport.close()
        self._receive(body)
