"""A websocket client with little CPU time per message: whole frames, no extensions."""

from __future__ import annotations

import asyncio
import base64
import os
import struct
from collections.abc import Callable
from typing import cast

HEADER_END = b"\r\n\r\n"


class WebsocketClient(asyncio.Protocol):
    """A client that calls `receive` with each text message

    `opened` is done after the handshake.
    """

    def __init__(self, receive: Callable[[bytes], None], *, host: str, headers: dict[str, str]):
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed_with: int | None = None
        self._receive = receive
        self._host = host
        self._headers = headers
        self._data = b""
        self._is_open = False
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        lines = [
            "GET /ws/recognize/ HTTP/1.1",
            f"Host: {self._host}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            "Sec-WebSocket-Version: 13",
            *(f"{name}: {value}" for name, value in self._headers.items()),
        ]
        self._transport.write("\r\n".join(lines).encode() + HEADER_END)

    def send(self, text: bytes) -> None:
        """Send one masked text frame. The mask is all zeros, so the text needs no masking."""
        length = len(text)
        if length < 126:
            head = struct.pack("!BB", 0x81, 0x80 | length)
        elif length < 65536:
            head = struct.pack("!BBH", 0x81, 0x80 | 126, length)
        else:
            head = struct.pack("!BBQ", 0x81, 0x80 | 127, length)
        self._transport.write(b"".join((head, b"\0\0\0\0", text)))

    def close(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._data = self._data + data if self._data else data
        if not self._is_open and not self._open():
            return
        while (frame := self._next_frame()) is not None:
            opcode, payload = frame
            if opcode == 1:
                self._receive(payload)
            elif opcode == 9:
                self._transport.write(struct.pack("!BB", 0x8A, 0x80 | len(payload)) + b"\0" * 4)
                self._transport.write(payload)
            elif opcode == 8:
                self.closed_with = struct.unpack("!H", payload[:2])[0] if payload else 1005

    def _open(self) -> bool:
        head, found, rest = self._data.partition(HEADER_END)
        if not found:
            return False
        if b" 101 " not in head.split(b"\r\n")[0]:
            self.opened.set_exception(ConnectionError(head.decode("latin-1")))
            return False
        self._data, self._is_open = rest, True
        self.opened.set_result(None)
        return True

    def _next_frame(self) -> tuple[int, bytes] | None:
        data, size = self._data, len(self._data)
        if size < 2:
            return None
        length, at = data[1] & 0x7F, 2
        if length == 126:
            if size < 4:
                return None
            length, at = struct.unpack_from("!H", data, 2)[0], 4
        elif length == 127:
            if size < 10:
                return None
            length, at = struct.unpack_from("!Q", data, 2)[0], 10
        if size < at + length:
            return None
        self._data = data[at + length :]
        return data[0] & 0x0F, data[at : at + length]


async def open_websocket(
    receive: Callable[[bytes], None],
    *,
    port: int,
    session_key: str,
    site_port: int | None = None,
) -> WebsocketClient:
    """Connect to a site with the session of a user. Raises ConnectionError if it refuses.

    `site_port` is the port of the first of ORIGINS, if it has several web processes.
    """
    headers = {"Cookie": f"sessionid-{site_port or port}={session_key}"}
    _, client = await asyncio.get_running_loop().create_connection(
        lambda: WebsocketClient(receive, host=f"127.0.0.1:{port}", headers=headers),
        "127.0.0.1",
        port,
    )
    await client.opened
    return client
