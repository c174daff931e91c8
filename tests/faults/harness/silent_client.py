"""A client that asks and never reads what it is told."""

import base64
import json
import os
import socket
import struct
from contextlib import AbstractContextManager, suppress
from types import TracebackType

RECEIVE_BUFFER_BYTES = 4096


class SilentClient(AbstractContextManager["SilentClient"]):
    """A socket of the site after its handshake, with as little room as the system allows."""

    def __init__(self, port: int, cookie: str) -> None:
        self._port, self._cookie = port, cookie

    def __enter__(self) -> "SilentClient":
        self._line = socket.socket()
        self._line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self._line.connect(("127.0.0.1", self._port))
        head = [
            "GET /ws/recognize/ HTTP/1.1",
            f"Host: localhost:{self._port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            "Sec-WebSocket-Version: 13",
            f"Cookie: {self._cookie}",
        ]
        self._line.sendall("\r\n".join([*head, "", ""]).encode())
        assert b" 101 " in self._line.recv(64)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.close()

    def say(self, **message: object) -> None:
        """One masked text frame; the mask is all zeros, which leaves the text as it is."""
        text = json.dumps(message).encode()
        if len(text) < 126:
            head = struct.pack("!BBI", 0x81, 0x80 | len(text), 0)
        else:
            head = struct.pack("!BBHI", 0x81, 0x80 | 126, len(text), 0)
        with suppress(ConnectionError):  # it was cut off, which is what tests look for elsewhere
            self._line.sendall(head + text)

    @property
    def port(self) -> int:
        """Its own end, by which the server's processes know it."""
        port: int = self._line.getsockname()[1]
        return port
